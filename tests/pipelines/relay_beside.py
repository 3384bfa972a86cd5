"""A whole relay beside the pipelines, in a thread of its own as it is a process of its own, at whatever time it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.pipelines.office import Office
from tests.relay.callbacks.people import Customer
from tests.relay.site import SECRETS, Site, site

T = TypeVar("T")


@dataclass
class Beside:
    now: datetime
    loop: asyncio.AbstractEventLoop
    site: Site

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def begin(self) -> None:
        """It sees a call: from then on it might have seen all of them."""

        async def see() -> None:
            await Customer(self.site, "79165550100").wait_in_vain()
            await self.site.until_recorded("callback_opened", 1)

        self.do(see())

    def entries(self, state: str = "waiting") -> list[dict[str, Any]]:
        """Without the one of the first call."""
        _, answer = self.do(self.site.ask("GET", f"api/v1/callbacks?state={state}&limit=200"))
        return [each for each in answer["callbacks"] if each["number"] != "+7 916 ***-**-00"]

    def known_to(self, office: Office) -> None:
        """The office's settings name it."""
        (office.folder / "relay.secret").write_text(SECRETS["service"])
        with office.settings_file.open("a") as file:
            file.write(f'\n[relay_api]\nurl = "{self.site.url}"\nsecret_file = "relay.secret"\n')


@contextmanager
def relay_beside(folder: Path, now: datetime) -> Iterator[Beside]:
    ready, over = threading.Event(), threading.Event()
    held: list[Beside] = []

    async def serve() -> None:
        async with site(folder, clock=lambda: held[0].now if held else now) as relay:
            held.append(Beside(now, asyncio.get_running_loop(), relay))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(60)
        yield held[0]
    finally:
        over.set()
        thread.join(60)
