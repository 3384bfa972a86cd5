"""One PBX's calls: finds the call of an event and folds the event into it; synchronous, without I/O or clock.

Its state is the values of call.py and two indexes, so memory is bounded by the calls that are live, and for a moment
what came between a Connected and its Surveyed: those events are held back, so that each meets calls that are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED
from relay.ami import events as ami
from relay.ami.channels import Channel
from relay.ami.survey import Standing, Survey
from relay.calls import call as steps
from relay.calls.call import Call, Facts, Ring
from relay.calls.facts import MissedReason, Queued
from relay.calls.recovery import lose_leg, miss, recover
from relay.calls.transfers import take_over, transfer
from relay.words import ChannelName, CompanyId, Interface, OperatorLogin, PbxName, UniqueId, call_id

# How long a call that is over is remembered, so that an event that comes late does not open it again.
LATE = timedelta(seconds=60)
REFUSED = frozenset({"FULL", "JOINEMPTY", "JOINUNAVAIL"})  # what Queue() says of who was not let in


@dataclass(slots=True)
class Tracker:
    """`apply` takes a PBX's events in the order they came and tells the facts they amount to."""

    pbx: PbxName
    trunks: tuple[str, ...]
    directory: Directory
    is_closed: Callable[[CompanyId, datetime], bool] = lambda _company, _at: False  # to who calls then
    calls: dict[UniqueId, Call] = field(default_factory=dict)  # by the caller's channel
    _caller_of: dict[UniqueId, UniqueId] = field(default_factory=dict)  # a leg's caller
    _over: dict[UniqueId, datetime] = field(default_factory=dict)
    _held: list[tuple[ami.Event, datetime]] | None = None  # back, until the survey is there

    @property
    def legs(self) -> int:
        """How many legs of live calls are remembered."""
        return len(self._caller_of)

    def know(self, calls: list[Call]) -> None:
        """Calls that another run of the relay told of, and that have not ended as far as it knew."""
        for call in calls:
            self.calls[call.channel.uniqueid] = call
            for leg in call.offers:
                self._caller_of[leg] = call.channel.uniqueid

    def apply(self, event: ami.Event, now: datetime) -> Facts:
        match event:
            case ami.Connected():
                self._held = self._held or []
                return ()
            case ami.Surveyed(survey):
                return self._recover(survey, now) if survey else self._release()
            case ami.Disconnected():
                return self._release()
        if self._held is not None:
            self._held.append((event, now))
            return ()
        return self._fold(event, now)

    def _release(self, told: Facts = ()) -> Facts:
        """What was held back; a queue's visit that the survey has told already is not told again."""
        visits = {(fact.call, fact.queue) for fact in told if isinstance(fact, Queued)}
        held, self._held = self._held or [], None
        facts: Facts = ()
        for event, at in held:
            if isinstance(event, ami.QueueJoined):
                visit = (call_id(self.pbx, event.channel.uniqueid), event.queue)
                if visit in visits:
                    visits.discard(visit)
                    continue
            facts += self._fold(event, at)
        return facts

    def _recover(self, survey: Survey, now: datetime) -> Facts:
        """What there is, then what came meanwhile; what was known, is not there and did not end has ended unseen."""
        gone = [uniqueid for uniqueid in self.calls if uniqueid not in survey.channels]
        lost = [(leg, caller) for leg, caller in self._caller_of.items() if leg not in survey.channels]
        facts: Facts = ()
        for standing in survey.channels.values():
            facts += self._find(standing, survey, now)
        for uniqueid in gone:
            self.calls[uniqueid] = miss(self.calls[uniqueid])
        facts += self._release(facts)
        for uniqueid in gone:
            if uniqueid in self.calls:
                facts += self._close(uniqueid, lambda call: steps.end_unseen(call, now), now)
        for leg, caller in lost:
            facts += self._lose(leg, caller, now)
        return facts

    def _lose(self, leg: UniqueId, caller: UniqueId, now: datetime) -> Facts:
        self._caller_of.pop(leg, None)
        return self._step(caller, lambda call: lose_leg(call, leg, now))

    def _find(self, standing: Standing, survey: Survey, now: datetime) -> Facts:
        channel = standing.channel
        if standing.called_by is None and (channel.is_first or channel.name.endswith(";2")):
            self._open(channel, now - standing.age)

        def whose(leg: Standing) -> Ring:
            interface = interface_of(leg.channel.name)
            return Ring(interface, self._operator(interface, survey.members.get(interface, "")))

        return self._step(channel.uniqueid, lambda call: recover(call, survey, whose, now))

    def _fold(self, event: ami.Event, now: datetime) -> Facts:
        match event:
            case ami.ChannelCreated(channel):
                return self._open(channel, now) if channel.name.startswith(self.trunks) else ()
            case ami.HungUp():
                return self._hang_up(event, now)
            case ami.MemberCalled() | ami.MemberConnected() | ami.MemberCompleted():
                self._open(event.channel, now)
                whose = Ring(event.interface, self._operator(event.interface, event.member))
                return self._step(event.channel.uniqueid, lambda c: steps.serve(c, event, whose, now))
            case ami.DialBegun(channel, leg):
                return self._dial(channel, leg, now)
            case ami.CallTransferred():
                return self._transfer(event, now)
            case ami.QueueJoined(channel):
                self._open(channel, now)
        caller = self._caller(event)
        step = steps.STEPS[type(event)]
        return self._step(caller, lambda c: step(c, event, now)) if caller else ()

    def _open(self, channel: Channel, now: datetime) -> Facts:
        """A trunk's channel that stands at its call's beginning is a caller, told of with its first fact.

        Any other that calls or waits is an operator's: its call is followed as one that a caller may be passed on to.
        """
        uniqueid, is_inner = channel.uniqueid, not channel.name.startswith(self.trunks)
        if (is_inner or channel.is_first) and uniqueid not in self.calls and uniqueid not in self._over:
            opened = Call(call_id(self.pbx, uniqueid), self.pbx, channel, now, is_inner=is_inner)
            self.calls[uniqueid] = opened
        return ()

    def _dial(self, channel: Channel | None, leg: ami.Leg, now: datetime) -> Facts:
        """A dial from a caller to an operator's phone; a queue's own, AgentCalled has already told of."""
        interface = interface_of(leg.name)
        operator = self._operator(interface)
        if channel is None or operator is None:
            return ()
        self._open(channel, now)
        whose = Ring(interface, operator)
        return self._step(channel.uniqueid, lambda c: steps.ring(c, leg.uniqueid, whose, None, now))

    def _transfer(self, event: ami.CallTransferred, now: datetime) -> Facts:
        """Told once: from then on the call is with whom the transferer has asked, if he has."""
        caller = self._caller_of.get(event.transferer)
        before = self.calls.get(caller) if caller else None
        if caller is None or before is None:
            return ()
        facts = self._step(caller, lambda call: transfer(call, event, now))
        if facts:
            inner = self._consultations(event, before)
            facts += self._step(caller, lambda call: take_over(call, inner, event, now))
        return facts

    def _consultations(self, event: ami.CallTransferred, call: Call) -> list[Call]:
        """The inner calls that end with the transfer; one begun by a feature code is linked to the caller's own."""
        if event.consulting != event.transferer:
            found = [event.consulting] if event.consulting in self.calls else []
        else:
            linked = call.channel.linkedid
            found = [
                of for of, each in self.calls.items() if each.is_inner and each.channel.linkedid == linked
            ]
        inner = [self.calls[uniqueid] for uniqueid in found]
        return [each for each in inner if each.is_inner]

    def _hang_up(self, event: ami.HungUp, now: datetime) -> Facts:
        place, uniqueid = event.channel.place, event.channel.uniqueid
        if uniqueid not in self.calls:
            caller = self._caller_of.pop(uniqueid, None)
            return self._step(caller, lambda c: steps.end_talk(c, uniqueid)) if caller else ()
        turned_away = self._turned_away(self.calls[uniqueid], event)
        return self._close(uniqueid, lambda c: steps.end(c, place, now, turned_away), now)

    def _turned_away(self, call: Call, event: ami.HungUp) -> MissedReason | None:
        """Why a call that neither queued nor rang was missed; None where it was not, as one that ends in a menu."""
        if event.queue_status in REFUSED:
            return "queue_refused"
        is_closed = not call.has_gap and self.is_closed(call.company or self._company(call), call.at)
        return "closed" if is_closed else None

    def _close(self, uniqueid: UniqueId, end: steps.Folding, now: datetime) -> Facts:
        facts = self._step(uniqueid, end)
        for leg in self.calls.pop(uniqueid).offers:
            if self._caller_of.get(leg) == uniqueid:
                del self._caller_of[leg]
        self._over[uniqueid] = now
        self._forget(now)
        return facts

    def _forget(self, now: datetime) -> None:
        while self._over:
            uniqueid, at = next(iter(self._over.items()))  # in the order of time
            if now - at < LATE:
                break
            del self._over[uniqueid]

    def _caller(self, event: ami.Event) -> UniqueId | None:
        match event:
            case ami.HoldStarted(channel) | ami.HoldEnded(channel):
                return self._caller_of.get(channel.uniqueid)
            case ami.DialEnded(None, leg):
                return self._caller_of.get(leg.uniqueid)
            case (
                ami.QueueJoined(channel)
                | ami.QueueLeft(channel)
                | ami.QueueAbandoned(channel)
                | ami.MemberDidNotAnswer(channel)
                | ami.DialEnded(Channel() as channel)
            ):
                return channel.uniqueid
        return None

    def _step(self, caller: UniqueId, step: steps.Folding) -> Facts:
        before = self.calls.get(caller)
        if before is None:
            return ()
        after, facts = step(before)
        if after.is_inner:
            facts = ()
        if facts and before.company is None:
            after, opening = steps.begin(after, self._company(after))
            facts = (*opening, *facts)
        self.calls[caller] = after
        for leg in after.offers.keys() - before.offers.keys():
            self._caller_of[leg] = caller
        return facts

    def _company(self, call: Call) -> CompanyId:
        """The first rule that answers, as docs/statistics.md has it: queue, DID, account code, operator."""
        directory, channel = self.directory, call.channel
        found = (
            (directory.company_of_queue(call.last_queue, call.at) if call.last_queue else None)
            or directory.company_of_did(channel.exten, call.at)
            or directory.company_of_account_code(channel.account_code, call.at)
            or self._company_of_operators(call)
        )
        return CompanyId(found or UNASSIGNED)

    def _company_of_operators(self, call: Call) -> str | None:
        for offer in call.offers.values():
            operator = self.directory.operator_of(offer.interface)
            if operator and len(operator.companies) == 1:
                return operator.companies[0]
        return None

    def _operator(self, interface: Interface, member: str = "") -> OperatorLogin | None:
        found = self.directory.operator_of(interface) or self.directory.operator_of(member)
        return OperatorLogin(found.login) if found else None


def interface_of(channel: ChannelName) -> Interface:
    """`PJSIP/101-00000004` is a channel of `PJSIP/101`."""
    return Interface(channel.rpartition("-")[0])
