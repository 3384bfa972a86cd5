"""SQLite's log, written back into the database beside the commits, and begun anew before it is large.

SQLite does it within a commit, every thousand pages: at 50 calls a second a few pop-ups each second wait for that. Here
a thread does it, and who writes waits for the last few pages alone.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import structlog

from relay.store.sqlite import SqliteEngine

EVERY: Final = 1.0
LARGE: Final = 32 << 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    engine: SqliteEngine
    every: float = EVERY
    large: int = LARGE

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self.every)
            try:
                await self.make()
            except sqlite3.Error as fault:  # SQLite's own still come, within commits
                log.warning("store.checkpoint_failed", fault=type(fault).__name__)

    async def make(self) -> None:
        """A log that is written back as a whole is begun anew by who writes next; readers may put that off."""
        database = self.engine.url.database or ""
        if await asyncio.to_thread(write_back, database) > self.large:
            async with self.engine.group.turn:
                await asyncio.to_thread(write_back, database)


def write_back(database: str) -> int:
    """As much as readers allow, while others read and write. Returns how many bytes are in use of the log."""
    with closing(sqlite3.connect(database)) as con:
        con.execute("PRAGMA synchronous=FULL")
        (page_bytes,) = con.execute("PRAGMA page_size").fetchone()
        _, frames, _ = con.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(max(frames, 0) * page_bytes)
