"""By which rules a call has its Company and its outcome; pure.

The models decide. This asks the same questions of the same lines: the tests hold that the answers are those of
the models for every call of every fixture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.cli.explained_lines import interface, legs_in_order
from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED
from warehouse.explain import Explained, Leg


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to tell a call's Company: what it looked at, and whose that is."""

    name: str
    value: str | None
    company: str | None
    decides: bool = False


def company_rules(explained: Explained, directory: Directory) -> list[Rule]:
    """In the order they are asked; the first that has a Company decides."""
    call, at = explained.call, explained.call.started_at
    queue, did = call.queue, _did(explained)
    code, operator = _account_code(explained), _asked_operator(explained)
    owner = directory.operator_of(operator) if operator else None
    own = owner.companies[0] if owner and len(owner.companies) == 1 else None
    entry = explained.callback_company
    rules = [
        *([Rule("the callback it was made for", call.uniqueid, entry)] if entry else []),
        Rule("the first queue it entered", queue, queue and directory.company_of_queue(queue, at)),
        Rule("the DID it reached", did, did and _company_of_did(directory, did, at)),
        Rule("the account code", code, code and directory.company_of_account_code(code, at)),
        Rule("the operator, if of one Company only", operator, own),
    ]
    deciding = next((rule for rule in rules if rule.company), None)
    return [replace(rule, decides=rule is deciding) for rule in rules]


def decided_company(rules: list[Rule]) -> str:
    return next((rule.company for rule in rules if rule.decides and rule.company), UNASSIGNED)


def outcome_rule(explained: Explained) -> str:
    """Why the call's outcome is what it is."""
    call = explained.call
    if call.direction == "outgoing":
        leg = "the OUTCALL event" if explained.call.is_without_cdr else "a leg over a trunk"
        return f"{call.outcome}: by the customer's leg ({leg}), not the operator's"
    if call.outcome in _OUTCOMES:
        return f"{call.outcome}: {_OUTCOMES[call.outcome]}"
    return f"{call.outcome}: nobody answered, so it is how its last queue pass ended"


_OUTCOMES = {
    "answered": "an operator spoke to the caller, in a queue or on a leg outside one",
    "lost": "its last queue pass has no end: a restart of the PBX cut it, or its CDR says that it has ended",
    "open": "its last queue pass has not ended, as far as the logs tell",
    "no_answer_direct": "it entered no queue, and an operator's phone rang in vain",
    "refused": "it entered no queue, no phone rang, and the PBX never answered",
    "queue_refused": "it entered no queue, and the dial plan says that a queue refused it",
    "callback_asked": "nobody answered, and the dial plan says that the caller asked to be called back",
    "ivr_served": "it entered no queue, and the dial plan says that the IVR served the caller",
    "closed": "it entered no queue, and the dial plan says that it came out of hours",
    "ivr": "it entered no queue, and the dial plan says that it ended in the IVR",
    "ended_before_queue": "it entered no queue, no phone rang, and the dial plan says no more",
    "not_queued": "an internal call that entered no queue and was not answered",
}


def _did(explained: Explained) -> str | None:
    """As the facts have it; an outgoing call has one only where the dial plan says so."""
    told = [each.data[0] for each in explained.events if each.kind == "did" and each.data]
    return explained.call.did or min(told, default=None)


def _company_of_did(directory: Directory, did: str, at: datetime) -> str | None:
    """With or without a plus: the settings and the PBX may differ in that."""
    digits = did.lstrip("+")
    owners = (directory.company_of_did(each, at) for each in (digits, f"+{digits}"))
    return next((owner for owner in owners if owner), None)


def _account_code(explained: Explained) -> str | None:
    """The first leg's, else any."""
    legs = legs_in_order(explained)
    any_code = min((each.account_code for each in legs if each.account_code), default=None)
    return (legs[0].account_code or any_code) if legs else None


def _asked_operator(explained: Explained) -> str | None:
    """The operator who answered (of an outgoing call: who called), else the first phone of the call."""
    legs = legs_in_order(explained)
    phones = [phone for leg in legs if (phone := _phone(leg))]
    agents = [each.agent for each in explained.events if each.kind in ("connect", "complete", "outcall")]
    direct = [interface(leg.dstchannel) for leg in legs if _is_direct(leg)]
    is_outgoing = explained.call.direction == "outgoing"
    candidates = [*phones, *agents] if is_outgoing else [*agents, *direct, *phones]
    return next((each for each in candidates if each not in ("", "NONE")), None)


def _is_direct(leg: Leg) -> bool:
    return leg.is_answered and leg.is_from_trunk and not leg.is_to_trunk and leg.lastapp != "Queue"


def _phone(leg: Leg) -> str | None:
    if not leg.is_from_trunk and not leg.is_local:
        return interface(leg.channel)
    if not leg.is_to_trunk and leg.dstchannel and not leg.dstchannel.startswith("Local/"):
        return interface(leg.dstchannel)
    return None
