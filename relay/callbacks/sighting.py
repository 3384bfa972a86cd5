"""What was seen of the calls operators make, and what it means for the entry; pure.

A dial's channel has an id made of its claim, so that whoever sees it knows whose it is: this relay, the one that is
started after it died, or another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from relay.callbacks.entry import Claim, Entry, LegEnd
from relay.callbacks.facts import CallbackEnded
from relay.callbacks.queue import Step, attempt, close, give_back
from relay.callbacks.rules import Rules
from relay.words import ClaimId, CompanyId, OperatorLogin, PbxName, UniqueId

PREFIX = "callback-"
ALIVE_FOR = timedelta(
    seconds=60
)  # after something was seen of a call, this long nobody looks whether it lives

What = Literal[
    "operator_rings",
    "operator_failed",  # he did not answer, or his phone could not be rung
    "operator_answered",
    "customer_rings",
    "customer_failed",
    "customer_answered",
    "alive",
    "over",
    "gone",  # its channel is not there, and nobody saw it go
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Of the dial of a claim. `status` is Asterisk's, of a dial that failed."""

    claim: ClaimId
    what: What
    at: datetime
    status: str = ""
    is_after_gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """All there was on a PBX: a dial of it that is not among them is gone."""

    pbx: PbxName
    alive: frozenset[ClaimId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """An operator's own call was answered. `numbers` are what may be the number dialled, as Asterisk spells it."""

    companies: frozenset[CompanyId]
    numbers: tuple[str, ...] = field(repr=False)
    operator: OperatorLogin | None
    at: datetime


Sighting = Seen | Looked | Reached
SIGHTINGS = (Seen, Looked, Reached)

_LEG_ENDS: dict[str, LegEnd] = {"BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "cancelled"}


def channel_id(claim: ClaimId) -> UniqueId:
    return UniqueId(PREFIX + claim)


def claim_of(channel: str) -> ClaimId | None:
    """The claim a channel's id was made of."""
    claim = channel.removeprefix(PREFIX)
    is_ours = channel.startswith(PREFIX) and len(claim) == 32 and claim.isalnum()
    return ClaimId(claim) if is_ours else None


def see(entry: Entry, claim: Claim, seen: Seen, rules: Rules) -> Step:
    """`claim` is one of the entry's, maybe not its newest: of an older one only an answer matters."""
    if entry.claim is None or entry.claim.id != claim.id:
        return _see_late(entry, claim, seen)
    if claim.is_over:
        return _see_over(entry, claim, seen)
    alive = replace(
        claim, until=max(claim.until, seen.at + ALIVE_FOR), has_gap=claim.has_gap or seen.is_after_gap
    )
    return _SEE[seen.what](entry.with_claim(alive), alive, seen, rules)


def _alive(entry: Entry, _claim: Claim, _seen: Seen, _rules: Rules) -> Step:
    return entry, ()


def _operator_failed(entry: Entry, _claim: Claim, seen: Seen, _rules: Rules) -> Step:
    return give_back(entry, "operator_no_answer", seen.at)


def _operator_answered(entry: Entry, claim: Claim, seen: Seen, _rules: Rules) -> Step:
    return entry.with_claim(replace(claim, operator_answered_at=claim.operator_answered_at or seen.at)), ()


def _customer_rings(entry: Entry, claim: Claim, seen: Seen, _rules: Rules) -> Step:
    """A further leg, as over a second trunk, makes what became of the one before it nothing."""
    rung = replace(claim, customer_rang_at=claim.customer_rang_at or seen.at, leg_end=None)
    return entry.with_claim(rung), ()


def _customer_failed(entry: Entry, claim: Claim, seen: Seen, _rules: Rules) -> Step:
    return entry.with_claim(replace(claim, leg_end=_LEG_ENDS.get(seen.status, "failed"))), ()


def _customer_answered(entry: Entry, claim: Claim, seen: Seen, rules: Rules) -> Step:
    return attempt(entry.with_claim(replace(claim, customer_answered_at=seen.at)), "answered", seen.at, rules)


def _over(entry: Entry, claim: Claim, seen: Seen, rules: Rules) -> Step:
    """The operator's channel is gone: the last leg to the customer says how it went."""
    if claim.leg_end:
        return attempt(entry, claim.leg_end, seen.at, rules)
    if claim.has_gap:
        return attempt(entry, "unknown", seen.at, rules)
    if claim.customer_rang_at:
        return attempt(entry, "cancelled", seen.at, rules)
    return give_back(entry, "not_connected" if claim.operator_answered_at else "operator_no_answer", seen.at)


def _gone(entry: Entry, claim: Claim, seen: Seen, rules: Rules) -> Step:
    return attempt(entry, claim.leg_end or "unknown", seen.at, rules)


def _see_over(entry: Entry, claim: Claim, seen: Seen) -> Step:
    """Of a claim that is over: the end of its talk, or that the customer had answered after all."""
    if seen.what == "customer_answered" and claim.result == "unknown":
        return _answered_after_all(entry, claim, seen)
    if seen.what in ("over", "gone") and claim.customer_answered_at and claim.ended_at is None:
        return _end(entry, claim, seen)
    return entry, ()


def _answered_after_all(entry: Entry, claim: Claim, seen: Seen) -> Step:
    found = replace(claim, result="answered", customer_answered_at=seen.at, ended_at=None)
    return close(replace(entry, claim=found, last_result="answered"), "reached", claim.operator, seen.at)


def _end(entry: Entry, claim: Claim, seen: Seen) -> Step:
    began = claim.customer_answered_at
    talk = (seen.at - began).total_seconds() if began and seen.what == "over" else None
    fact = CallbackEnded(
        call=entry.call,
        at=seen.at,
        callback=entry.id,
        claim=claim.id,
        operator=claim.operator,
        talk_seconds=talk,
    )
    return entry.with_claim(replace(claim, ended_at=seen.at)), (fact,)


def _see_late(entry: Entry, claim: Claim, seen: Seen) -> Step:
    """Another claim has been made since: that one stays the entry's."""
    if seen.what != "customer_answered" or claim.result != "unknown":
        return entry, ()
    return close(entry, "reached", claim.operator, seen.at)


_SEE: dict[What, Callable[[Entry, Claim, Seen, Rules], Step]] = {
    "operator_rings": _alive,
    "operator_failed": _operator_failed,
    "operator_answered": _operator_answered,
    "customer_rings": _customer_rings,
    "customer_failed": _customer_failed,
    "customer_answered": _customer_answered,
    "alive": _alive,
    "over": _over,
    "gone": _gone,
}
