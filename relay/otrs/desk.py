"""Delivers the outbox's `ticket.*` messages: the ticket is made where it is not there, then the message's article."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from relay.clock import Clock
from relay.errors import DeliveryFault, OutcomeUnknown, TryAgain
from relay.otrs import texts
from relay.otrs.client import NewTicket, OtrsClient, OtrsServer
from relay.otrs.tickets import Intent, Intents
from relay.store.calls import Calls, StoredCall
from relay.store.outbox import Item
from relay.words import CompanyId, OperatorLogin


@dataclass(frozen=True, slots=True)
class TicketForm:
    """What a Company's tickets are like."""

    queue: str
    title: str = "Call {company} {queue}"
    state: str = "open"
    priority: str = "3 normal"
    customer_user: str = "caller"


@dataclass(frozen=True, slots=True)
class TicketForms:
    """The settings of tickets: each Company's form, and the others'."""

    own: Mapping[CompanyId, TicketForm]
    default: TicketForm
    login: Callable[[OperatorLogin], str]  # an operator's in OTRS
    clients: int = 2
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
    _idle: asyncio.Queue[OtrsClient] = field(init=False)

    def __post_init__(self) -> None:
        self._idle = asyncio.Queue()
        for client in self.clients:
            self._idle.put_nowait(client)

    async def deliver(self, item: Item) -> None:
        async with self._client() as client:
            ticket_id = await self._ensure(client, item)
            if item.kind != "ticket.open":
                await self._note(client, ticket_id, item)

    async def close(self) -> None:
        for client in self.clients:
            await client.close()

    async def _ensure(self, client: OtrsClient, item: Item) -> str:
        intent = await self.intents.of(item.call)
        if intent.ticket_id:
            return intent.ticket_id
        if wait := intent.wait(self.clock(), self.forms.settle):
            raise TryAgain("otrs:settling", wait.total_seconds())
        if intent.may_exist and (found := await client.find(intent.key)):
            await self.intents.made(item.call, found[0], await client.number_of(found[0]))
            return found[0]
        return await self._create(client, intent)

    async def _create(self, client: OtrsClient, intent: Intent) -> str:
        new = self._form(await self.calls.get(intent.call), intent.key)
        await self.intents.trying(intent.call, self.clock())
        try:
            ticket_id, number = await client.create(new)
        except OutcomeUnknown:
            raise
        except DeliveryFault:
            await self.intents.not_made(intent.call)
            raise
        await self.intents.made(intent.call, ticket_id, number)
        return ticket_id

    async def _note(self, client: OtrsClient, ticket_id: str, item: Item) -> None:
        """A second attempt looks first: the article of the first may be there."""
        if item.attempts > 1 and await client.has_article(ticket_id, texts.mark(item)):
            return
        subject, body = texts.note(item)
        await client.add_article(ticket_id, subject, body, self._fields(item))

    def _fields(self, item: Item) -> dict[str, str]:
        operator = item.body.get("operator")
        if item.kind != "ticket.answered" or not operator:
            return {}
        return {"Owner": self.forms.login(OperatorLogin(operator))}

    def _form(self, call: StoredCall, key: str) -> NewTicket:
        form = self.forms.of(call.company)
        title = texts.title(form.title, call, key)
        return NewTicket(
            title=title,
            queue=form.queue,
            state=form.state,
            priority=form.priority,
            customer_user=form.customer_user,
            key=key,
            subject=title,
            body=texts.opening(call),
        )

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[OtrsClient]:
        client = await self._idle.get()
        try:
            yield client
        finally:
            self._idle.put_nowait(client)


def desk_of(server: OtrsServer, forms: TicketForms, engine: AsyncEngine, calls: Calls, clock: Clock) -> Desk:
    clients = [OtrsClient(server) for _ in range(forms.clients)]
    return Desk(clients, Intents(engine), calls, forms, clock)
