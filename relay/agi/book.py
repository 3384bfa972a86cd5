"""What `route` answers from, and how it is read anew: wholly, or not at all.

Of changed settings only this is taken while the relay runs: the Companies' DIDs, queues, hours, rules and VIPs as
`route` sees them. All else waits for the next start.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from callcenter.phone import normalise, number_key
from callcenter.routing import Routing
from callcenter.settings import Settings, SettingsError, load_settings
from callcenter.settings import number_key as secret_of
from relay.callbacks.parts import rules_of

log = structlog.get_logger(__name__)

EVERY = 2.0
Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """Of one reading. `vips` has number keys by Company."""

    routing: Routing
    vips: Mapping[str, frozenset[str]] = field(repr=False)
    secret: bytes = field(repr=False)
    files: tuple[Path, ...]

    @classmethod
    def of(cls, settings: Settings) -> Book:
        """SettingsError where a file of VIPs cannot be read."""
        vips = {company: rules.vips for company, rules in rules_of(settings).items()}
        return cls(Routing.of(settings), vips, secret_of(settings), files_of(settings))

    def is_vip(self, company: str, number: str) -> bool:
        known = self.vips.get(company)
        normalised = normalise(number, self.routing.companies[company].country) if known else None
        return bool(known and normalised and number_key(self.secret, normalised) in known)


def files_of(settings: Settings) -> tuple[Path, ...]:
    lists = (each.callbacks.vip_file for each in settings.companies)
    return (settings.path, *(path for path in lists if path))


@dataclass(slots=True)
class Shelf:
    """The book in force. `tell` is told whether the file is another one than what is in force."""

    path: Path
    book: Book
    tell: Callable[[bool], None] = lambda _is_refused: None
    reread: asyncio.Event = field(default_factory=asyncio.Event)  # set: do not wait for a change
    every: float = EVERY

    async def run(self) -> None:
        """Look for changes for ever."""
        seen = await asyncio.to_thread(stamps, self.book.files)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.every):
                    await self.reread.wait()
            now = await asyncio.to_thread(stamps, self.book.files)
            if now != seen or self.reread.is_set():
                self.reread.clear()
                seen = now
                await self.read()

    async def read(self) -> None:
        try:
            self.book = await asyncio.to_thread(_read, self.path)
        except SettingsError as refused:
            places = [place_of(each, self.path) for each in refused.faults[:20]]
            told = {"faults": len(refused.faults), "places": places, "see": "check-config"}
            log.error("settings.refused", **told)  # noqa: TRY400 - the faults themselves may quote numbers
            self.tell(True)
        else:
            log.info("settings.taken", what="routes")
            self.tell(False)


def _read(path: Path) -> Book:
    return Book.of(load_settings(path))


def stamps(files: tuple[Path, ...]) -> Stamp:
    """What changes with a file; None of one that is not there."""
    found: list[tuple[int, int, int] | None] = []
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)


def place_of(fault: str, path: Path) -> str:
    """Where a fault is, without what it says: that may quote a number."""
    found = re.match(r"[\w.\[\]]+", fault.removeprefix(f"{path}: "))
    return found[0] if found else "?"
