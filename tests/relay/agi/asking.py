"""A small AGI client, as Asterisk is one: connects, says what call it is, does what it is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SET = re.compile(r'SET VARIABLE (\w+) "((?:[^"\\]|\\.)*)"')
GET = re.compile(r"GET VARIABLE (\w+)")


@dataclass(slots=True)
class Asked:
    """What came of it: the variables that were set, and how long the dial plan waited."""

    variables: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def headers(
    script: str, *arguments: str, uniqueid: str = "1790000000.1", number: str = "79160010001", **more: str
) -> bytes:
    said = {
        "agi_network": "yes",
        "agi_network_script": script,
        "agi_request": f"agi://127.0.0.1/{script}",
        "agi_channel": "PJSIP/trunk-00000001",
        "agi_language": "en",
        "agi_uniqueid": uniqueid,
        "agi_callerid": number,
        "agi_calleridname": "Ivan",
        "agi_extension": "5551000",
        **{f"agi_arg_{nth}": each for nth, each in enumerate(arguments, 1)},
        **more,
    }
    return "".join(f"{name}: {value}\n" for name, value in said.items()).encode() + b"\n"


async def ask(
    port: int,
    said: bytes,
    *,
    answer: str = "200 result=1",
    host: str = "127.0.0.1",
    has: Mapping[str, str] = MappingProxyType({}),
) -> Asked:
    """Until the server closes the connection. `has` are the channel's variables."""
    clock = asyncio.get_running_loop().time
    found, began = Asked(), clock()
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(said)
        try:
            while line := (await reader.readline()).decode():
                if wanted := GET.fullmatch(line.rstrip("\n")):
                    value = f"200 result=1 ({has[wanted[1]]})" if wanted[1] in has else "200 result=0"
                    writer.write(f"{value}\n".encode())
                    continue
                command = SET.fullmatch(line.rstrip("\n"))
                assert command is not None, line
                found.variables[command[1]] = re.sub(r"\\(.)", r"\1", command[2])
                writer.write(f"{answer}\n".encode())
        except ConnectionError:
            pass
        finally:
            writer.close()
    found.seconds = clock() - began
    return found
