"""Customers who call the lab's dial plan, listen, and press keys: what each hears, and what becomes of the call."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.asterisk.companies import ACME
from lab.asterisk.place import Place
from lab.asterisk.settings import DRIVER
from lab.calls.ami import Session
from lab.calls.customer import Customer
from lab.calls.phone import Talk
from lab.calls.stage import Crew, make_crew
from lab.calls.truth import Call, Truth

_PLAYING = re.compile(r"<(PJSIP/trunk-\w+)> Playing '([\w/-]+)\.\w+' \(language '(\w+)'\)")
_PATIENCE = 40.0


@dataclass(frozen=True)
class Branch:
    """A way through the dial plan: `way` is what the customer does, `heard` all that is played to him.

    `entry` is why he is in the callback queue afterwards; empty: he is not. `ticket` is what his ticket has to tell
    beside the call itself; empty: there is none.
    """

    name: str
    number: str
    did: str
    way: tuple[str, ...]
    heard: tuple[str, ...]
    outcome: str
    queues: tuple[str, ...] = ()
    entry: str = ""
    company: str = "acme"
    ticket: tuple[str, ...] = ()


@dataclass
class Ears:
    """What Asterisk plays to whom, as its log tells: prompts with their language, by channel."""

    log: Path
    heard: dict[str, list[str]] = field(default_factory=dict)
    _read: int = 0

    def listen(self, channel: str) -> list[str]:
        with self.log.open("rb") as file:
            file.seek(self._read)
            whole, end, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(end)
        for each, prompt, language in _PLAYING.findall(whole.decode("utf-8", "replace")):
            self.heard.setdefault(each, []).append(f"{language} {prompt.removeprefix('callcenter/')}")
        return self.heard.get(channel, [])

    async def until(self, channel: str, prompt: str, start: int) -> int:
        """Waits for the prompt among those from `start` on: the place behind it."""
        async with asyncio.timeout(_PATIENCE):
            while prompt not in self.listen(channel)[start:]:
                await asyncio.sleep(0.05)
        return self.listen(channel).index(prompt, start) + 1


@dataclass
class Visit:
    """One customer's call under way; `truth` is what the statistics are to say of it, `heard` all until its end."""

    branch: Branch
    customer: Customer
    talk: Talk
    channel: str
    truth: Call
    start: int
    place: int = 0
    heard: tuple[str, ...] = ()


@dataclass
class Scene:
    """Acme's phones, the customers, and a manager session that sees everything."""

    place: Place
    crew: Crew
    ami: Session
    ears: Ears
    relays: dict[str, str] = field(default_factory=dict)  # addresses of others than the one in [globals]
    truth: Truth = field(default_factory=lambda: Truth(0))
    visits: list[Visit] = field(default_factory=list)

    async def number(self, did: str, variables: dict[str, str], leads_to: str) -> None:
        """A number of the test alone, that gives the dial plan's settings other values and goes on elsewhere."""
        lines = [f"Set({name}={value})" for name, value in variables.items()]
        for place, line in enumerate((*lines, f"Goto({leads_to},1)"), 1):
            text = f"dialplan add extension {did},{place},{line} into incoming replace"
            await self.ami.do("Command", Command=text)

    async def begin(self, branch: Branch) -> Visit:
        """A customer calls, and hears that he is answered."""
        customer, start = Customer(self.place, branch.number), len(self.ami.events)
        truth = Call(branch.name, branch.company, "incoming", branch.number, did=branch.did)
        truth.started_at, truth.outcome, truth.queues = time.time(), branch.outcome, list(branch.queues)
        talk = await customer.call(branch.did)
        known = {"CallerIDNum": branch.number or "anonymous", "Exten": branch.did}
        new = await self.ami.wait(
            lambda event: event.has(Event="Newchannel", Context="incoming", **known), start
        )
        truth.uniqueid = new["Uniqueid"]
        self.truth.calls.append(truth)
        visit = Visit(branch, customer, talk, new["Channel"], truth, start)
        self.visits.append(visit)
        return visit

    async def walk(self, branch: Branch) -> None:
        await self.go(await self.begin(branch))

    async def go(self, visit: Visit) -> None:
        """The whole way, to the end of the call."""
        for step in visit.branch.way:
            verb, _, what = step.partition(" ")
            await self._step(visit, verb, what)
        async with asyncio.timeout(_PATIENCE):
            await visit.talk.ended.wait()
        visit.heard = visit.heard or tuple(self.ears.listen(visit.channel))

    async def _step(self, visit: Visit, verb: str, what: str) -> None:
        match verb:
            case "hear":
                visit.place = await self.ears.until(visit.channel, what, visit.place)
            case "press":
                await asyncio.sleep(0.3)
                visit.customer.sound.press(what)
            case "join" | "talk-in":
                name = "QueueCallerJoin" if verb == "join" else "AgentConnect"
                await self.queue_event(name, visit, what)
            case "relay":
                address = self.relays[what]
                await self.ami.do("Setvar", Channel=visit.channel, Variable="RELAY", Value=address)
            case "wait":
                await asyncio.sleep(float(what))
            case "hang-up":
                visit.heard = tuple(self.ears.listen(visit.channel))
                visit.talk.hang_up()

    async def queue_event(self, name: str, visit: Visit, queue: str) -> None:
        await self.ami.wait(
            lambda event: event.has(Event=name, Queue=queue, Uniqueid=visit.truth.uniqueid),
            visit.start,
            _PATIENCE,
            f"{visit.branch.name} in {queue}",
        )


@asynccontextmanager
async def scene(place: Place) -> AsyncIterator[Scene]:
    found = Scene(
        place, make_crew(place, ACME), Session(place.ami_port, DRIVER), Ears(place.log / "messages.log")
    )
    await found.ami.open()
    for phone in found.crew.phones:
        await phone.open()
    try:
        yield found
    finally:
        for visit in found.visits:
            visit.customer.close()
        for phone in found.crew.phones:
            await found.ami.do("QueuePause", Interface=f"PJSIP/{phone.extension}", Paused="false")
            phone.close()
        await found.ami.close()
