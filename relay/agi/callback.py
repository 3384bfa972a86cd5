"""The script `callback`: the caller pressed a key, and is to be called back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.agi.book import Shelf
from relay.agi.calls import call_of
from relay.agi.wire import Request
from relay.callbacks.asking import Asking
from relay.clock import Clock
from relay.words import PbxName

REFUSED = {"CALLBACK": "refused"}


@dataclass(frozen=True, slots=True)
class Callback:
    """Arguments as those of `route`. Only who came in over a trunk is called back, not a phone within."""

    shelf: Shelf
    asking: Asking
    trunks: Mapping[PbxName, tuple[str, ...]]
    clock: Clock

    async def __call__(self, request: Request, pbx: PbxName) -> Mapping[str, str]:
        call = call_of(request, pbx, self.shelf.book.routing, self.clock())
        if call is None or not request.channel.startswith(self.trunks[pbx]):
            return REFUSED
        return {"CALLBACK": await self.asking.ask(call)}
