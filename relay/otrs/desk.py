"""Delivers the outbox's `ticket.*` messages: the ticket is made where it is not there, then the message's article."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog

from relay.clock import Clock
from relay.errors import DeliveryFault, GiveUp, NotYet, OutcomeUnknown, TryAgain
from relay.metrics import Metrics
from relay.otrs import texts
from relay.otrs.articles import Articles
from relay.otrs.client import OtrsClient
from relay.otrs.converging import Converging
from relay.otrs.forms import TicketForms
from relay.otrs.merging import Merging
from relay.otrs.stumbling import Stumbling
from relay.otrs.texts import TicketForm
from relay.otrs.tickets import CHECK, OPEN, Intent, Intents
from relay.otrs.trust import Trust
from relay.otrs.writer import Change, Writer
from relay.store.calls import Calls, StoredCall
from relay.store.outbox import Item
from relay.store.rows import texts_purpose
from relay.words import CompanyId, OperatorLogin

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Desk:
    """`clients` are lent out one message each: PyOTRS does one thing at a time."""

    clients: list[OtrsClient]
    intents: Intents
    articles: Articles
    calls: Calls
    forms: TicketForms
    clock: Clock
    metrics: Metrics
    _idle: asyncio.Queue[OtrsClient] = field(init=False)
    _trust: Trust = field(init=False)
    _stumbling: Stumbling = field(init=False)
    _merging: Merging = field(init=False)
    _writer: Writer = field(init=False)
    _converging: Converging = field(init=False)

    def __post_init__(self) -> None:
        self._idle = asyncio.Queue()
        for client in self.clients:
            self._idle.put_nowait(client)
        self._trust = Trust(self.forms.settle, self.clock)
        self._stumbling = Stumbling(self.clock)
        self._writer = Writer(self.articles, self._trust, self.clock, self._stumbling.took)
        self._merging = Merging(self.clock)
        self._converging = Converging(
            self.intents, self._writer, self._merging, self.forms, self.clock, self.metrics
        )

    async def deliver(self, item: Item) -> None:
        try:
            await self._deliver(item)
        except TryAgain as fault:
            if fault.was_answered and self._stumbling.gives_up(item.id):
                raise GiveUp(fault.code) from None
            raise
        except DeliveryFault:
            raise
        except Exception as fault:  # a fault of ours, or what was sealed cannot be opened any more
            if self._stumbling.gives_up(item.id):
                raise GiveUp(f"internal:{type(fault).__name__}"[:64]) from fault
            raise
        self._stumbling.forget(item.id)

    async def _deliver(self, item: Item) -> None:
        async with self._client() as client:
            call = await self.calls.get(item.call)
            if item.kind == CHECK:
                await self._converging.check(client, call)
                return
            ticket_id = await self._ensure(client, call, item)
            if item.kind != OPEN:
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

    async def _ensure(self, client: OtrsClient, call: StoredCall, item: Item) -> str:
        """What is found is believed at once, that nothing is there only after a while."""
        intent = await self.intents.of(call.id)
        if intent.ticket_id:
            if item.kind == OPEN and item.attempts > 1:  # by hand, perhaps: its article may be missing
                await self._converging.complete(client, call, intent)
            return intent.ticket_id
        if intent.may_exist:
            if found := await client.find(intent.key):
                has_opening = item.kind == OPEN or not await self.intents.is_opening_dead(call.id)
                return await self._converging.adopt(client, call, intent, found, is_whole=has_opening)
            self._trust.believe(intent.tried_at)
        return await self._create(client, call, intent)

    async def _create(self, client: OtrsClient, call: StoredCall, intent: Intent) -> str:
        new = texts.new_ticket(self.forms.of(call.company), call, intent.key)
        tried_at = self.clock()
        if not await self.intents.trying(intent, tried_at):
            raise NotYet("otrs:busy", self._trust.recovery.total_seconds())
        try:
            ticket_id, number = await client.create(new)
        except OutcomeUnknown:
            raise
        except DeliveryFault:
            await self.intents.not_made(intent)
            raise
        self._stumbling.took()
        self._merging.stands(ticket_id)
        if intent.may_exist:
            # An earlier try may be made just now: the sooner it is known, the less has to be told twice.
            trying = replace(intent, tried_at=tried_at)
            if found := await client.find(intent.key):
                return await self._converging.adopt(client, call, trying, found)
        await self.intents.made(intent, ticket_id, number, self.clock())
        return ticket_id

    async def _note(self, client: OtrsClient, ticket_id: str, call: StoredCall, item: Item) -> None:
        if item.kind not in texts.ARTICLES:
            raise GiveUp("otrs:unknown_kind")
        path = await self._merging.path(client, ticket_id)
        missing = await self._writer.missing(client, call.id, path, texts.mark_of(item))
        if missing is None:
            return
        form = self.forms.of(call.company)
        # Into whatever an agent has merged it, the article goes; whose that is, and its state, are the agent's.
        fields = self._fields(item, form, call.company) if path == [ticket_id] else {}
        try:
            await self._writer.write(client, missing, Change(texts.note(form, call, item), fields))
        except GiveUp as refused:
            if "Owner" not in fields or not refused.code.endswith("InvalidParameter"):
                raise
            log.warning("otrs.unknown_owner", call=call.id, owner=fields["Owner"])
            more = texts.no_owner(form, fields.pop("Owner"))
            note = texts.note(form, call, item, more)
            await self._writer.write(client, missing, Change(note, fields))

    def _fields(self, item: Item, form: TicketForm, company: CompanyId) -> dict[str, str]:
        if item.kind in ("ticket.close", "ticket.served"):
            return {"State": form.closed_state}
        operator = item.body.get("operator")
        if item.kind != "ticket.answered" or not operator:
            return {}
        owner = self.forms.owner(OperatorLogin(operator), company)
        return {"Owner": owner} if owner else {}

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[OtrsClient]:
        client = await self._idle.get()
        try:
            yield client
        except NotYet:
            raise
        except (TryAgain, asyncio.CancelledError):
            self._trust.fail()
            raise
        finally:
            self._idle.put_nowait(client)
