"""65,000 channels on one PBX: the relay does not take the list, and its memory hardly notices."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE

import pytest

from relay.standins.asterisk import StandInAsterisk

CHANNELS = 65_000
ALLOWED_MB = (
    80  # 48 of 50,000 channels that are kept until the list is too long; it was 633 of all answers kept whole
)
ASK = """
import asyncio, sys
from relay.ami.inbox import Inbox
from relay.ami.login import AmiAddress
from relay.ami.session import AmiSession
from relay.clock import utc_now
from relay.words import PbxName

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

async def main():
    address = AmiAddress(PbxName("lab"), "127.0.0.1", int(sys.argv[1]), "relay", "right")
    session = AmiSession(address, Inbox(), utc_now, lambda: 0.0, list_timeout=60.0)
    before = peak()
    asyncio.ensure_future(session.run())
    while not session.too_long:
        await asyncio.sleep(0.05)
    print(f"grew {(peak() - before) // 1024} MB; {await session.check()}")

asyncio.run(main())
"""


def channel(number: int) -> dict[str, str]:
    """About what Asterisk 22 says of one."""
    uniqueid = f"lab-1764130000.{number}"
    unused = [
        "EffectiveConnectedLineNum",
        "EffectiveConnectedLineName",
        "ConnectedLineNum",
        "ConnectedLineName",
    ]
    return {
        "Channel": f"PJSIP/trunk-{number:08x}",
        "ChannelStateDesc": "Up",
        "CallerIDNum": f"{number:011d}",
        "CallerIDName": "Somebody",
        "Context": "support-agents",
        "Exten": "5551000",
        "Priority": "7",
        "Uniqueid": uniqueid,
        "Linkedid": uniqueid,
        "DNID": "5551000",
        "Application": "Queue",
        "Data": "support,t,,,60",
        "BridgeID": "",
        "Seconds": "42",
        **dict.fromkeys(unused, "<unknown>"),
        **dict.fromkeys(("Nativeformats", "Readformat", "Writeformat", "Readtrans", "Writetrans"), "(alaw)"),
    }


@pytest.mark.soak
def test_the_memory_of_a_list_that_is_too_long() -> None:
    async def scenario() -> str:
        asterisk = StandInAsterisk("relay", "right")
        of = (channel(number) for number in range(CHANNELS))
        asterisk.pbx.channels = {each["Uniqueid"]: each for each in of}
        await asterisk.start()
        asking = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASK, str(asterisk.port), stdout=PIPE
        )
        try:
            async with asyncio.timeout(120):
                told, _ = await asking.communicate()
        finally:
            await asterisk.stop()
        return told.decode()

    told = asyncio.run(scenario())
    found = re.search(r"grew (\d+) MB; live calls not known; Status lists more than 50,000 items", told)
    assert found, told
    assert int(found[1]) < ALLOWED_MB, told
