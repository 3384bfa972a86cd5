"""The call that a dial plan asks for, as the tracker would tell of it; where it has, its word holds."""

from __future__ import annotations

from datetime import datetime

from callcenter.routing import Routing
from relay.agi.route import asked_of
from relay.agi.wire import Request
from relay.calls.facts import Started
from relay.words import Caller, ChannelName, CompanyId, PbxName, UniqueId, call_id


def call_of(request: Request, pbx: PbxName, routing: Routing, now: datetime) -> Started | None:
    """None: no Company's."""
    did, named = asked_of(request)
    company = named or routing.company_of(did, now)
    if company not in routing.companies:
        return None
    uniqueid = UniqueId(request.uniqueid)
    return Started(
        call=call_id(pbx, uniqueid),
        at=now,
        pbx=pbx,
        company=CompanyId(str(company)),
        did=did[:80],
        channel=ChannelName(request.channel),
        uniqueid=uniqueid,
        caller=Caller(request.number, request.name),
    )
