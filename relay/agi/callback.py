"""The script `callback`: the caller pressed a key, and is to be called back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.agi.book import Shelf
from relay.agi.route import asked_of
from relay.agi.wire import Request
from relay.callbacks.asking import Asking
from relay.calls.facts import Started
from relay.clock import Clock
from relay.words import Caller, ChannelName, CompanyId, PbxName, UniqueId, call_id

REFUSED = {"CALLBACK": "refused"}


@dataclass(frozen=True, slots=True)
class Callback:
    """Arguments as those of `route`. Only who came in over a trunk is called back, not a phone within."""

    shelf: Shelf
    asking: Asking
    trunks: Mapping[PbxName, tuple[str, ...]]
    clock: Clock

    async def __call__(self, request: Request, pbx: PbxName) -> Mapping[str, str]:
        call = self._call(request, pbx)
        if call is None or not request.channel.startswith(self.trunks[pbx]):
            return REFUSED
        return {"CALLBACK": await self.asking.ask(call)}

    def _call(self, request: Request, pbx: PbxName) -> Started | None:
        """As the tracker would tell of it; where it has, its word holds. None: no Company's."""
        now, routing = self.clock(), self.shelf.book.routing
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
