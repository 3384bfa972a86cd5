"""Writing into tickets, each article once: where its arrival is unknown, it is waited for and looked for first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from relay.clock import Clock
from relay.errors import DeliveryFault, OutcomeUnknown
from relay.otrs.articles import Articles, Sent
from relay.otrs.client import OtrsClient
from relay.otrs.ticket import Note
from relay.otrs.trust import Trust
from relay.words import CallId


@dataclass(frozen=True, slots=True)
class Change:
    """`fields` are the ticket's own (Owner, State, ...), `dynamic` its dynamic ones; Znuny writes the note last."""

    ticket_id: str
    note: Note
    fields: Mapping[str, str] = field(default_factory=dict)
    dynamic: Mapping[str, str] = field(default_factory=dict)


def _ignore() -> None:
    return


@dataclass(frozen=True, slots=True)
class Writer:
    articles: Articles
    trust: Trust
    clock: Clock
    took: Callable[[], None] = _ignore  # told when OTRS has surely written something

    async def is_written(self, client: OtrsClient, call: CallId, path: Sequence[str], mark: str) -> bool:
        """In any ticket of the path: what was sent into one moves on when it is merged into the next.

        Raises NotYet while the article may still be on its way.
        """
        sent = [await self.articles.sent_at(Sent(call, each, mark)) for each in path]
        last = max((each for each in sent if each is not None), default=None)
        if last is None:
            return False
        for each in path:
            if (await client.read(each)).has_article(mark):
                return True
        self.trust.believe(last)
        return False

    async def write(
        self, client: OtrsClient, call: CallId, change: Change, count: Callable[[], None] = _ignore
    ) -> None:
        """Ask `is_written` first. `count` is called once: when it is done, or may be, for the first time."""
        sent = Sent(call, change.ticket_id, change.note.mark)
        before = await self.articles.sent_at(sent)
        await self.articles.sending(sent, self.clock())
        doubt: OutcomeUnknown | None = None
        try:
            await client.update(change.ticket_id, change.note, change.fields, change.dynamic)
        except OutcomeUnknown as fault:
            doubt = fault
        except DeliveryFault:
            await self.articles.not_sent(sent, before)
            raise
        if before is None:
            count()
        if doubt:
            raise doubt
        self.took()
