"""Asterisk's manager as far as the relay speaks with it: log in, Status, QueueStatus, Originate, recorded events."""

from __future__ import annotations

import asyncio
import gzip
import secrets
import ssl
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relay.ami.login import key_of
from relay.ami.wire import Framer, event_name, headers
from relay.standins.pbx import Pbx
from relay.standins.phones import Phones

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
_END = b"\r\n\r\n"
_SESSION_ONLY = {b"SuccessfulAuth", b"FullyBooted", b"Shutdown"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event's frame, and the seconds after the recording's beginning at which it came."""

    frame: bytes
    at: float


def read_recording(folder: Path, name: str = "ami") -> list[Recorded]:
    """`NAME.txt` or `NAME.txt.gz`, and `NAME.times` (`unix-time byte-offset` per chunk); events alone, in order."""
    raw = read_stream(folder, name)
    lines = [line.split() for line in (folder / f"{name}.times").read_text("ascii").splitlines()]
    times, offsets = [float(line[0]) for line in lines], [int(line[1]) for line in lines]
    found, offset = [], 0
    for frame in Framer().feed(raw):
        offset = raw.index(frame, offset)
        chunk = max(0, bisect_left(offsets, offset + 1) - 1)
        if (event := event_name(frame)) is not None and event not in _SESSION_ONLY:
            found.append(Recorded(frame, times[chunk] - times[0]))
    return found


def read_stream(folder: Path, name: str = "ami") -> bytes:
    packed = folder / f"{name}.txt.gz"
    return gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / f"{name}.txt").read_bytes()


@dataclass(slots=True)
class Visitor:
    """A connection; its challenge is its own."""

    writer: asyncio.StreamWriter
    challenge: str = field(default_factory=lambda: secrets.token_hex(5))
    has_logged_in: bool = False


@dataclass(slots=True)
class StandInAsterisk:
    """`chunk_bytes` splits what it writes, at that many bytes each; `is_mute` answers nothing.

    One that is not booted yet knows no QueueStatus, as app_queue is loaded late.
    """

    user: str
    secret: str
    host: str = "127.0.0.1"
    port: int = 0  # chosen when it starts, and kept when it starts again
    tls: ssl.SSLContext | None = None
    has_challenge: bool = True  # a proxy before it may know none
    chunk_bytes: int | None = None
    is_mute: bool = False
    is_booted: bool = True
    rights: frozenset[str] = frozenset({"originate", "call", "reporting"})  # to write
    actions: list[dict[str, str]] = field(default_factory=list)  # received, in order
    pbx: Pbx = field(default_factory=Pbx)
    phones: Phones = field(default_factory=Phones)  # what an Originate rings
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _logged_in: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await self.phones.stop()
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

    async def send(self, *frames: bytes) -> None:
        """To every session that is logged in."""
        for frame in frames:
            self.pbx.follow(frame)
        for writer in list(self._writers):
            await self._write(writer, b"".join(frame + _END for frame in frames))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer, visitor = Framer(), Visitor(writer)
        try:
            writer.write(GREETING)
            while chunk := await reader.read(65536):
                for frame in framer.feed(chunk):
                    action = headers(frame)
                    self.actions.append(action)
                    await self._act(visitor, action)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the end of this task; asyncio 3.11's streams report a cancelled one as a fault
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _act(self, visitor: Visitor, action: dict[str, str]) -> None:
        if self.is_mute:
            return
        name = action.get("Action", "").lower()
        if name == "login":
            await self._log_in(visitor, action)
            return
        if name == "challenge" and self.has_challenge:
            answers: Answers = [{"Response": "Success", "Challenge": visitor.challenge}]
        elif visitor.has_logged_in:
            answers = _ANSWERS.get(name, _unknown)(self, action)
        else:
            answers = _denied(self, action)
        for answer in answers:
            await self._write(visitor.writer, _frame(answer, action))

    async def _log_in(self, visitor: Visitor, action: dict[str, str]) -> None:
        if action.get("AuthType") == "MD5":
            is_right = action.get("Key") == key_of(visitor.challenge, self.secret)
        else:
            is_right = action.get("Secret") == self.secret
        if not is_right or action.get("Username") != self.user:
            refused = {"Response": "Error", "Message": "Authentication failed"}
            await self._write(visitor.writer, _frame(refused, action))
            visitor.writer.close()
            return
        accepted = {"Response": "Success", "Message": "Authentication accepted"}
        await self._write(visitor.writer, _frame(accepted, action))
        if self.is_booted:
            booted = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted"
            await self._write(visitor.writer, booted + _END)
        visitor.has_logged_in = True
        self._writers.add(visitor.writer)
        self._logged_in.set()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """A frame is never written into another."""
        step = self.chunk_bytes or len(data)
        async with self._writing:
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
COMMANDS = {  # with the rights of which one is needed
    "Atxfer": "call,all",
    "Command": "command,all",
    "CoreShowChannels": "system,reporting,all",
    "DBPut": "system,all",
    "Getvar": "call,reporting,all",
    "Hangup": "system,call,all",
    "Originate": "originate,all",
    "PJSIPShowRegistrationsOutbound": "system,reporting,all",
    "QueueStatus": "<none>",
    "QueueAdd": "agent,all",
    "Setvar": "call,all",
    "Status": "system,call,reporting,all",
    "UpdateConfig": "config,all",
}


def _frame(answer: dict[str, str], action: dict[str, str]) -> bytes:
    """As Asterisk writes it: Response or Event first, then the ActionID it was asked under."""
    (first, *rest), action_id = answer.items(), action.get("ActionID")
    lines = [first, *([("ActionID", action_id)] if action_id else []), *rest]
    return "\r\n".join(f"{name}: {value}" for name, value in lines).encode() + _END


def _ping(_: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return [{"Response": "Success", "Ping": "Pong"}]


def _status(asterisk: StandInAsterisk, action: dict[str, str]) -> Answers:
    return asterisk.pbx.status(action.get("Channel", ""))


def _queue_status(asterisk: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return asterisk.pbx.queue_status() if asterisk.is_booted else _unknown(asterisk, _action)


def _registrations(asterisk: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return asterisk.pbx.registrations()


def _live_channels(asterisk: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return asterisk.pbx.live_channels()


def _core_settings(_: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return [{"Response": "Success", "AsteriskVersion": "22.10.1"}]


def _list_commands(asterisk: StandInAsterisk, _action: dict[str, str]) -> Answers:
    """Those the user may send, as Asterisk 22 lists them."""
    may = {
        name: text
        for name, text in COMMANDS.items()
        if asterisk.rights & {*text.split(",")} or text == "<none>"
    }
    return [{"Response": "Success", **{name: f"What it does.  (Priv: {text})" for name, text in may.items()}}]


def _setvar(asterisk: StandInAsterisk, action: dict[str, str]) -> Answers:
    """By the channel's name or, as Asterisk does, by its uniqueid."""
    if not asterisk.rights & {"call"}:
        return _denied(asterisk, action)
    if not asterisk.pbx.set_variable(action["Channel"], action["Variable"], action["Value"]):
        return [{"Response": "Error", "Message": "No such channel"}]
    return [{"Response": "Success", "Message": "Variable Set"}]


def _originate(asterisk: StandInAsterisk, action: dict[str, str]) -> Answers:
    return asterisk.phones.originate(action, asterisk.send)


def _hang_up(asterisk: StandInAsterisk, action: dict[str, str]) -> Answers:
    return asterisk.phones.hang_up(action.get("Channel", ""))


def _unknown(_: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return [{"Response": "Error", "Message": "Invalid/unknown command"}]


def _denied(_: StandInAsterisk, _action: dict[str, str]) -> Answers:
    return [{"Response": "Error", "Message": "Permission denied"}]


_ANSWERS: dict[str, Callable[[StandInAsterisk, dict[str, str]], Answers]] = {
    "ping": _ping,
    "status": _status,
    "queuestatus": _queue_status,
    "pjsipshowregistrationsoutbound": _registrations,
    "coreshowchannels": _live_channels,
    "coresettings": _core_settings,
    "listcommands": _list_commands,
    "originate": _originate,
    "setvar": _setvar,
    "hangup": _hang_up,
}
