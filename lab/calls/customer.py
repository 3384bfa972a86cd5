"""A customer with a phone who listens to a menu and presses keys: the keys go the way of the sound (RFC 4733)."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

from lab.asterisk.place import PEER_SOUND, PHONES, Place
from lab.calls.phone import Phone, Talk
from lab.calls.sip import KEYS, sound_port

_NUMBERS = itertools.count(300)  # ports behind those of the operators' phones
_PLACES = 100
_TICK = 160  # samples of 20 ms
_SILENCE = b"\xff" * _TICK
_QUIET = b"\xff\x7f\xfe\x7e"
_EVENTS = {key: number for number, key in enumerate("0123456789*#")}


@dataclass
class Sound(asyncio.DatagramProtocol):
    """One side of a conversation's sound: sends silence, and keys in it; `heard` are the bytes of u-law that came."""

    heard: bytearray = field(default_factory=bytearray)
    _sequence: int = 0
    _time: int = 0
    _due: float = 0.0
    _keys: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002
        if data[1] & 0x7F == 0:
            self.heard += data[12:]

    @property
    def seconds(self) -> float:
        """Of what was heard, without its silence."""
        return (len(self.heard) - sum(map(self.heard.count, _QUIET))) / 8000

    def press(self, keys: str) -> None:
        for key in keys:
            self._keys.put_nowait(key)

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    async def send(self) -> None:
        """Until it is cancelled."""
        while True:
            if self._keys.empty():
                await self._packet(0, _SILENCE)
                continue
            await self._press(self._keys.get_nowait())
            for _ in range(5):
                await self._packet(0, _SILENCE)

    async def _press(self, key: str) -> None:
        """100 ms of it, and its end three times: each packet has the time of the beginning."""
        begin = self._time
        for nth in range(1, 9):
            is_last = nth > 5
            body = bytes([_EVENTS[key], 0x80 * is_last | 10]) + (min(nth, 6) * _TICK).to_bytes(2, "big")
            await self._packet(KEYS | 0x80 * (nth == 1), body, begin)

    async def _packet(self, kind: int, body: bytes, time: int | None = None) -> None:
        self._sequence = self._sequence + 1 & 0xFFFF
        head = bytes([0x80, kind]) + self._sequence.to_bytes(2, "big")
        head += (self._time if time is None else time).to_bytes(4, "big") + b"\x00\x00\x00\x02"
        self._time += _TICK
        if self._transport:
            self._transport.sendto(head + body)
        now = asyncio.get_running_loop().time()
        self._due = max(self._due + 0.02, now - 1)  # what a busy machine delayed is made up for
        await asyncio.sleep(max(0.0, self._due - now))


@dataclass
class Customer:
    """Calls from `number` (empty: hidden); SIP goes to the lab's trunk, or to the one whose host this is."""

    place: Place
    number: str
    host: str = "127.0.0.1"
    phone: Phone = field(init=False)
    sound: Sound = field(default_factory=Sound)

    def __post_init__(self) -> None:
        nth = next(_NUMBERS) % _PLACES + 300
        sip, sound = self.place.peer_port + PHONES + nth, self.place.peer_port + PEER_SOUND + nth
        self.phone = Phone(self.number or "anonymous", sip, sound, self.place.sip_port, asyncio.Queue())
        self.phone.host = self.host

    async def call(self, did: str) -> Talk:
        """Answered, and its sound is on its way. Raises TimeoutError where nobody answers."""
        await self.phone.open()
        talk = self.phone.dial(did)
        async with asyncio.timeout(60):
            await talk.answered.wait()
        loop = asyncio.get_running_loop()
        where = ("127.0.0.1", sound_port(talk.answer))
        await loop.create_datagram_endpoint(
            lambda: self.sound, local_addr=("127.0.0.1", self.phone.sound), remote_addr=where
        )
        talk.tasks.append(asyncio.ensure_future(self.sound.send()))
        return talk

    def close(self) -> None:
        self.phone.close()
        self.sound.close()
