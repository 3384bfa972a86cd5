"""Asterisk's manager as far as the relay speaks with it: login, ping, Status, and a recording's events at any pace."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relay.ami.wire import Framer, event_name, headers

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
_END = b"\r\n\r\n"
_SESSION_ONLY = {b"SuccessfulAuth", b"Shutdown"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event's frame, and the seconds after the recording's beginning at which it came."""

    frame: bytes
    at: float


def read_recording(folder: Path) -> list[Recorded]:
    """`ami.txt` and `ami.times` (a line `unix-time byte-offset` per chunk); events alone, in order."""
    raw = (folder / "ami.txt").read_bytes()
    lines = [line.split() for line in (folder / "ami.times").read_text("ascii").splitlines()]
    times, offsets = [float(line[0]) for line in lines], [int(line[1]) for line in lines]
    found, offset = [], 0
    for frame in Framer().feed(raw):
        offset = raw.index(frame, offset)
        chunk = max(0, bisect_left(offsets, offset + 1) - 1)
        if (name := event_name(frame)) is not None and name not in _SESSION_ONLY:
            found.append(Recorded(frame, times[chunk] - times[0]))
    return found


@dataclass(slots=True)
class StandInAsterisk:
    """`chunk_bytes` splits what it writes, at that many bytes each; `is_mute` answers nothing."""

    user: str
    secret: str
    host: str = "127.0.0.1"
    port: int = 0  # chosen when it starts, and kept when it starts again
    chunk_bytes: int | None = None
    is_mute: bool = False
    actions: list[dict[str, str]] = field(default_factory=list)  # received, in order
    channels: dict[str, dict[str, str]] = field(default_factory=dict)  # live, by name
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _logged_in: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        self.drop()
        if self._server:
            await self._server.wait_closed()

    def drop(self) -> None:
        """Cut every connection, as a restart of Asterisk or a broken network does."""
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()
        self._logged_in.clear()

    async def wait_for_login(self) -> None:
        await self._logged_in.wait()

    async def replay(self, recorded: Sequence[Recorded], speed: float | None = None) -> None:
        """Send the events; `speed` 1 is their own pace, None as fast as they are taken."""
        clock = asyncio.get_running_loop().time
        begun, first = clock(), recorded[0].at if recorded else 0.0
        for each in recorded:
            if speed and (ahead := (each.at - first) / speed - (clock() - begun)) > 0:
                await asyncio.sleep(ahead)
            await self.send(each.frame)

    async def send(self, frame: bytes) -> None:
        """To every session that is logged in."""
        self._follow(frame)
        for writer in list(self._writers):
            await self._write(writer, frame + _END)

    def _follow(self, frame: bytes) -> None:
        """The channels that are live, for Status."""
        name = event_name(frame)
        if name in (b"Newchannel", b"NewCallerid", b"Newstate"):
            read = headers(frame)
            self.channels[read["Channel"]] = read
        elif name == b"Hangup":
            self.channels.pop(headers(frame)["Channel"], None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer, has_logged_in = Framer(), False
        try:
            writer.write(GREETING)
            while chunk := await reader.read(65536):
                for frame in framer.feed(chunk):
                    action = headers(frame)
                    self.actions.append(action)
                    has_logged_in = await self._act(writer, action, has_logged_in=has_logged_in)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the end of this task; asyncio 3.11's streams report a cancelled one as a fault
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _act(
        self, writer: asyncio.StreamWriter, action: dict[str, str], *, has_logged_in: bool
    ) -> bool:
        if self.is_mute:
            return has_logged_in
        name = action.get("Action", "").lower()
        if name == "login":
            return await self._log_in(writer, action)
        answers = _ANSWERS.get(name, _unknown)(self, action) if has_logged_in else _denied(self, action)
        for answer in answers:
            await self._write(writer, _frame(answer, action))
        return has_logged_in

    async def _log_in(self, writer: asyncio.StreamWriter, action: dict[str, str]) -> bool:
        is_right = (action.get("Username"), action.get("Secret")) == (self.user, self.secret)
        if not is_right:
            refused = {"Response": "Error", "Message": "Authentication failed"}
            await self._write(writer, _frame(refused, action))
            writer.close()
            return False
        accepted = {"Response": "Success", "Message": "Authentication accepted"}
        await self._write(writer, _frame(accepted, action))
        self._writers.add(writer)
        self._logged_in.set()
        return True

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        step = self.chunk_bytes or len(data)
        for start in range(0, len(data), step):
            if writer.is_closing():
                return
            writer.write(data[start : start + step])
            try:
                await writer.drain()
            except ConnectionError:
                return
            if self.chunk_bytes:
                await asyncio.sleep(0)


Answers = Iterable[dict[str, str]]


def _frame(answer: dict[str, str], action: dict[str, str]) -> bytes:
    """As Asterisk writes it: Response or Event first, then the ActionID it was asked under."""
    (first, *rest), action_id = answer.items(), action.get("ActionID")
    lines = [first, *([("ActionID", action_id)] if action_id else []), *rest]
    return "\r\n".join(f"{name}: {value}" for name, value in lines).encode() + _END


def _ping(_: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return [{"Response": "Success", "Ping": "Pong"}]


def _status(asterisk: StandInAsterisk, action: dict[str, str]) -> Answers:
    found = asterisk.channels.get(action.get("Channel", ""))
    if found is None:
        return [{"Response": "Error", "Message": "No such channel"}]
    kept = (
        "Channel",
        "ChannelState",
        "ChannelStateDesc",
        "CallerIDNum",
        "CallerIDName",
        "Uniqueid",
        "Linkedid",
    )
    return [
        {"Response": "Success", "EventList": "start", "Message": "Channel status will follow"},
        {"Event": "Status", **{name: found.get(name, "") for name in kept}},
        {"Event": "StatusComplete", "EventList": "Complete", "ListItems": "1", "Items": "1"},
    ]


def _unknown(_: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return [{"Response": "Error", "Message": "Invalid/unknown command"}]


def _denied(_: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return [{"Response": "Error", "Message": "Permission denied"}]


_ANSWERS: dict[str, Callable[[StandInAsterisk, dict[str, str]], Answers]] = {"ping": _ping, "status": _status}
