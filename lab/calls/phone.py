"""An operator's desk phone. SIPp cannot hold a call while it makes another and then join the two, and this can.

It measures, by the machine's clock, when each of its calls was answered and ended: the truth about talk.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from lab.calls.sip import Dialog, Message, address, offer, parse, sound_port, tag, written

_NUMBERS = itertools.count(1)
_RUN = secrets.token_hex(
    4
)  # Asterisk takes a branch it saw in the last 32 s for a repetition, whoever sends it
_SILENCE = b"\xff" * 160  # 20 ms of u-law


@dataclass(frozen=True)
class Manners:
    """What a phone does when it is called: answers after seconds, lets it ring (None), or refuses with a status.

    With `only`, it answers callers with these numbers, and lets it ring for others.
    """

    answer_after: float | None = 1.0
    refuse: int = 0
    only: frozenset[str] | None = None

    def answers(self, invite: Message) -> bool:
        number = invite["from"].partition("sip:")[2].partition("@")[0]
        return self.answer_after is not None and (self.only is None or number in self.only)


@dataclass
class Talk:
    """One call of one phone. Times are seconds since 1970; `answer` is the other side's session description."""

    phone: Phone
    dialog: Dialog
    invite: Message
    is_ours: bool
    answered_at: float = 0.0
    ended_at: float = 0.0
    status: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    notified: asyncio.Event = field(default_factory=asyncio.Event)
    transfer_status: int = 0
    last_notice: int = 200
    answer: str = ""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return max(0.0, self.ended_at - self.answered_at)

    def end(self) -> None:
        if not self.ended.is_set():
            self.ended_at = time.time()
            self.ended.set()
        for task in self.tasks:
            task.cancel()

    def hang_up(self) -> None:
        """BYE; CANCEL where the other side has not answered yet."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            self.phone.request(self, "BYE")
        else:
            self.phone.cancel(self)
        self.end()

    async def transfer(self, extension: str, consultation: Talk | None = None) -> float:
        """REFER: blind, or attended where there is a consultation. Raises PhoneError where Asterisk does not do it.

        Returns when it happened: a blind one at once, an attended one when Asterisk says that it is done. Asterisk
        hangs up on both calls itself; the phone does where that has not come yet, but not at once: a BYE in the
        second call that overtakes the transfer hangs up on the customer.
        """
        self.last_notice = 200 if consultation else 180
        replaces = f"?Replaces={consultation.dialog.replaces}" if consultation else ""
        where = f"<sip:{extension}@127.0.0.1:{self.phone.server[1]}{replaces}>"
        began_at = time.time()
        self.phone.request(
            self, "REFER", ("Refer-To", where), ("Referred-By", f"<sip:{self.phone.extension}@127.0.0.1>")
        )
        await asyncio.wait_for(self.notified.wait(), 60)
        if self.transfer_status >= 300:
            raise PhoneError(f"transfer from {self.phone.extension} to {extension}: {self.transfer_status}")
        done_at = time.time()
        await asyncio.sleep(0.5)
        for own in (consultation, self):
            if own:
                own.hang_up()
        return done_at if consultation else began_at

    def speak(self, port: int) -> None:
        """Sends silence, as a real phone does: without it Asterisk does not get to the end of a key pressed."""
        self.tasks.append(asyncio.ensure_future(self.phone.send_sound(port)))


class PhoneError(Exception):
    """A call did not go as the scenario needs it."""


class Phone(asyncio.DatagramProtocol):
    """Listens on its port; `talks` gets each incoming call it has answered."""

    def __init__(
        self, extension: str, port: int, sound: int, server: int, talks: asyncio.Queue[Talk]
    ) -> None:
        self.extension, self.port, self.sound, self.server = extension, port, sound, ("127.0.0.1", server)
        self.host = "127.0.0.1"  # where from: by another, Asterisk knows another trunk
        self.manners = Manners()
        self.talks = talks
        self.calls: dict[str, Talk] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, self.port)
        )

    def close(self) -> None:
        self.forget()
        if self._transport:
            self._transport.close()

    def forget(self) -> None:
        """Drops all calls without a word, as after a restart of Asterisk."""
        for talk in list(self.calls.values()):
            talk.end()
        self.calls.clear()

    def behave(self, manners: Manners) -> None:
        """From now on, and in calls that ring already."""
        self.manners = manners
        for talk in self.calls.values():
            is_ringing = not (talk.is_ours or talk.answered.is_set() or talk.ended.is_set())
            if is_ringing and manners.answers(talk.invite):
                talk.tasks.append(asyncio.ensure_future(self._pick_up(talk, manners.answer_after or 0.0)))

    @property
    def is_idle(self) -> bool:
        return all(talk.ended.is_set() for talk in self.calls.values())

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002
        if not data.strip():
            return
        message = parse(data)
        if message.status:
            self._respond_to_response(message)
        else:
            self._respond_to_request(message)

    # Requests

    def _respond_to_request(self, message: Message) -> None:
        talk = self.calls.get(message["call-id"])
        match message.method:
            case "INVITE" if talk is None:
                self._ring(message)
            case "INVITE" if talk is not None and talk.answered.is_set():
                self._answer(message, talk.dialog, 200, offer(self.sound))
            case "CANCEL" if talk is not None:
                self._answer(message, talk.dialog, 200)
                self._answer(talk.invite, talk.dialog, 487)
                talk.end()
            case "BYE" if talk is not None:
                self._answer(message, talk.dialog, 200)
                talk.end()
            case "NOTIFY" if talk is not None:
                self._answer(message, talk.dialog, 200)
                self._notice(talk, message)
            case "ACK" | "INVITE":
                pass
            case "OPTIONS":
                self._answer(message, None, 200)
            case _:
                self._answer(message, None, 481)

    def _ring(self, invite: Message) -> None:
        local = f"{invite['to']};tag=p{next(_NUMBERS)}"
        dialog = Dialog(invite["call-id"], local, invite["from"], address(invite["contact"]))
        talk = self.calls[dialog.call_id] = Talk(self, dialog, invite, is_ours=False)
        if self.manners.refuse:
            self._answer(invite, dialog, self.manners.refuse)
            talk.end()
            return
        self._answer(invite, dialog, 180)
        if self.manners.answers(invite):
            talk.tasks.append(asyncio.ensure_future(self._pick_up(talk, self.manners.answer_after or 0.0)))

    async def _pick_up(self, talk: Talk, after: float) -> None:
        await asyncio.sleep(after)
        self.pick_up(talk)

    def pick_up(self, talk: Talk) -> None:
        """Answers a call that rings."""
        if talk.ended.is_set() or talk.answered.is_set():
            return
        self._answer(talk.invite, talk.dialog, 200, offer(self.sound))
        talk.answered_at = time.time()
        talk.answered.set()
        self.talks.put_nowait(talk)

    def _notice(self, talk: Talk, notify: Message) -> None:
        """How a transfer goes: RFC 3515."""
        status = notify.body.split()[1:2]
        if status and status[0].isdigit() and int(status[0]) >= talk.last_notice:
            talk.transfer_status = int(status[0])
            talk.notified.set()

    def _answer(self, request: Message, dialog: Dialog | None, status: int, body: str = "") -> None:
        words = {180: "Ringing", 200: "OK", 481: "No Such Call", 486: "Busy Here", 487: "Request Terminated"}
        headers = [("Via", via) for via in request.all("via")]
        headers += [("Record-Route", route) for route in request.all("record-route")]
        to = dialog.local if dialog and not tag(request["to"]) else request["to"]
        headers += [
            ("From", request["from"]),
            ("To", to),
            ("Call-ID", request["call-id"]),
            ("CSeq", request["cseq"]),
        ]
        headers.append(("Contact", f"<sip:{self.extension}@{self.host}:{self.port}>"))
        headers += [("Content-Type", "application/sdp")] if body else []
        self._send(Message(f"SIP/2.0 {status} {words.get(status, 'Refused')}", tuple(headers), body))

    # Responses

    def _respond_to_response(self, message: Message) -> None:
        talk = self.calls.get(message["call-id"])
        if talk is None:
            return
        if message.method == "REFER" and message.status >= 300:
            talk.transfer_status = message.status
            talk.notified.set()
        if message.method != "INVITE" or message.status < 180:
            return
        if tag(message["to"]):
            talk.dialog.remote = message["to"]
        talk.status = message.status
        if message.status >= 200:
            self._acknowledge(talk, message)

    def _acknowledge(self, talk: Talk, message: Message) -> None:
        if message.status < 300:
            talk.dialog.target = address(message["contact"]) or talk.dialog.target
        branch = "" if message.status < 300 else talk.invite["via"]
        self.request(talk, "ACK", branch=branch)
        if message.status >= 300:
            talk.end()
        elif not talk.answered.is_set():
            talk.answered_at, talk.answer = time.time(), message.body
            talk.answered.set()

    # What the operator does

    def dial(self, number: str) -> Talk:
        """An outgoing call. `answered` and `ended` of what it returns tell how it goes."""
        sequence = next(_NUMBERS)
        uri = f"sip:{number}@127.0.0.1:{self.server[1]}"
        local = f"<sip:{self.extension}@127.0.0.1:{self.port}>;tag=o{sequence}"
        dialog = Dialog(f"{self.extension}-{sequence}-{time.time():.6f}", local, f"<{uri}>", uri)
        invite = self._request(dialog, "INVITE", body=offer(self.sound))
        talk = self.calls[dialog.call_id] = Talk(self, dialog, invite, is_ours=True)
        self._send(invite)
        return talk

    def cancel(self, talk: Talk) -> None:
        """Of a call that is not answered yet, ours or theirs."""
        if not talk.is_ours:
            self._answer(talk.invite, talk.dialog, 486)
            return
        headers = tuple(
            (name, value) for name, value in talk.invite.headers if name not in {"contact", "content-type"}
        )
        start = talk.invite.start.replace("INVITE", "CANCEL", 1)
        renamed = tuple(
            (name, value.replace("INVITE", "CANCEL")) if name == "cseq" else (name, value)
            for name, value in headers
        )
        self._send(Message(start, renamed))

    def request(self, talk: Talk, method: str, *more: tuple[str, str], branch: str = "") -> None:
        self._send(self._request(talk.dialog, method, *more, branch=branch))

    def _request(
        self, dialog: Dialog, method: str, *more: tuple[str, str], body: str = "", branch: str = ""
    ) -> Message:
        if method != "ACK":
            dialog.sequence += 1
        fresh = f"z9hG4bK{_RUN}{next(_NUMBERS)}p{self.extension}"
        via = branch or f"SIP/2.0/UDP {self.host}:{self.port};branch={fresh}"
        headers = (
            ("via", via),
            ("max-forwards", "70"),
            ("from", dialog.local),
            ("to", dialog.remote),
            ("call-id", dialog.call_id),
            ("cseq", f"{dialog.sequence} {method}"),
            ("contact", f"<sip:{self.extension}@{self.host}:{self.port}>"),
            *more,
            *([("content-type", "application/sdp")] if body else []),
        )
        return Message(f"{method} {dialog.target} SIP/2.0", headers, body)

    async def send_sound(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", self.sound), remote_addr=("127.0.0.1", port)
        )
        try:
            for number in itertools.count():
                header = (
                    b"\x80\x00"
                    + (number & 0xFFFF).to_bytes(2, "big")
                    + (number * 160 & 0xFFFFFFFF).to_bytes(4, "big")
                )
                transport.sendto(header + b"\x00\x00\x00\x01" + _SILENCE)
                await asyncio.sleep(0.02)
        finally:
            transport.close()

    def _send(self, message: Message) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(written(message), self.server)


def sound_of(talk: Talk) -> int:
    """The port at which Asterisk wants the sound of an incoming call."""
    return sound_port(talk.invite.body)
