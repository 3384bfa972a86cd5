r"""AMI's framing, on bytes: lines end in CRLF, a frame ends in an empty line; pure.

Decoding comes after framing: a letter may be split over two TCP chunks, a frame never holds half of one.
The greeting (`Asterisk Call Manager/11.0.0\r\n`) is one line without an empty line after it.
"""

from __future__ import annotations

from collections.abc import Mapping

from relay.errors import AmiFault, BadHeader

MAX_FRAME_BYTES = 1 << 20  # Asterisk's own frames stay below 64 kB
GREETING = b"Asterisk Call Manager/"
_END = b"\r\n\r\n"


class Framer:
    """Bytes in, whole frames out, whatever the chunks. AmiFault where a frame would grow without end."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._greeted = False
        self._seen = 0  # bytes of the rest that hold no end, so that a slow frame is searched once
        self.version: str | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        """The frames this chunk completes, without the lines' last CRLF."""
        self._rest += chunk
        if not self._greeted and not self._take_greeting():
            return []
        if self._rest.find(_END, max(0, self._seen - len(_END) + 1)) < 0:
            self._seen = len(self._rest)
            self._check_size()
            return []
        *frames, rest = bytes(self._rest).split(_END)
        self._rest, self._seen = bytearray(rest), len(rest)
        self._check_size()
        return [whole for frame in frames if (whole := frame.strip(b"\r\n"))]

    def _take_greeting(self) -> bool:
        head = bytes(self._rest[: len(GREETING)])
        if not GREETING.startswith(head[: len(GREETING)]):
            self._greeted = True  # a stream cut after its greeting, as in a capture
            return True
        end = self._rest.find(b"\r\n")
        if end < 0:
            self._check_size()
            return False
        self.version = self._rest[len(GREETING) : end].decode("ascii", "replace")
        del self._rest[: end + 2]
        self._greeted = True
        return True

    def _check_size(self) -> None:
        if len(self._rest) > MAX_FRAME_BYTES:
            raise AmiFault(f"a frame of more than {MAX_FRAME_BYTES} bytes: not Asterisk's manager?")


def event_name(frame: bytes) -> bytes | None:
    """The event's name without reading the rest; Asterisk writes it first. None for a response."""
    if not frame.startswith(b"Event: "):
        return None
    end = frame.find(b"\r\n")
    return frame[7 : end if end >= 0 else len(frame)]


def value_of(frame: bytes, name: bytes) -> bytes | None:
    """Of a header that is not the frame's first, without reading the rest."""
    start = frame.find(b"\r\n" + name + b": ")
    if start < 0:
        return None
    start += len(name) + 4
    end = frame.find(b"\r\n", start)
    return frame[start : end if end >= 0 else len(frame)]


def headers(frame: bytes) -> dict[str, str]:
    """A frame's headers; of a repeated one the last. What is no UTF-8 is replaced, never dropped.

    A channel's variable, `ChanVariable: NAME=value`, is the header `ChanVariable(NAME)`.
    """
    found = {}
    for line in frame.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon and name.endswith("ChanVariable"):
            variable, _, value = value.removeprefix(" ").partition("=")
            found[f"{name}({variable})"] = value
        elif colon:
            found[name] = value.removeprefix(" ")
    return found


def check_action(action: Mapping[str, str]) -> None:
    """BadHeader where a name or value has CR, LF or NUL: it would be another header, or another action."""
    for name, value in action.items():
        if any(c in text for text in (name, value) for c in "\r\n\0"):
            raise BadHeader("a header of an action has a line end in it")
