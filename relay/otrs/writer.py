"""Writing into tickets, each article once: where its arrival is unknown, it is waited for and looked for first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from relay.clock import Clock
from relay.errors import DeliveryFault, NotYet, OutcomeUnknown
from relay.otrs.articles import Articles, Missing, Sent
from relay.otrs.client import OtrsClient
from relay.otrs.ticket import Note
from relay.otrs.trust import Trust
from relay.words import CallId


@dataclass(frozen=True, slots=True)
class Change:
    """`fields` are the ticket's own (Owner, State, ...), `dynamic` its dynamic ones; Znuny writes the note last."""

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

    async def missing(
        self, client: OtrsClient, call: CallId, path: Sequence[str], mark: str
    ) -> Missing | None:
        """The article of the path's last ticket; None where it is written in any of them, since what was sent into
        one moves on when that is merged into the next.

        Raises NotYet while the article may still be on its way.
        """
        sent = [await self.articles.sent_at(Sent(call, each, mark)) for each in path]
        last = max((each for each in sent if each is not None), default=None)
        missing = Missing(Sent(call, path[-1], mark), sent[-1])
        if last is None:
            return missing
        for each in path:
            if (await client.read(each)).has_article(mark):
                return None
        self.trust.believe(last)
        return missing

    async def write(
        self, client: OtrsClient, missing: Missing, change: Change, count: Callable[[], None] = _ignore
    ) -> None:
        """`count` is called once: when it is done, or may be, for the first time.

        Raises NotYet where another relay has found it missing, too, and was faster.
        """
        now = self.clock()
        if not await self.articles.sending(missing, now):
            raise NotYet("otrs:busy", self.trust.recovery.total_seconds())
        doubt: OutcomeUnknown | None = None
        try:
            await client.update(missing.article.ticket_id, change.note, change.fields, change.dynamic)
        except OutcomeUnknown as fault:
            doubt = fault
        except DeliveryFault:
            await self.articles.not_sent(missing, now)
            raise
        if missing.before is None:
            count()
        if doubt:
            raise doubt
        self.took()
