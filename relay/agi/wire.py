r"""AGI's wire, on bytes: lines end in LF; first `agi_name: value` and an empty line, then an answer a command; pure.

As Asterisk 22's res_agi.c writes it. panoramisk's parser of answers takes what is no number for a fault of its own
(ValueError), so answers are read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.errors import AgiFault, AgiHangup

MOST_LINE_BYTES = 4096  # Asterisk's own buffer has half of it
MOST_NUMBER = 80  # AST_MAX_EXTENSION
MOST_HEADERS = 200  # it sends twenty, and one for each argument
_HEADER = re.compile(r"(agi_\w{1,40}): ?(.*)")
_ANSWER = re.compile(r"(\d{3}) result=(-?\d{1,9})(?: .*)?")
_VALUE = re.compile(r"200 result=1 \((.*)\)")
_VARIABLE = re.compile(r"[A-Z_]{1,40}")


class Lines:
    """Bytes in, whole lines out, whatever the chunks. AgiFault where a line would grow without end."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[str]:
        """What is no UTF-8 is replaced, never dropped."""
        self._rest += chunk
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        if any(len(each) > MOST_LINE_BYTES for each in (*lines, rest)):
            raise AgiFault("a line without end")
        return [each.removesuffix(b"\r").decode("utf-8", "replace") for each in lines]


@dataclass(frozen=True, slots=True)
class Request:
    """What Asterisk says of the call. Number and name are kept out of every repr."""

    script: str
    arguments: tuple[str, ...]
    uniqueid: str
    channel: str
    extension: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    language: str = ""
    variables: Mapping[str, str] = field(
        repr=False, default_factory=dict
    )  # of the channel, that the script reads


def read_header(line: str) -> tuple[str, str]:
    found = _HEADER.fullmatch(line)
    if found is None:
        raise AgiFault("no AGI header")
    return found[1], found[2]


def read_request(headers: Mapping[str, str]) -> Request:
    """AgiFault where it is not Asterisk's, or asks for nothing."""
    script, uniqueid = headers.get("agi_network_script", ""), headers.get("agi_uniqueid", "")
    if not re.fullmatch(r"[a-z][a-z-]{0,31}", script):
        raise AgiFault("no script is asked for")
    if not re.fullmatch(r"[!-~]{1,150}", uniqueid):
        raise AgiFault("no call's")
    return Request(
        script=script,
        arguments=tuple(_arguments(headers)),
        uniqueid=uniqueid,
        channel=headers.get("agi_channel", "")[:200],
        extension=headers.get("agi_extension", ""),
        number=_number(headers.get("agi_callerid", "")),
        name=_known(headers.get("agi_calleridname", "")),
        language=headers.get("agi_language", "")[:20],
    )


def _arguments(headers: Mapping[str, str]) -> list[str]:
    """As many as follow one another."""
    found: list[str] = []
    while (name := f"agi_arg_{len(found) + 1}") in headers:
        found.append(headers[name])
    return found


def _number(text: str) -> str:
    """Asterisk's numbers are no longer than its extensions: a longer one is nobody's."""
    return _known(text) if len(text) <= MOST_NUMBER else ""


def _known(text: str) -> str:
    """Asterisk writes `unknown` where it knows none."""
    return "" if text in ("unknown", "<unknown>") else text


def read_answer(line: str) -> int:
    """The result of a command. AgiHangup where the caller has hung up, AgiFault where Asterisk did not do it."""
    if line == "HANGUP" or line.startswith("511 "):
        raise AgiHangup("the caller hung up")
    found = _ANSWER.fullmatch(line)
    if found is None or found[1] != "200":
        raise AgiFault("a command was not carried out")
    return int(found[2])


def get_variable(name: str) -> bytes:
    return f"GET VARIABLE {name}\n".encode()


def read_variable(line: str) -> str:
    """The variable that was asked for; "" where the channel has none. As `read_answer` otherwise."""
    if not read_answer(line):
        return ""
    found = _VALUE.fullmatch(line)
    return found[1] if found else ""


def set_variable(name: str, value: str) -> bytes:
    """AgiFault where the value would be another command."""
    if not _VARIABLE.fullmatch(name) or not value.isprintable() or len(value) > 1000:
        raise AgiFault("a variable that cannot be set")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return " ".join(("SET VARIABLE", name, f'"{escaped}"\n')).encode()
