"""One PBX's calls: finds the call of an event and folds the event into it; synchronous, without I/O or clock.

Its state is the values of call.py and two indexes, so memory is bounded by the calls that are live.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED
from relay.ami import events as ami
from relay.calls import call as steps
from relay.calls.call import Call, Facts, Ring
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

    @property
    def legs(self) -> int:
        """How many legs of live calls are remembered."""
        return len(self._caller_of)

    def apply(self, event: ami.Event, now: datetime) -> Facts:
        match event:
            case ami.ChannelCreated(channel) if channel.name.startswith(self.trunks):
                return self._open(channel, now)
            case ami.ChannelCreated() | ami.Connected() | ami.Disconnected():
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

    def _open(self, channel: ami.Channel, now: datetime) -> Facts:
        """A channel that stands at its call's beginning is a caller; it is told of with its first fact."""
        is_first = channel.uniqueid == UniqueId(channel.linkedid)
        if is_first and channel.uniqueid not in self.calls and channel.uniqueid not in self._over:
            self.calls[channel.uniqueid] = Call(call_id(self.pbx, channel.uniqueid), self.pbx, channel, now)
        return ()

    def _dial(self, channel: ami.Channel | None, leg: ami.Leg, now: datetime) -> Facts:
        """A dial from a caller to an operator's phone; in a queue, AgentCalled has already told of it."""
        interface = interface_of(leg.name)
        operator = self._operator(interface)
        if channel is None or operator is None:
            return ()
        whose = Ring(interface, operator)
        return self._step(channel.uniqueid, lambda c: steps.ring(c, leg.uniqueid, whose, c.queue, now))

    def _hang_up(self, channel: ami.Channel, now: datetime) -> Facts:
        uniqueid = channel.uniqueid
        if uniqueid not in self.calls:
            caller = self._caller_of.pop(uniqueid, None)
            return self._step(caller, lambda c: steps.end_talk(c, uniqueid)) if caller else ()
        facts = self._step(uniqueid, lambda c: steps.end(c, now))
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
                | ami.DialEnded(ami.Channel() as channel)
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
            (directory.company_of_queue(call.queue, call.at) if call.queue else None)
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
