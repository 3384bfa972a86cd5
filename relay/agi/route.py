"""The script `route`: DID and time to what the dial plan needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.routing import Asked
from callcenter.settings import UNASSIGNED
from relay.agi.book import Shelf
from relay.agi.wire import Request
from relay.clock import Clock
from relay.words import PbxName

UNKNOWN = {"ROUTE": "unknown"}


@dataclass(frozen=True, slots=True)
class Route:
    """Arguments: the DID, else the extension is it; and a Company, where the dial plan knows better than the DID."""

    shelf: Shelf
    clock: Clock

    async def __call__(self, request: Request, _pbx: PbxName) -> Mapping[str, str]:
        """ROUTE comes last: where it is `ok`, all the others are there."""
        book, now = self.shelf.book, self.clock()
        did, company = asked_of(request)
        whose = company or book.routing.company_of(did, now)
        if whose is None or whose == UNASSIGNED or whose not in book.routing.companies:
            return UNKNOWN
        is_vip = book.is_vip(whose, request.number)
        said = dict(book.routing.route(whose, Asked(did, now, is_vip)).variables())
        return said | {"ROUTE": said.pop("ROUTE")}


def asked_of(request: Request) -> tuple[str, str]:
    """(DID, Company), as the arguments say."""
    did, company = (*request.arguments, "", "")[:2]
    return did or request.extension, company
