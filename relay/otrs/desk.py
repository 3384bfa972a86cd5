"""Delivers the outbox's `ticket.*` messages: the ticket is made where it is not there, then the message's article."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from relay.clock import Clock
from relay.errors import DeliveryFault, GiveUp, NotYet, OutcomeUnknown, TryAgain
from relay.metrics import Metrics
from relay.otrs import texts
from relay.otrs.client import OtrsClient
from relay.otrs.texts import TicketForm
from relay.otrs.ticket import FoundTicket, Note
from relay.otrs.tickets import CHECK, Intent, Intents
from relay.store.calls import Calls, StoredCall
from relay.store.outbox import Item
from relay.store.recording import texts_purpose
from relay.words import CompanyId, OperatorLogin

# A server that comes back works off what it had taken in: a look just then may miss what is made a moment later.
RECOVERY = timedelta(seconds=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TicketForms:
    """The settings of tickets: each Company's form, and the others'. `owner`: an operator's login in OTRS, if the
    settings know the operator and the Company is one of his: an owner sees the ticket whatever its queue.
    """

    own: Mapping[CompanyId, TicketForm]
    default: TicketForm
    owner: Callable[[OperatorLogin, CompanyId], str | None]
    settle: timedelta = timedelta(seconds=60)  # longer than OTRS's longest stall

    def of(self, company: CompanyId) -> TicketForm:
        return self.own.get(company, self.default)


@dataclass(slots=True)
class Desk:
    """`clients` are lent out one message each: PyOTRS does one thing at a time."""

    clients: list[OtrsClient]
    intents: Intents
    calls: Calls
    forms: TicketForms
    clock: Clock
    metrics: Metrics
    _idle: asyncio.Queue[OtrsClient] = field(init=False)
    _failed_at: datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._idle = asyncio.Queue()
        for client in self.clients:
            self._idle.put_nowait(client)

    async def deliver(self, item: Item) -> None:
        async with self._client() as client:
            call = await self.calls.get(item.call)
            if item.kind == CHECK:
                await self._check(client, call)
                return
            ticket_id = await self._ensure(client, call)
            if item.kind != "ticket.open":
                await self._note(client, ticket_id, call, self._with_texts(item))

    async def close(self) -> None:
        for client in self.clients:
            await client.close()

    def _with_texts(self, item: Item) -> Item:
        """With what people wrote, which the store keeps sealed."""
        if item.sealed_texts is None:
            return item
        opened = json.loads(self.calls.seal.open(item.sealed_texts, texts_purpose(item.webhook_id)))
        return replace(item, body=item.body | opened)

    async def _ensure(self, client: OtrsClient, call: StoredCall) -> str:
        intent = await self.intents.of(call.id)
        if intent.ticket_id:
            return intent.ticket_id
        if wait := intent.wait(self.clock(), self.forms.settle):
            raise NotYet("otrs:settling", wait.total_seconds())
        if intent.may_exist and (found := await client.find(intent.key)):
            return await self._adopt(client, call, intent, found)
        if intent.may_exist:
            self._trust_look()
        return await self._create(client, call, intent)

    async def _create(self, client: OtrsClient, call: StoredCall, intent: Intent) -> str:
        new = texts.new_ticket(self.forms.of(call.company), call, intent.key)
        await self.intents.trying(intent, self.clock())
        try:
            ticket_id, number = await client.create(new)
        except OutcomeUnknown:
            raise
        except DeliveryFault:
            await self.intents.not_made(intent)
            raise
        await self.intents.made(intent, ticket_id, number, self.clock())
        if not intent.may_exist:
            return ticket_id
        # An earlier try may be made just now: the sooner it is known, the less has to be told twice.
        return await self._adopt(client, call, intent, await client.find(intent.key))

    async def _adopt(
        self, client: OtrsClient, call: StoredCall, intent: Intent, found: list[FoundTicket]
    ) -> str:
        """The lowest of those that were found is the call's; it is completed, the others are closed."""
        kept = found[0]
        await self._complete(client, kept, call, intent)
        await self.intents.made(intent, kept.id, kept.number, self.clock())
        await self._close_duplicates(client, call, intent, found)
        return kept.id

    async def _check(self, client: OtrsClient, call: StoredCall) -> None:
        """Later, when OTRS has had the time to do what it owed: is there one more, is ours whole?"""
        intent = await self.intents.of(call.id)
        if intent.ticket_id is None:
            raise NotYet("otrs:settling", self.forms.settle.total_seconds())
        if not (found := await client.find(intent.key)):
            log.warning("otrs.ticket_gone", call=call.id, ticket=intent.ticket_id)
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
        """Znuny makes the row, then the fields, then the article: a crash in between leaves half a ticket."""
        opening = texts.opening(self.forms.of(call.company), call, intent.key)
        is_told = found.has_article(opening.mark)
        if is_told and found.key:
            return
        new = texts.new_ticket(self.forms.of(call.company), call, intent.key)
        fields = {} if found.key else {**client.key_field(intent.key), **new.fields}
        await self._write(client, found.id, None if is_told else opening, {}, fields)
        self.metrics.otrs_completed.inc()
        log.info("otrs.completed", call=call.id, ticket=found.id)

    async def _close_duplicates(
        self, client: OtrsClient, call: StoredCall, intent: Intent, found: list[FoundTicket]
    ) -> None:
        form = self.forms.of(call.company)
        for extra in found[1:]:
            note = texts.duplicate(form, found[0].number, intent.key)
            if extra.is_closed and extra.has_article(note.mark):
                continue
            await self._write(client, extra.id, note, {"State": form.duplicate_state})
            self.metrics.otrs_duplicates.inc()
            log.warning("otrs.duplicate_closed", call=call.id, ticket=extra.id, kept=found[0].id)

    async def _note(self, client: OtrsClient, ticket_id: str, call: StoredCall, item: Item) -> None:
        """A second attempt looks first: the article of the first may be there."""
        if item.kind not in texts.ARTICLES:
            raise GiveUp("otrs:unknown_kind")
        if item.attempts > 1:
            if (await client.read(ticket_id)).has_article(texts.mark_of(item)):
                return
            self._trust_look()
        form = self.forms.of(call.company)
        fields = self._fields(item, form, call.company)
        try:
            await self._write(client, ticket_id, texts.note(form, call, item), fields)
        except GiveUp as refused:
            if "Owner" not in fields or not refused.code.endswith("InvalidParameter"):
                raise
            log.warning("otrs.unknown_owner", call=call.id, owner=fields["Owner"])
            more = texts.no_owner(form, fields.pop("Owner"))
            await self._write(client, ticket_id, texts.note(form, call, item, more), fields)

    async def _write(
        self,
        client: OtrsClient,
        ticket_id: str,
        note: Note | None,
        fields: Mapping[str, str],
        dynamic_fields: Mapping[str, str] | None = None,
    ) -> None:
        try:
            await client.update(ticket_id, note, fields, dynamic_fields)
        except OutcomeUnknown as fault:  # a stalled server may write it yet
            raise OutcomeUnknown(fault.code, self.forms.settle.total_seconds()) from None

    def _fields(self, item: Item, form: TicketForm, company: CompanyId) -> dict[str, str]:
        if item.kind == "ticket.close":
            return {"State": form.closed_state}
        operator = item.body.get("operator")
        if item.kind != "ticket.answered" or not operator:
            return {}
        owner = self.forms.owner(OperatorLogin(operator), company)
        return {"Owner": owner} if owner else {}

    def _trust_look(self) -> None:
        """Raises NotYet where something failed a moment ago."""
        recovery = min(RECOVERY, self.forms.settle)
        if self._failed_at and self.clock() - self._failed_at < recovery:
            raise NotYet("otrs:recovering", recovery.total_seconds())

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[OtrsClient]:
        client = await self._idle.get()
        try:
            yield client
        except NotYet:
            raise
        except (TryAgain, asyncio.CancelledError):
            self._failed_at = self.clock()
            raise
        finally:
            self._idle.put_nowait(client)
