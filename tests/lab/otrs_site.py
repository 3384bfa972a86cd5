"""The relay with the lab's Znuny, recorded calls of a stand-in Asterisk, and faults of Znuny's and of its database."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer
from sqlalchemy import Select, select
from yarl import URL

from callcenter.settings import Settings, load_settings
from relay.app import CORE, create_app
from relay.core import Core
from relay.otrs.ticket import title_mark
from relay.otrs.tickets import CHECK
from relay.standins.asterisk import StandInAsterisk
from relay.standins.loymax import StandInLoymax
from relay.store.schema import outbox, ticket
from tests.lab.place import address, must_run
from tests.lab.tickets import Desk
from tests.relay.site import SECRETS, write_settings

# Seconds. No stall of these tests holds an article for longer than it takes to settle; a ticket may be held.
TIMEOUT, SETTLE, AGAIN = 3, 8, 20
CHROOT = "/usr/sbin/chroot"
DUPLICATE = "closed unsuccessful"


@dataclass(slots=True)
class OtrsSite:
    asterisk: StandInAsterisk
    core: Core

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.core.engine.connect() as con:
            return list((await con.execute(query)).all())

    async def until(self, holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not await holds():
                await asyncio.sleep(0.1)

    async def until_quiet(self, seconds: float = 600) -> None:
        """Until nothing is left to deliver, later looks for duplicates included."""

        async def is_quiet() -> bool:
            is_open = outbox.c.state.in_(("pending", "leased"))
            waiting = sum(len(session.inbox) for session in self.core.sessions.values())
            return not waiting and not await self.rows(select(outbox.c.id).where(is_open))

        await self.until(is_quiet, seconds)

    async def has_ticket(self) -> bool:
        return bool(await self.rows(select(ticket).where(ticket.c.ticket_id.is_not(None))))

    def counted(self, name: str) -> float:
        return self.core.metrics.registry.get_sample_value(f"relay_otrs_{name}_total") or 0.0

    async def stories(self) -> dict[str, list[str]]:
        """By the ticket's key: the marks of the articles that must be in it, in order."""
        keys = {row.call_id: row.key for row in await self.rows(select(ticket))}
        told = {key: [title_mark(key)] for key in keys.values()}
        query = select(outbox).where(outbox.c.target == "otrs").order_by(outbox.c.id)
        for row in await self.rows(query):
            assert row.state == "delivered", (row.kind, row.state, row.last_fault)
            if row.kind not in ("ticket.open", CHECK):
                told[keys[row.call_id]].append(f"[{row.webhook_id.removeprefix('msg_')[:12]}]")
        return told


def found_tickets(desk: Desk, key: str) -> tuple[list[list[str]], list[list[str]]]:
    """(the articles' marks of each ticket of the call that stands, of each that was closed as a duplicate)."""
    standing: list[list[str]] = []
    closed: list[list[str]] = []
    for each in sorted({*desk.find(key), *desk.find_title(f"*{key[:12]}*")}):
        found = desk.read(each)
        subjects = [
            article.fields.get("Subject") for article in found.articles
        ]  # none where Znuny was killed
        marks = [subject.rsplit(" ", 1)[-1] for subject in subjects if subject]
        (closed if found.field_get("State") == DUPLICATE else standing).append(marks)
    return standing, closed


@asynccontextmanager
async def otrs_site(folder: Path, **otrs: object) -> AsyncIterator[OtrsSite]:
    """`otrs`: values of its table instead of these tests' own."""
    async with AsyncExitStack() as stack:
        asterisk = StandInAsterisk("relay", SECRETS["ami"])
        await asterisk.start()
        stack.push_async_callback(asterisk.stop)
        loymax = StandInLoymax("callcenter", SECRETS["loymax"], SECRETS["webhooks"], SECRETS["service"])
        served = TestServer(loymax.app())
        await served.start_server()
        stack.push_async_callback(served.close)
        app = create_app(settings_for_znuny(folder, asterisk.port, served.make_url("/"), otrs))
        relay = TestServer(app)
        await relay.start_server()
        stack.push_async_callback(relay.close)
        await asterisk.wait_for_login()
        yield OtrsSite(asterisk, app[CORE])


def settings_for_znuny(folder: Path, ami_port: int, loymax: URL, otrs: dict[str, object]) -> Settings:
    written = write_settings(folder, ami_port, loymax, URL(address("ZNUNY_BASEURL")))
    own = {"timeout_seconds": TIMEOUT, "settle_seconds": SETTLE, "search_again_seconds": [AGAIN]} | otrs
    lines = "\n".join(f"{key} = {value}" for key, value in own.items())
    text = written.path.read_text("utf-8")
    text = text.replace("settle_seconds = 0\nsearch_again_seconds = [1]", lines)
    written.path.write_text(text, "utf-8")
    (folder / "otrs").write_text("relay-secret\n", "utf-8")
    return load_settings(written.path)


async def misbehave(fault: str) -> None:
    """One of lab/znuny/fault."""
    await asyncio.to_thread(must_run, "znuny/fault", fault, "--root", address("ZNUNY_ROOT"))


def heal() -> None:
    for fault in ("database-up", "up"):
        must_run("znuny/fault", fault, "--root", address("ZNUNY_ROOT"))


@asynccontextmanager
async def table_locked(table: str) -> AsyncIterator[None]:
    """Whatever writes into it waits; whatever reads is answered."""
    root = Path(address("ZNUNY_ROOT")) / "system"
    session = subprocess.Popen(  # noqa: S603 - our own
        [*(CHROOT, root, "/usr/bin/psql"), *("-X", "-q", "-h", "/run/postgresql", "-U", "postgres", "znuny")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert session.stdin
    assert session.stdout
    try:
        session.stdin.write(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE; SELECT 'locked';\n")
        session.stdin.flush()
        while "locked" not in await asyncio.to_thread(session.stdout.readline):
            assert session.poll() is None, "psql ended"
        yield
    finally:
        session.communicate("ROLLBACK;\n", timeout=10)
