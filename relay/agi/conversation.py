"""One AGI conversation: read what is asked, answer with variables, and be gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from relay.agi.wire import (
    MOST_HEADERS,
    Lines,
    Request,
    get_variable,
    read_answer,
    read_header,
    read_request,
    read_variable,
    set_variable,
)
from relay.errors import AgiFault, AgiHangup

_CHUNK = 4096


@dataclass(slots=True)
class Conversation:
    """AgiHangup where the other side is gone, AgiFault where it does not speak AGI."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _lines: Lines = field(default_factory=Lines)
    _read: list[str] = field(default_factory=list)

    async def request(self) -> Request:
        headers: dict[str, str] = {}
        while line := await self._line():
            name, value = read_header(line)
            headers[name] = value
            if len(headers) > MOST_HEADERS:
                raise AgiFault("headers without end")
        return read_request(headers)

    async def variables(self, names: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in names:
            self.writer.write(get_variable(name))
            await self.writer.drain()
            found[name] = read_variable(await self._line())
        return found

    async def tell(self, variables: Mapping[str, str]) -> None:
        """Each is there before the next is sent."""
        for name, value in variables.items():
            self.writer.write(set_variable(name, value))
            await self.writer.drain()
            read_answer(await self._line())

    async def _line(self) -> str:
        while not self._read:
            chunk = await self.reader.read(_CHUNK)
            if not chunk:
                raise AgiHangup("the connection was closed")
            self._read = self._lines.feed(chunk)
        return self._read.pop(0)
