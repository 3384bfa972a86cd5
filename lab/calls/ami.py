"""A session of Asterisk's manager interface whose bytes are kept as they came."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Event:
    """`at`: when its chunk was received, seconds since 1970."""

    at: float
    fields: Fields

    def has(self, **wanted: str) -> bool:
        return all(self.fields.get(key) == value for key, value in wanted.items())

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


class AmiError(Exception):
    """The session ended, or what was waited for did not come."""


class Recording:
    """The bytes of a session, or of several in a row: ami.txt, and `unix-time byte-offset` per chunk in ami.times."""

    def __init__(self, folder: Path, name: str) -> None:
        self._bytes = (folder / f"{name}.txt").open("wb")
        self._times = (folder / f"{name}.times").open("w", encoding="ascii")

    def write(self, chunk: bytes, at: float) -> None:
        self._times.write(f"{at:.3f} {self._bytes.tell()}\n")
        self._bytes.write(chunk)

    def close(self) -> None:
        self._bytes.close()
        self._times.close()


class Session:
    """`events` are all that came, in order. Only one task reads; any may wait for events."""

    def __init__(self, port: int, user: tuple[str, str], recording: Recording | None = None) -> None:
        self._port, self._user, self._recording = port, user, recording
        self.events: list[Event] = []
        self._news = asyncio.Condition()
        self._ids = itertools.count(1)
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self, patience: float = 20) -> None:
        """Connected and logged in afterwards, as soon as Asterisk lets in. Raises AmiError."""
        deadline = time.monotonic() + patience
        while True:
            try:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise AmiError(f"nobody listens on 127.0.0.1:{self._port}: {error}") from error
                await asyncio.sleep(0.1)
        self._reading = asyncio.ensure_future(self._read(reader))
        answer = await self.do("Login", Username=self._user[0], Secret=self._user[1], Events="on")
        if answer["Response"] != "Success":
            raise AmiError(f"log-in as {self._user[0]}: {answer['Message']}")

    async def close(self) -> None:
        if self._writer:
            self._writer.close()
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def lost(self, timeout: float = 60) -> None:
        """Waits until the other side has ended the session."""
        if self._reading:
            await asyncio.wait_for(asyncio.shield(self._reading), timeout)

    async def do(self, action: str, **fields: str) -> Event:
        """An action and its answer. Raises AmiError where none comes within a minute."""
        number = f"lab-{next(self._ids)}"
        pairs = {"Action": action, "ActionID": number, **fields}
        if any(mark in value for value in pairs.values() for mark in "\r\n"):
            raise AmiError(f"{action}: a line break in a field would begin another one")
        start = len(self.events)
        if self._writer is None:
            raise AmiError("not connected")
        self._writer.write("".join(f"{key}: {value}\r\n" for key, value in pairs.items()).encode() + b"\r\n")
        return await self.wait(
            lambda event: event.has(ActionID=number) and bool(event["Response"]), start, 60, action
        )

    async def wait(
        self, is_it: Callable[[Event], bool], start: int = 0, timeout: float = 60, what: str = ""
    ) -> Event:
        """The first event from `start` on that is it, come already or to come. Raises AmiError."""
        try:
            async with asyncio.timeout(timeout), self._news:
                while True:
                    for event in itertools.islice(self.events, start, None):
                        if is_it(event):
                            return event
                    start = len(self.events)
                    await self._news.wait()
        except TimeoutError:
            raise AmiError(f"{what or 'an event'}: nothing for {timeout:.0f} s") from None

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await reader.read(65536):
            at = time.time()
            if self._recording:
                self._recording.write(chunk, at)
            *whole, rest = (rest + chunk).split(b"\r\n\r\n")
            self.events += [Event(at, _fields(part)) for part in whole]
            async with self._news:
                self._news.notify_all()


def _fields(part: bytes) -> dict[str, str]:
    pairs = (line.partition(": ") for line in part.decode("utf-8", "replace").split("\r\n"))
    return {name: value for name, separator, value in pairs if separator}
