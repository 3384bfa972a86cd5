"""SQLite's one writer: transactions in turn, several of them in one commit.

Statements run on the event loop's own thread. Each takes some ten microseconds; handing one to a thread and back costs
ten times that, and Python lets nobody else work meanwhile. The commit, which waits for the disk, runs in a thread: who
wants to write until it is done is in the next one.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
Work = Callable[[Connection], T]  # statements of one transaction; it neither awaits nor commits

MOST = 64  # works in one commit


class Asked(NamedTuple):
    work: Work[Any]
    done: asyncio.Future[Any]


class Outcome(NamedTuple):
    value: Any
    fault: Exception | None = None


class GroupCommit:
    """`turn` is held while a transaction is open: who writes by another connection takes it first."""

    def __init__(self, engine: Engine) -> None:
        self.turn = asyncio.Lock()
        self._engine = engine
        self._connection: Connection | None = None
        self._waiting: deque[Asked] = deque()
        self._serving: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def do(self, work: Work[T]) -> T:
        """What the work returns, once it is committed. What it raises undoes it alone.

        Where the commit fails, the work of all who were in it is undone, and all are told so.
        """
        asked = Asked(work, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve(), name="sqlite-writer")
        value: T = await asked.done
        return value

    async def close(self) -> None:
        """After what was asked for is done."""
        if self._serving is not None:
            await asyncio.wait([self._serving])
        self._forget_connection()
        self._engine.dispose()
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    async def _serve(self) -> None:
        while self._waiting:
            async with self.turn:
                taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                await self._commit([each for each in taken if not each.done.done()])  # who was cancelled

    async def _commit(self, group: list[Asked]) -> None:
        try:
            outcomes = await self._carried_out([each.work for each in group])
        except Exception as fault:
            outcomes = [Outcome(None, fault)] * len(group)
            with suppress(Exception):  # whatever closing meets, those who asked are told
                self._forget_connection()
        for (_, done), outcome in zip(group, outcomes, strict=True):
            if done.done():
                continue
            if outcome.fault is None:
                done.set_result(outcome.value)
            else:
                done.set_exception(outcome.fault)

    async def _carried_out(self, works: list[Work[Any]]) -> list[Outcome]:
        if self._connection is None:
            self._connection = self._engine.connect()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "sqlite-commit")
        self._connection.begin()
        outcomes = [_carry_out(self._connection, work) for work in works]
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.commit)
        return outcomes

    def _forget_connection(self) -> None:
        """With the transaction it may have open; the next commit makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _carry_out(con: Connection, work: Work[Any]) -> Outcome:
    """A failure is the work's own, unless SQLite ended the whole transaction for it, as where the disk is full."""
    run = con.connection.driver_connection.execute  # type: ignore[union-attr] # sqlite3's own
    run("SAVEPOINT work")
    try:
        value = work(con)
    except Exception as fault:
        try:
            run("ROLLBACK TO work")
            run("RELEASE work")
        except sqlite3.Error:
            raise fault from None
        return Outcome(None, fault)
    run("RELEASE work")
    return Outcome(value)
