"""One PBX's events, read for what operators' own calls come to: dials of claims, and answered calls to anybody.

Synchronous, without I/O or clock. Its state is bounded by the outgoing calls that ring now.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.directory import Directory
from callcenter.settings import Operator
from relay.ami import events as ami
from relay.ami.channels import Channel
from relay.ami.survey import Survey
from relay.callbacks.sighting import Looked, Reached, Seen, Sighting, What, channel_id, claim_of
from relay.words import ChannelName, ClaimId, CompanyId, OperatorLogin, PbxName, UniqueId

_LOCAL = "Local/"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A leg that rings outside, for an operator's own call."""

    companies: frozenset[CompanyId]
    numbers: tuple[str, ...] = field(repr=False)
    operator: OperatorLogin | None


@dataclass(slots=True)
class Follower:
    pbx: PbxName
    trunks: tuple[str, ...]
    directory: Directory
    ringing: dict[UniqueId, Outgoing] = field(default_factory=dict)

    def apply(self, event: ami.Event | ami.Originated, now: datetime) -> tuple[Sighting, ...]:
        """Never raises for an odd event."""
        match event:
            case ami.DialBegun(channel, leg, dialled):
                return self._begin(channel, leg, dialled, now)
            case ami.DialEnded(channel, leg, status):
                return self._end(channel, leg, status, now)
            case ami.Originated(action_id, is_answered):
                claim = claim_of(action_id)
                return _seen(claim, "operator_failed", now) if claim and not is_answered else ()
            case ami.HungUp(channel):
                self.ringing.pop(channel.uniqueid, None)
                return _seen(claim_of(channel.uniqueid), "over", now)
            case ami.Surveyed(Survey() as survey):
                return tuple(look(self.pbx, survey, now, is_after_gap=True))
            case ami.Disconnected():
                self.ringing.clear()
        return ()

    def _begin(
        self, channel: Channel | None, leg: ami.Leg, dialled: str, now: datetime
    ) -> tuple[Sighting, ...]:
        if channel is None:
            return _seen(claim_of(leg.uniqueid), "operator_rings", now)
        if claim := claim_of(channel.linkedid):
            return () if leg.name.startswith(_LOCAL) else _seen(claim, "customer_rings", now)
        if leg.name.startswith(self.trunks) and not channel.name.startswith(self.trunks):
            self.ringing[leg.uniqueid] = self._outgoing(channel, dialled, now)
        return ()

    def _end(self, channel: Channel | None, leg: ami.Leg, status: str, now: datetime) -> tuple[Sighting, ...]:
        is_answered = status == "ANSWER"
        if channel is None:
            what: What = "operator_answered" if is_answered else "operator_failed"
            return _seen(claim_of(leg.uniqueid), what, now)
        if claim := claim_of(channel.linkedid):
            if leg.name.startswith(_LOCAL):
                return ()
            return _seen(claim, "customer_answered" if is_answered else "customer_failed", now, status)
        outgoing = self.ringing.pop(leg.uniqueid, None)
        if outgoing is None or not is_answered or not outgoing.companies:
            return ()
        reached = Reached(
            companies=outgoing.companies, numbers=outgoing.numbers, operator=outgoing.operator, at=now
        )
        return (reached,)

    def _outgoing(self, channel: Channel, dialled: str, now: datetime) -> Outgoing:
        """The account code tells for which Company he calls; else it is any of the operator's."""
        found = self.directory.operator_of(channel.name.rpartition("-")[0])
        company = self.directory.company_of_account_code(channel.account_code, now)
        companies = [company] if company else list(found.companies) if found else []
        numbers = dict.fromkeys((channel.exten, *re.split(r"[@/]", dialled)))
        return Outgoing(
            frozenset(CompanyId(each) for each in companies),
            tuple(each for each in numbers if any(c.isdigit() for c in each)),
            _login(found),
        )


def look(pbx: PbxName, survey: Survey, now: datetime, *, is_after_gap: bool) -> Iterator[Sighting]:
    """What a list of all channels says of the dials of claims: how far they are, then which there are."""
    alive: dict[ClaimId, list[What]] = {}
    for standing in survey.channels.values():
        channel = standing.channel
        if claim := claim_of(channel.linkedid):
            own = alive.setdefault(claim, ["alive"])
            if channel.uniqueid == channel_id(claim):
                own += ["operator_answered"] if standing.is_up else []
            elif not channel.name.startswith(_LOCAL):
                own.append("customer_answered" if standing.is_up else "customer_rings")
    for claim, whats in alive.items():
        for what in whats:
            yield Seen(claim=claim, what=what, at=now, is_after_gap=is_after_gap)
    yield Looked(pbx=pbx, alive=frozenset(alive), at=now)


def needless(survey: Survey, claims: Collection[ClaimId]) -> list[ChannelName]:
    """The operators' channels of these dials; not of one whose customer has just answered."""
    channels = survey.channels
    answered = {
        each.channel.linkedid
        for each in channels.values()
        if each.is_up and not each.channel.is_first and not each.channel.name.startswith(_LOCAL)
    }
    own = (channels.get(channel_id(claim)) for claim in claims)
    return [each.channel.name for each in own if each and each.channel.linkedid not in answered]


def _seen(claim: ClaimId | None, what: What, now: datetime, status: str = "") -> tuple[Sighting, ...]:
    return (Seen(claim=claim, what=what, at=now, status=status),) if claim else ()


def _login(operator: Operator | None) -> OperatorLogin | None:
    return OperatorLogin(operator.login) if operator else None
