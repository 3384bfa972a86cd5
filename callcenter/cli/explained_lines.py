"""What was made of each line of a call; pure.

The models decide. This tells what they did, from the same lines: the tests hold that the talk told here, line by
line, adds up to the talk of every call of every fixture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.directory import Directory
from warehouse.explain import Event, Explained, Leg, Pass

_CHANNEL_NUMBER = re.compile(r"-[0-9a-f]{8,}(;[12])?$")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A line and what it came to; `talk_seconds` is what it adds to the call's talk, None for nothing."""

    line: Event | Leg
    at: datetime
    made: str
    talk_seconds: int | None = None


def told_lines(explained: Explained, directory: Directory) -> list[Told]:
    """Every line in the order of time, a CDR row where its leg began."""
    teller = _Teller(explained, directory)
    lines = [*map(teller.leg, explained.legs), *teller.events()]
    return sorted(lines, key=lambda told: told.at)


class _Teller:
    """What each line says, given the call's passes and direction."""

    def __init__(self, explained: Explained, directory: Directory) -> None:
        self._explained = explained
        self._call = explained.call
        self._directory = directory
        self._numbers = {id(each): number for number, each in enumerate(explained.passes, 1)}
        self._first_leg = next(iter(legs_in_order(explained)), None)
        self._local_legs = dict(_local_legs(explained))

    # --- queue_log

    def events(self) -> Iterator[Told]:
        """Passes of one queue are told apart as the models do: by how many entries came before the line.

        A talk's end belongs to the latest connection with its operator and its wait.
        """
        entered: dict[str, int] = {}
        connected: dict[tuple[str, str, int | None], int] = {}
        latest = datetime.min  # noqa: DTZ901 - all times are naive UTC
        for event in self._explained.events:
            latest = max(latest, event.logged_at)
            if event.kind == "enter":
                entered[event.queue] = entered.get(event.queue, 0) + 1
            number = max(1, entered.get(event.queue, 0))
            talk = (event.queue, event.agent, event.wait_seconds)
            if event.kind == "connect":
                connected[talk] = number
            elif event.kind == "complete":
                number = connected.get(talk, number)
            of_queue = [each for each in self._explained.passes if each.queue == event.queue]
            the_pass = of_queue[number - 1] if number <= len(of_queue) else None
            yield self._event(event, the_pass, latest)

    def _event(self, event: Event, of: Pass | None, at: datetime) -> Told:
        name = f"pass {self._numbers[id(of)]}" if of else "a pass"
        if event.kind == "complete":
            return self._completion(event, of, name, at)
        if event.kind == "outcall":
            return self._outcall(event, at)
        operator, wait = self._operator(event.agent), _seconds(event.wait_seconds)
        made = {
            "enter": f"enters {event.queue}: {name} begins",
            "connect": f"{operator} answers {name}, after a wait of {wait}",
            "leave": f"closes {name}: {_LEAVES.get(event.event, event.event)}",
            "ring": f"{name}: {_ring(event, operator)}",
            "hint": f"the dial plan says: {event.event}",
            "did": "the dial plan says which DID the call reached",
            "restart": "Asterisk starts anew: what had not ended was cut",
        }
        return Told(event, at, made.get(event.kind or "", "counts for nothing in this call"))

    def _completion(self, event: Event, of: Pass | None, name: str, at: datetime) -> Told:
        talk = event.talk_seconds
        text = f"closes {name}: {_COMPLETIONS.get(event.event, 'answered')}, talk {_seconds(talk)}"
        if of and of.is_talk_capped and of.talk_seconds is not None:
            text += f", of which {of.talk_seconds} s count: the CDR of the Local channel ends there"
            talk = of.talk_seconds
        return Told(event, at, text, talk if self._call.direction != "outgoing" else None)

    def _outcall(self, event: Event, at: datetime) -> Told:
        if self._explained.legs:
            return Told(event, at, "an outgoing call: counted by its CDR, not by this")
        return Told(event, at, f"an outgoing call, talk {_seconds(event.talk_seconds)}", event.talk_seconds)

    def _operator(self, name: str) -> str:
        found = self._directory.operator_of(name)
        return found.login if found else name

    # --- CDR

    def leg(self, leg: Leg) -> Told:
        text, talk = (
            self._leg_to_outside(leg) if self._call.direction == "outgoing" else self._leg_inside(leg)
        )
        if leg is self._first_leg:
            text = f"{self._first(leg)}; {text}"
        if leg.hint:
            text += f"; its userfield says: {leg.hint}"
        return Told(leg, leg.started_at, text, talk)

    def _first(self, leg: Leg) -> str:
        if self._call.direction == "incoming":
            return f"the first leg, from a trunk: an incoming call to {leg.did or leg.dst or 'no number'}"
        if self._call.direction == "outgoing":
            return "the first leg, not from a trunk: an outgoing call"
        return "the first leg: no leg is on a trunk, so an internal call"

    def _leg_to_outside(self, leg: Leg) -> tuple[str, int | None]:
        if leg.is_to_trunk and leg.is_answered:
            bound = (
                " at most (the CDR counts from the operator's answer)"
                if self._call.is_talk_upper_bound
                else ""
            )
            return f"the customer's leg, answered: talk {_seconds(leg.billsec)}{bound}", leg.billsec
        if leg.is_to_trunk:
            return f"the customer's leg, not answered ({leg.disposition}): no talk", None
        if leg.dstchannel:
            return f"{self._party(leg)}: the operator's side, which is no customer's answer", None
        return "no leg to anybody", None

    def _leg_inside(self, leg: Leg) -> tuple[str, int | None]:
        if not (leg.dstchannel and leg.is_answered):
            return self._unanswered(leg), None
        party = self._party(leg)
        if id(leg) in self._local_legs:
            return self._local_leg(leg, party)
        if not leg.is_from_trunk or leg.is_to_trunk:
            return f"{party}: no operator's leg of this caller, counts for nothing", None
        if leg.lastapp != "Queue":
            return f"{party} answered outside a queue: talk {_seconds(leg.billsec)}", leg.billsec
        if (handed := self._transfer_before(leg)) is not None:
            talk = _talk_after(leg, handed)
            return f"{party} spoke after the attended transfer: talk {_seconds(talk)}", talk
        return f"{party} answered in the queue, whose own lines say how long: not counted twice", None

    def _unanswered(self, leg: Leg) -> str:
        if leg.dstchannel:
            return f"{self._party(leg)} rang in vain ({leg.disposition})"
        return f"no phone rang ({leg.lastapp or 'no application'}): the PBX answering is no answer"

    def _local_leg(self, leg: Leg, party: str) -> tuple[str, int | None]:
        of, number = self._local_legs[id(leg)]
        if number == 1:
            return (
                f"{party}, behind the Local channel: pass {self._numbers[id(of)]} talks for {leg.billsec} s at most",
                None,
            )
        if leg.is_to_trunk:
            return f"{party}, transferred to the outside: no operator's talk", None
        return (
            f"{party} spoke after a transfer that the queue does not see: talk {_seconds(leg.billsec)}",
            leg.billsec,
        )

    def _transfer_before(self, leg: Leg) -> Pass | None:
        """The pass whose attended transfer this leg is of, which still says Queue; unless another has its talk."""
        passes = self._explained.passes
        handed = [
            each
            for each in passes
            if each.closing_event == "ATTENDEDTRANSFER"
            and each.ended_at
            and each.connected_at
            and leg.started_at > each.connected_at
            and leg.ended_at > each.ended_at
        ]
        for of in handed:
            connected = [each.connected_at for each in passes if each is not of and each.connected_at]
            if not any(leg.started_at - 2 * _SECOND <= at <= leg.ended_at for at in connected):
                return of
        return None

    def _party(self, leg: Leg) -> str:
        return self._operator(interface(leg.dstchannel))


_LEAVES = {
    "ABANDON": "abandoned, the caller hung up",
    "EXITEMPTY": "empty, no operator was left",
    "EXITWITHTIMEOUT": "timeout, the queue gave up",
    "EXITWITHKEY": "key, the caller pressed one",
    "WITHDRAW": "withdrawn, somebody took the caller out",
}
_COMPLETIONS = {
    "COMPLETECALLER": "answered, the caller hung up",
    "COMPLETEAGENT": "answered, the operator hung up",
    "BLINDTRANSFER": "answered, then transferred blind",
    "ATTENDEDTRANSFER": "answered, then handed over",
    "TRANSFER": "answered, then transferred",
}


def _ring(event: Event, operator: str) -> str:
    if event.event == "RINGCANCELED":
        return f"{operator}'s phone stopped ringing"
    if event.event != "RINGNOANSWER":
        return f"{operator} did not take the call, which goes on waiting"
    rung = event.data[0] if event.data else ""
    time = f" for {int(rung) / 1000:g} s" if rung.isdecimal() else ""
    return f"{operator}'s phone rang in vain{time}"


def _seconds(seconds: int | None) -> str:
    return "unknown" if seconds is None else f"{seconds} s"


def interface(channel: str) -> str:
    """PJSIP/101-00000004 without its number."""
    return _CHANNEL_NUMBER.sub("", channel)


def _local_legs(explained: Explained) -> Iterator[tuple[int, tuple[Pass, int]]]:
    """Answered legs of a Local channel's second half: their pass, and which one they are there."""
    halves: dict[str, list[Leg]] = {}
    for each in explained.legs:
        if each.is_answered and each.is_local and each.channel.endswith(";2"):
            halves.setdefault(each.channel, []).append(each)
    members = [(_member_of(half, explained.passes), half) for half in halves.values()]
    for of in explained.passes:
        legs = [leg for member, half in members if member is of for leg in half if _is_before_end(leg, of)]
        for number, leg in enumerate(sorted(legs, key=lambda each: (each.started_at, each.offset)), 1):
            yield id(leg), (of, number)


def _member_of(half: list[Leg], passes: Sequence[Pass]) -> Pass | None:
    """The pass that connected as the half's first leg was answered; None for what a feature code consulted."""
    began = min(each.started_at for each in half)
    answered = min(each.answered_at or each.started_at for each in half)
    fitting = [
        (abs(answered - of.connected_at), of)
        for of in reversed(passes)
        if of.is_answered and of.connected_at and of.entered_at - _SECOND <= began <= of.connected_at
    ]
    return min(fitting, key=lambda each: each[0])[1] if fitting else None


def _talk_after(leg: Leg, of: Pass) -> int | None:
    """From the transfer on: before it, a leg dialled by a feature code was the consultation."""
    if leg.billsec is None or of.ended_at is None:
        return leg.billsec
    return min(leg.billsec, int((leg.ended_at - of.ended_at).total_seconds()))


def _is_before_end(leg: Leg, of: Pass) -> bool:
    return of.ended_at is None or leg.started_at <= of.ended_at


def legs_in_order(explained: Explained) -> list[Leg]:
    """Those of the call's own channel first, each by its beginning."""
    own = explained.call.uniqueid
    return sorted(explained.legs, key=lambda leg: (leg.uniqueid != own, leg.started_at, leg.offset))
