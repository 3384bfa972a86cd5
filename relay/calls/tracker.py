"""One PBX's calls: finds the call of an event and folds the event into it; synchronous, without I/O or clock.

Its state is the values of call.py and two indexes, so memory is bounded by the calls that are live, and for a moment
what came between a Connected and its Surveyed: those events are held back, so that each meets calls that are known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED
from relay.ami import events as ami
from relay.ami.channels import Channel
from relay.ami.survey import Standing, Survey
from relay.calls import call as steps
from relay.calls.call import Call, Facts, Ring
from relay.calls.facts import Queued
from relay.calls.recovery import lose_leg, recover
from relay.words import ChannelName, CompanyId, Interface, OperatorLogin, PbxName, UniqueId, call_id

# How long a call that is over is remembered, so that an event that comes late does not open it again.
LATE = timedelta(seconds=60)


@dataclass(slots=True)
class Tracker:
    """`apply` takes a PBX's events in the order they came and tells the facts they amount to."""

    pbx: PbxName
    trunks: tuple[str, ...]
    directory: Directory
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
        is_caller = channel.name.startswith(self.trunks) or channel.uniqueid in survey.waiting
        if is_caller and standing.called_by is None:
            self._open(channel, now - standing.age)

        def whose(leg: Standing) -> Ring:
            interface = interface_of(leg.channel.name)
            return Ring(interface, self._operator(interface, survey.members.get(interface, "")))

        return self._step(channel.uniqueid, lambda call: recover(call, survey, whose, now))

    def _fold(self, event: ami.Event, now: datetime) -> Facts:
        match event:
            case ami.ChannelCreated(channel) if channel.name.startswith(self.trunks):
                return self._open(channel, now)
            case ami.ChannelCreated():
                return ()
            case ami.HungUp(channel):
                return self._hang_up(channel, now)
            case ami.MemberCalled(channel, leg, queue, interface, member):
                self._open(channel, now)
                whose = Ring(interface, self._operator(interface, member))
                return self._step(channel.uniqueid, lambda c: steps.ring(c, leg.uniqueid, whose, queue, now))
            case ami.DialBegun(channel, leg):
                return self._dial(channel, leg, now)
            case ami.QueueJoined(channel):
                self._open(channel, now)
        caller = self._caller(event)
        step = steps.STEPS[type(event)]
        return self._step(caller, lambda c: step(c, event, now)) if caller else ()

    def _open(self, channel: Channel, now: datetime) -> Facts:
        """A channel that stands at its call's beginning is a caller; it is told of with its first fact."""
        if channel.is_first and channel.uniqueid not in self.calls and channel.uniqueid not in self._over:
            self.calls[channel.uniqueid] = Call(call_id(self.pbx, channel.uniqueid), self.pbx, channel, now)
        return ()

    def _dial(self, channel: Channel | None, leg: ami.Leg, now: datetime) -> Facts:
        """A dial from a caller to an operator's phone; in a queue, AgentCalled has already told of it."""
        interface = interface_of(leg.name)
        operator = self._operator(interface)
        if channel is None or operator is None:
            return ()
        whose = Ring(interface, operator)
        return self._step(channel.uniqueid, lambda c: steps.ring(c, leg.uniqueid, whose, c.queue, now))

    def _hang_up(self, channel: Channel, now: datetime) -> Facts:
        uniqueid = channel.uniqueid
        if uniqueid not in self.calls:
            caller = self._caller_of.pop(uniqueid, None)
            return self._step(caller, lambda c: steps.end_talk(c, uniqueid)) if caller else ()
        return self._close(uniqueid, lambda c: steps.end(c, channel.place, now), now)

    def _close(self, uniqueid: UniqueId, end: steps.Folding, now: datetime) -> Facts:
        facts = self._step(uniqueid, end)
        for leg in self.calls.pop(uniqueid).offers:
            self._caller_of.pop(leg, None)
        self._over[uniqueid] = now
        self._forget(now)
        return facts

    def _forget(self, now: datetime) -> None:
        for uniqueid, at in list(self._over.items()):  # in the order of time
            if now - at < LATE:
                break
            del self._over[uniqueid]

    def _caller(self, event: ami.Event) -> UniqueId | None:
        match event:
            case ami.HoldStarted(channel) | ami.HoldEnded(channel):
                return self._caller_of.get(channel.uniqueid)
            case ami.CallTransferred(transferer=transferer):
                return self._caller_of.get(transferer)
            case ami.DialEnded(None, leg):
                return self._caller_of.get(leg.uniqueid)
            case (
                ami.QueueJoined(channel)
                | ami.QueueLeft(channel)
                | ami.QueueAbandoned(channel)
                | ami.MemberConnected(channel)
                | ami.MemberCompleted(channel)
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
