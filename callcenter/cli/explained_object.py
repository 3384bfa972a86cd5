"""A call's explanation as JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from callcenter.cli.explained_lines import Told, interface
from callcenter.cli.explained_rules import Rule, outcome_rule
from callcenter.cli.masking import Masker
from warehouse.explain import Event, Explained, Leg, Pass

Iso = Callable[[datetime], str]


def explanation_object(
    explained: Explained, told: list[Told], rules: list[Rule], mask: Masker, iso: Iso
) -> dict[str, Any]:
    """The call, its lines with what was made of each, its passes and legs, and the rules."""
    call = explained.call
    return {
        "call_id": call.call_id,
        "company": call.company,
        "direction": call.direction,
        "outcome": call.outcome,
        "started_at": iso(call.started_at),
        "ended_at": _at(call.ended_at, iso),
        "wait_seconds": call.wait_seconds,
        "talk_seconds": call.talk_seconds,
        "uniqueids": explained.uniqueids,
        "is_erased": explained.is_erased,
        "lines": [_line(each, mask, iso) for each in told],
        "passes": [_pass(each, iso) for each in explained.passes],
        "legs": [_leg(each, mask, iso) for each in explained.legs],
        "company_rules": [_rule(each, mask) for each in rules],
        "outcome_rule": outcome_rule(explained),
    }


def _line(told: Told, mask: Masker, iso: Iso) -> dict[str, Any]:
    """A line of queue_log is text, a CDR row has columns."""
    line = told.line
    return {
        "file": line.path,
        "offset": line.offset,
        "at": iso(told.at),
        "queue_log": mask.line(line.line) if isinstance(line, Event) else None,
        "cdr": mask.columns(line.columns) if isinstance(line, Leg) else None,
        "made": mask.text(told.made),
        "talk_seconds": told.talk_seconds,
    }


def _pass(each: Pass, iso: Iso) -> dict[str, Any]:
    return {
        "queue": each.queue,
        "outcome": each.outcome,
        "entered_at": iso(each.entered_at),
        "connected_at": _at(each.connected_at, iso),
        "ended_at": _at(each.ended_at, iso),
        "operator": each.operator,
        "rung_operators": each.rung_operators,
        "wait_seconds": each.wait_seconds,
        "talk_seconds": each.talk_seconds,
    }


def _leg(leg: Leg, mask: Masker, iso: Iso) -> dict[str, Any]:
    return {
        "from": mask.text(interface(leg.channel)),
        "to": mask.text(interface(leg.dstchannel)) or None,
        "started_at": iso(leg.started_at),
        "ended_at": iso(leg.ended_at),
        "disposition": leg.disposition,
        "billsec": leg.billsec,
    }


def _rule(rule: Rule, mask: Masker) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "value": rule.value and mask.number(rule.value),
        "company": rule.company,
        "decides": rule.decides,
    }


def _at(at: datetime | None, iso: Iso) -> str | None:
    return iso(at) if at else None
