"""A relay with a console and a published file, and administrators to look at it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.relay.console.browser import CONSOLE, console_site
from tests.relay.site import Site

NOVEMBER = "first=2026-11-01&last=2026-11-30"
# Olga of the example takes no calls and has acme and globex; Alice, an operator of acme, administers globex.
ADMINISTRATORS = """
[[administrator]]
login = "uma"
name = "Uma"
companies = ["unassigned"]
[[administrator]]
login = "alice"
name = "Alice"
companies = ["globex"]
"""


@asynccontextmanager
async def statistics_site(folder: Path, published: Path | None) -> AsyncIterator[Site]:
    if published is not None:
        target = folder / "data" / "callcenter.duckdb"
        target.parent.mkdir()
        shutil.copyfile(published, target)
    async with console_site(folder, CONSOLE + ADMINISTRATORS) as relay:
        yield relay
