"""SIP messages as bytes and back (RFC 3261), as far as a phone on 127.0.0.1 needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEYS = 101  # the payload type of keys
_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}


@dataclass(frozen=True)
class Message:
    """A request or a response. Header names are in small letters, and a header may be there more than once."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def method(self) -> str:
        """Of a request; of a response, that of the request it answers."""
        return self["cseq"].split()[-1] if self.status else self.start.split()[0]

    @property
    def status(self) -> int:
        """Of a response; 0 of a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def parse(data: bytes) -> Message:
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    pairs = (line.partition(":")[::2] for line in lines)
    headers = ((name.strip().lower(), value.strip()) for name, value in pairs)
    return Message(start, tuple((_COMPACT.get(name, name), value) for name, value in headers), body)


def written(message: Message) -> bytes:
    body = message.body.encode()
    lines = [message.start, *(f"{name}: {value}" for name, value in message.headers)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def tag(header: str) -> str:
    """The tag of a From or To header; empty where it has none."""
    found = re.search(r";\s*tag=([^;>\s]+)", header)
    return found[1] if found else ""


def address(header: str) -> str:
    """The URI in a Contact, From or To header."""
    found = re.search(r"<([^>]+)>", header)
    return found[1] if found else header.split(";", maxsplit=1)[0].strip()


def sound_port(body: str) -> int:
    """Where the other side wants its sound; 0 where it says nothing."""
    found = re.search(r"^m=audio (\d+)", body, re.MULTILINE)
    return int(found[1]) if found else 0


def offer(port: int) -> str:
    """A session description: u-law, and keys as RFC 4733 has them, at this port of 127.0.0.1."""
    lines = (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        f"m=audio {port} RTP/AVP 0 {KEYS}",
        "a=rtpmap:0 PCMU/8000",
        f"a=rtpmap:{KEYS} telephone-event/8000",
    )
    return "\r\n".join([*lines, f"a=fmtp:{KEYS} 0-16", ""])


@dataclass
class Dialog:
    """What both sides of a call agree on: RFC 3261, section 12."""

    call_id: str
    local: str
    remote: str
    target: str
    sequence: int = 0

    @property
    def replaces(self) -> str:
        """How a Refer-To names this dialog to the other side of it (RFC 3891), escaped for a URI."""
        return f"{self.call_id}%3Bto-tag%3D{tag(self.remote)}%3Bfrom-tag%3D{tag(self.local)}"
