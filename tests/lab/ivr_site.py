"""Customers who call the lab's dial plan, listen, and press keys: what each hears, and what becomes of the call."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.asterisk.companies import ACME
from lab.asterisk.place import Place
from lab.asterisk.settings import ATTESTED, DRIVER
from lab.calls.ami import AmiError, Event, Session
from lab.calls.customer import Customer
from lab.calls.phone import Talk
from lab.calls.stage import Crew, make_crew
from lab.calls.truth import Call, Truth

_PLAYING = re.compile(r"<(PJSIP/trunk[\w-]+)> Playing '([\w/-]+)\.\w+' \(language '(\w+)'\)")
_PATIENCE = 120.0


@dataclass(frozen=True)
class Branch:
    """A way through the dial plan: `way` is what the customer does, `heard` all that is played to him.

    `entry` is why he is in the callback queue afterwards; empty: he is not. `ticket` is what his ticket has to tell
    beside the call itself; empty: there is none. The attested `trunk` is another address.
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
    trunk: str = ""


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
    seen: int  # the manager's events that his steps have met
    place: int = 0
    heard: tuple[str, ...] = ()


def is_first_of(event: Event, branch: Branch) -> bool:
    """Of the call that walks it. No two call the same number at once from the same, over the same trunk."""
    known = {"CallerIDNum": branch.number or "anonymous", "Exten": branch.did, "Context": "incoming"}
    endpoint = event["Channel"].rpartition("-")[0]
    is_attested = endpoint == f"PJSIP/{ATTESTED[0]}"
    return event.has(Event="Newchannel", **known) and is_attested == bool(branch.trunk)


@dataclass
class Scene:
    """Acme's phones, the customers, and a manager session that sees everything."""

    place: Place
    crew: Crew
    ami: Session
    ears: Ears
    relays: dict[str, str] = field(default_factory=dict)  # addresses of others than the one in [globals]
    deeds: dict[str, Callable[[Visit], Awaitable[None]]] = field(default_factory=dict)  # what `do` does
    others_are_over: asyncio.Event = field(default_factory=asyncio.Event)  # but for the last call
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
        host = ATTESTED[1] if branch.trunk else "127.0.0.1"
        customer, start = Customer(self.place, branch.number, host), len(self.ami.events)
        truth = Call(branch.name, branch.company, "incoming", branch.number, did=branch.did)
        truth.started_at, truth.outcome, truth.queues = time.time(), branch.outcome, list(branch.queues)
        talk = await customer.call(branch.did)
        new = await self.ami.wait(lambda event: is_first_of(event, branch), start)
        truth.uniqueid = new["Uniqueid"]
        self.truth.calls.append(truth)
        visit = Visit(branch, customer, talk, new["Channel"], truth, start)
        self.visits.append(visit)
        return visit

    async def walk(self, *branches: Branch) -> None:
        """One call after the other."""
        for branch in branches:
            await self.go(await self.begin(branch))

    async def go(self, visit: Visit) -> None:
        """The whole way, to the end of the call. AssertionError where it cannot be gone, with what was heard."""
        step = ""
        try:
            for step in visit.branch.way:
                verb, _, what = step.partition(" ")
                await self._step(visit, verb, what)
            step = "the end"
            async with asyncio.timeout(_PATIENCE):
                await visit.talk.ended.wait()
        except (TimeoutError, AmiError) as fault:
            heard = self.ears.listen(visit.channel)
            raise AssertionError(f"{visit.branch.name}: {step}, {fault!r}; heard {heard}") from fault
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
            case "do":
                await self.deeds[what](visit)
            case "wait":
                await asyncio.sleep(float(what))
            case "hang-up":
                visit.heard = tuple(self.ears.listen(visit.channel))
                visit.talk.hang_up()

    async def queue_event(self, name: str, visit: Visit, queue: str) -> None:
        event = await self.ami.wait(
            lambda event: event.has(Event=name, Queue=queue, Uniqueid=visit.truth.uniqueid),
            visit.seen,
            _PATIENCE,
            f"{visit.branch.name} in {queue}",
        )
        visit.seen = self.ami.events.index(event, visit.seen) + 1


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
