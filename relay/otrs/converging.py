"""One ticket of what OTRS made: the lowest is the call's and is completed, the others are closed with a note."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from relay.clock import Clock
from relay.errors import NotYet
from relay.metrics import Metrics
from relay.otrs import texts
from relay.otrs.client import OtrsClient
from relay.otrs.forms import TicketForms
from relay.otrs.merging import Merging
from relay.otrs.ticket import FoundTicket
from relay.otrs.tickets import Intent, Intents
from relay.otrs.trust import RECOVERY
from relay.otrs.writer import Change, Writer
from relay.store.calls import StoredCall

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Converging:
    intents: Intents
    writer: Writer
    merging: Merging
    forms: TicketForms
    clock: Clock
    metrics: Metrics

    async def adopt(
        self,
        client: OtrsClient,
        call: StoredCall,
        intent: Intent,
        found: list[FoundTicket],
        *,
        is_whole: bool = True,
    ) -> str:
        """The id of the call's ticket, of one or more that were found, lowest first; else it stays half made."""
        kept = found[0]
        if is_whole:
            await self._complete(client, kept, call, intent)
        await self.intents.made(intent, kept.id, kept.number, self.clock())
        await self._close_duplicates(client, call, intent, found)
        return kept.id

    async def complete(self, client: OtrsClient, call: StoredCall, intent: Intent) -> None:
        """What the call's own ticket lacks."""
        if intent.ticket_id is not None:
            await self._complete(client, await client.read(intent.ticket_id), call, intent)

    async def check(self, client: OtrsClient, call: StoredCall) -> None:
        """Later, when OTRS has had the time to do what it owed: is there one more, is ours whole?"""
        intent = await self.intents.of(call.id)
        if intent.ticket_id is None:
            raise NotYet("otrs:settling", self.forms.settle.total_seconds())
        if not (found := await client.find(intent.key)):
            log.warning("otrs.ticket_gone", call=call.id, ticket=intent.ticket_id)
            return
        if (ours := _of(found, intent.ticket_id)) and ours.is_merged:
            path = await self.merging.path(client, ours.id)
            others = [each for each in found if each.id not in path]
            await self._close_duplicates(client, call, intent, [ours, *others])
            return
        kept = found[0]
        await self._complete(client, kept, call, intent)
        if kept.id != intent.ticket_id and not await self.intents.moved(
            intent, kept.id, kept.number, self.clock()
        ):
            raise NotYet("otrs:busy", RECOVERY.total_seconds())
        await self._close_duplicates(client, call, intent, found)

    async def _complete(
        self, client: OtrsClient, found: FoundTicket, call: StoredCall, intent: Intent
    ) -> None:
        """Znuny makes the row, then the fields, then the article: a crash in between leaves half a ticket. So does a
        look at the wrong moment: what is half made just now is not completed, or it would be whole twice.
        """
        if found.is_merged:  # its articles are where an agent has merged it into
            return
        new = texts.new_ticket(self.forms.of(call.company), call, intent.key)
        is_told = found.has_article(new.note.mark)
        if is_told and found.key:
            return
        self.writer.trust.believe(intent.tried_at)
        fields = {**client.key_field(intent.key), **new.fields}
        if is_told:
            await client.update(found.id, None, {}, fields)
        elif missing := await self.writer.missing(client, call.id, [found.id], new.note.mark):
            change = Change(new.note, dynamic=fields)
            await self.writer.write(client, missing, change, self.metrics.otrs_completed.inc)
        log.info("otrs.completed", call=call.id, ticket=found.id)

    async def _close_duplicates(
        self, client: OtrsClient, call: StoredCall, intent: Intent, found: list[FoundTicket]
    ) -> None:
        form = self.forms.of(call.company)
        for extra in found[1:]:
            note = texts.duplicate(form, found[0].number, intent.key)
            if extra.is_closed and extra.has_article(note.mark):
                continue
            missing = await self.writer.missing(client, call.id, [extra.id], note.mark)
            if missing is None:
                continue
            change = Change(note, {"State": form.duplicate_state})
            await self.writer.write(client, missing, change, self.metrics.otrs_duplicates.inc)
            log.warning("otrs.duplicate_closed", call=call.id, ticket=extra.id, kept=found[0].id)


def _of(found: list[FoundTicket], ticket_id: str) -> FoundTicket | None:
    return next((each for each in found if each.id == ticket_id), None)
