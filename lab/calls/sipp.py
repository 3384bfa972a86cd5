"""The outside world: customers who call and customers who are called, each a SIPp with a scenario of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal

from lab.asterisk.chamber import inside
from lab.asterisk.place import CALLERS, PEER_SOUND, SOUND, Place
from lab.asterisk.settings import TRUNKS

_SDP = """
v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
_HEAD = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: %(from)s;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>%(to)s
Call-ID: [call_id]
CSeq: %(cseq)s
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
"""
_REPLY = """SIP/2.0 %(status)s
[last_Via:]
[last_From:]
[last_To:]%(tag)s
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:out@[local_ip]:[local_port]>
"""
_EMPTY = "Content-Length: 0\n\n"
_WITH_SDP = "Content-Type: application/sdp\nContent-Length: [len]\n" + _SDP


def _send(text: str, attributes: str = "") -> str:
    return f"<send{attributes}><![CDATA[\n{text}]]></send>\n"


def _scenario(*steps: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="lab">\n' + "".join(steps) + "</scenario>\n"
    )


def caller_scenario(party: str, ending: str) -> str:
    """Calls, then hangs up (`hang_up`, -d after the answer), is hung up on (`wait`), or gives up (`cancel`)."""

    def request(method: str, cseq: int, where: str, to: str, body: str = _EMPTY) -> str:
        head = _HEAD % {"from": party, "to": to, "cseq": f"{cseq} {method}"}
        return f"{method} {where} SIP/2.0\n{head}{body}"

    invite = request("INVITE", 1, "sip:[service]@[remote_ip]:[remote_port]", "", _WITH_SDP)
    provisional = "".join(f'<recv response="{code}" optional="true"/>\n' for code in (100, 180, 183))
    refused = '<recv response="[4-6].*" regexp_match="true" optional="true" next="refused"/>\n'
    end = '<label id="refused"/>\n'
    if ending == "cancel":
        cancel = (
            "CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\n[last_From:]\n"
            "To: <sip:[service]@[remote_ip]:[remote_port]>\n[last_Call-ID:]\nCSeq: 1 CANCEL\nMax-Forwards: 70\n"
            + _EMPTY
        )
        ringing = '<recv response="100" optional="true"/>\n<recv response="180"/>\n<pause/>\n'
        final = '<recv response="200"/>\n<recv response="487"/>\n'
        acknowledged = request("ACK", 1, "sip:[service]@[remote_ip]:[remote_port]", "[peer_tag_param]")
        return _scenario(_send(invite, ' retrans="500"'), ringing, _send(cancel), final, _send(acknowledged))
    ack = _send(request("ACK", 1, "[next_url]", "[peer_tag_param]"))
    begin = (
        _send(invite, ' retrans="500"'),
        provisional,
        refused,
        '<recv response="200" rrs="true"/>\n',
        ack,
    )
    if ending == "wait":
        over = ('<recv request="BYE"/>\n', _send(_REPLY % {"status": "200 OK", "tag": ""} + _EMPTY))
        return _scenario(*begin, *over, end)
    bye = _send(request("BYE", 2, "[next_url]", "[peer_tag_param]"), ' retrans="500"')
    return _scenario(*begin, "<pause/>\n", bye, '<recv response="200"/>\n', end)


def customer_scenario(kind: str) -> str:
    """What a number outside does that is called: `ok` answers after a second, `busy`, or `na` rings until given up."""

    def reply(status: str, body: str = _EMPTY, *, is_first: bool = True) -> str:
        return _send(
            _REPLY % {"status": status, "tag": ";tag=[pid]c[call_number]" if is_first else ""} + body
        )

    invite, ack = '<recv request="INVITE" rrs="true"/>\n', '<recv request="ACK"/>\n'
    if kind == "busy":
        return _scenario(invite, reply("486 Busy Here"), ack)
    ringing = reply("180 Ringing")
    if kind == "na":
        return _scenario(invite, ringing, '<recv request="CANCEL"/>\n', reply("200 OK", is_first=False))
    answer = ('<pause milliseconds="1000"/>\n', reply("200 OK", _WITH_SDP), ack)
    return _scenario(invite, ringing, *answer, '<recv request="BYE"/>\n', reply("200 OK", is_first=False))


def party(number: str, name: str = "") -> str:
    """A From header, without its tag. An empty number is a hidden one, as providers send it."""
    if not number:
        return '"Anonymous" <sip:anonymous@anonymous.invalid>'
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <sip:{number}@127.0.0.1>' if name else f"<sip:{number}@127.0.0.1>"


class Outside:
    """Starts SIPp processes and ends those it started."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._numbers = itertools.count()
        self._running: set[asyncio.subprocess.Process] = set()
        (place.state / "sipp").mkdir(exist_ok=True)

    async def open(self) -> None:
        for name, number in TRUNKS.items():
            if kind := name.partition("-")[2]:
                await self._start(f"customer-{kind}", customer_scenario(kind), self._place.trunk_port(number))

    async def call(
        self, did: str, who: str, ending: str = "hang_up", seconds: float = 0.0
    ) -> asyncio.subprocess.Process:
        """A call that goes on by itself; the process ends with it."""
        port = self._place.peer_port + CALLERS + next(self._numbers) % (SOUND - CALLERS)
        name = f"caller-{port}"
        options = (
            "-s",
            did,
            "-m",
            "1",
            "-d",
            str(int(seconds * 1000)),
            "-timeout",
            "100",
            "-default_behaviors",
            "all",
        )
        return await self._start(name, caller_scenario(who, ending), port, *options)

    async def _start(self, name: str, scenario: str, port: int, *options: str) -> asyncio.subprocess.Process:
        path = self._place.state / "sipp" / f"{name}.xml"
        path.write_text(scenario, "utf-8")
        sound = self._place.peer_port + PEER_SOUND + 500 + (4 * port) % 1000
        command = ("sipp", f"127.0.0.1:{self._place.sip_port}", "-nostdin", "-sf", f"/lab/sipp/{name}.xml")
        where = ("-i", "127.0.0.1", "-p", str(port), "-mp", str(sound))
        quiet = asyncio.subprocess.DEVNULL
        line = inside(self._place, *command, *where, *options)
        process = await asyncio.create_subprocess_exec(
            *line, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        self._running.add(process)
        return process

    async def end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        self._running.discard(process)

    async def close(self) -> None:
        for process in list(self._running):
            await self.end(process)
