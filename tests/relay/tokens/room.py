"""A token service over a store, with an Asterisk and a clock that a test sets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import URL, Engine, Select, event, select

from relay.ami.lists import Keep
from relay.calls.facts import Ended
from relay.calls.live import Switchboard
from relay.http.auth import Principal, Role
from relay.metrics import Metrics
from relay.sealing import Seal
from relay.store.calls import Calls
from relay.store.recording import Recorder
from relay.store.schema import outbox
from relay.store.tokens import Tokens
from relay.tokens.minting import purpose
from relay.tokens.service import TokenService
from relay.words import OperatorLogin, PbxName
from tests.relay.store.test_recording import CALL, NOW, offered, recorder, started

LOYMAX = Principal("loymax", Role.SERVICE, None)
SEAL = Seal({"k1": b"k" * 32})


@dataclass(slots=True)
class Pbx:
    """What Asterisk says of any channel; `fault` is raised instead."""

    number: str = "79160010002"
    name: str = "Иван"
    is_gone: bool = False
    fault: Exception | None = None
    asked: list[Mapping[str, str]] = field(default_factory=list)

    async def ask_list(self, action: Mapping[str, str], keep: Keep) -> Mapping[str, str]:
        self.asked.append(action)
        if self.fault:
            raise self.fault
        if self.is_gone:
            return {"Response": "Error", "Message": "No such channel"}
        told = {"CallerIDNum": self.number, "CallerIDName": self.name, "ChannelStateDesc": "Ring"}
        keep({"Event": "Status", **told})
        return {"Response": "Success"}


class Staff:
    def operator_with_login(self, loymax_login: str) -> OperatorLogin | None:
        return OperatorLogin(loymax_login) if loymax_login in ("alice", "bob") else None


@dataclass(slots=True)
class Room:
    recorder: Recorder
    service: TokenService
    pbx: Pbx
    statements: list[str]
    now: datetime = NOW

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.recorder.engine.connect() as con:
            return list((await con.execute(query)).all())

    async def token_of(self, operator: str) -> str:
        """The plaintext, as the pop-up will have it."""
        query = select(outbox.c.sealed_token).where(
            outbox.c.kind == "call.offered", outbox.c.operator == operator
        )
        ((sealed,),) = await self.rows(query)
        return SEAL.open(sealed, purpose(CALL, OperatorLogin(operator)))

    async def offer(self, *operators: str) -> None:
        await self.recorder.record([started(), *(offered(each, f"leg-{each}") for each in operators)], NOW)

    async def end(self, after: timedelta) -> None:
        self.now = NOW + after
        end = Ended(call=CALL, at=self.now, is_answered=False, is_queued=False)
        await self.recorder.record([end], self.now)


@asynccontextmanager
async def room(store: URL) -> AsyncIterator[Room]:
    async with recorder(store) as to:
        pbx, statements = Pbx(), list[str]()

        def hear(*given: Any) -> None:
            statements.append(given[2].split()[0])

        event.listen(Engine, "before_cursor_execute", hear)  # of any engine: a store may have several
        service = TokenService(
            Tokens(to.engine),
            Calls(to.engine, SEAL),
            Switchboard({PbxName("lab"): pbx}),
            Staff(),
            lambda: found.now,
            Metrics(),
            to.countries,
        )
        found = Room(to, service, pbx, statements)
        try:
            yield found
        finally:
            event.remove(Engine, "before_cursor_execute", hear)
