"""The calls that the PBXs' logs know and the relay may have missed, as the relay wants them told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from callcenter.phone import normalise, number_key
from callcenter.settings import UNASSIGNED, Callbacks, Settings
from pipelines.sql import sql

MOST_CALLS = 5_000  # of one run; what is left is told by the next
MOST_UNIQUEIDS = 20


@dataclass(frozen=True, slots=True)
class UnseenCall:
    """`told` is a call of `POST /api/v1/callbacks/reconcile` without its number, which is sent only where wanted."""

    call_id: str
    told: dict[str, Any] = field(repr=False)
    number: str | None = field(default=None, repr=False)

    @property
    def caller(self) -> tuple[str, str]:
        """Calls of one caller are told together; a hidden one is alone."""
        return self.told["company"], self.told["callerKey"] or self.call_id


def unseen_calls(
    con: duckdb.DuckDBPyConnection, settings: Settings, key: bytes, now: datetime
) -> list[UnseenCall]:
    """By caller, each one's in the order of time. `now` has a zone."""
    rows = con.execute(sql("unseen_calls"), _rules(settings) | {"now": _naive(now), "most": MOST_CALLS})
    names = [column[0] for column in rows.description or ()]
    calls = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    uniqueids = _uniqueids(con, calls)
    numbers = _numbers(con, calls, uniqueids)
    countries = {each.id: each.country for each in settings.companies}
    return [
        UnseenCall(
            call["call_id"],
            _told(call, uniqueids[call["call_id"]]),
            _number(call, numbers[call["call_id"]], key, countries.get(call["company_id"])),
        )
        for call in calls
    ]


def _rules(settings: Settings) -> dict[str, Any]:
    """Of the Companies that call back, and of the calls that are nobody's, which the relay calls back too."""
    rules = {each.id: each.callbacks for each in settings.companies if each.callbacks.enabled}
    rules[UNASSIGNED] = Callbacks()
    return {
        "companies": list(rules),
        "expire_hours": [each.expire_hours for each in rules.values()],
        "out_of_hours": [each.out_of_hours for each in rules.values()],
    }


def _uniqueids(con: duckdb.DuckDBPyConnection, calls: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """By call: first its own."""
    asked = {"calls": [each["call_id"] for each in calls], "pbxs": [each["pbx"] for each in calls]}
    found = {each["call_id"]: [each["call_id"].removeprefix(f"{each['pbx']}:")] for each in calls}
    for call_id, uniqueid in con.execute(sql("call_uniqueids"), asked).fetchall() if calls else []:
        known = found[call_id]
        if uniqueid not in known and len(known) < MOST_UNIQUEIDS:
            known.append(uniqueid)
    return found


def _numbers(
    con: duckdb.DuckDBPyConnection, calls: Sequence[dict[str, Any]], uniqueids: dict[str, list[str]]
) -> dict[str, list[str]]:
    """By call: what may be the caller's number; of missed calls alone."""
    found: dict[str, list[str]] = defaultdict(list)
    channels = {
        (each["pbx"], uniqueid): each["call_id"]
        for each in calls
        if each["outcome"] == "missed"
        for uniqueid in uniqueids[each["call_id"]]
    }
    asked = {"pbxs": [pbx for pbx, _ in channels], "uniqueids": [uniqueid for _, uniqueid in channels]}
    for pbx, uniqueid, number in con.execute(sql("call_numbers"), asked).fetchall() if channels else []:
        found[channels[pbx, uniqueid]].append(number)
    return found


def _number(call: dict[str, Any], candidates: Sequence[str], key: bytes, country: str | None) -> str | None:
    """The one that the call's caller key is of."""
    for each in candidates:
        normalised = normalise(each, country)
        if normalised and number_key(key, normalised)[:32] == _hex(call["caller_key"]):
            return normalised
    return None


def _told(call: dict[str, Any], uniqueids: Sequence[str]) -> dict[str, Any]:
    answered_at = call["answered_at"]
    return {
        "pbx": call["pbx"],
        "uniqueids": list(uniqueids),
        "company": call["company_id"],
        "outcome": call["outcome"],
        "reason": call["reason"],
        "queue": call["queue"],
        "did": call["did"],
        "startedAt": _instant(call["started_at"]),
        "answeredAt": _instant(answered_at) if answered_at else None,
        "endedAt": _instant(max(call["over_at"], call["started_at"])),
        "callerKey": _hex(call["caller_key"]),
        "operator": call["operator"],
    }


def _hex(key: str | None) -> str | None:
    return key.replace("-", "") if key else None


def _instant(at: datetime) -> str:
    return at.replace(tzinfo=UTC).isoformat()


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
