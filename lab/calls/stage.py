"""Where a scenario plays: one Company's phones, the outside world, and Asterisk's manager session."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from lab.asterisk.companies import Company, Operator
from lab.asterisk.place import PEER_SOUND, Place
from lab.calls.ami import Event, Session
from lab.calls.phone import Manners, Phone, Talk
from lab.calls.sipp import Outside, party
from lab.calls.truth import Call, Leg, Truth

QUIET = Manners(answer_after=None)
PROMPT = Manners(answer_after=1.0)
NAMES = ("", "Ivan", "Мария Иванова", "Ann Smith")


@dataclass
class Numbers:
    """Invented numbers, each given once in a run, and by other seeds others."""

    first: int
    count: int = 0

    def caller(self) -> str:
        self.count += 1
        return str(79160000000 + self.first + self.count)

    def customer(self, kind: str) -> str:
        """A number outside to call: `kind` 1 answers, 2 is busy, 3 does not answer."""
        self.count += 1
        return f"8{kind}{160000000 + self.first + self.count:09d}"


@dataclass
class Crew:
    """A Company with its phones. A scenario has it to itself."""

    company: Company
    phones: list[Phone]
    talks: asyncio.Queue[Talk]
    is_free: asyncio.Lock = field(default_factory=asyncio.Lock)

    def settle(self, *manners: Manners) -> None:
        """How each phone behaves from now on, in the order of the Company's operators; the others ring in vain."""
        for number, phone in enumerate(self.phones):
            phone.manners = manners[number] if number < len(manners) else QUIET
        while not self.talks.empty():
            self.talks.get_nowait()

    async def rest(self, timeout: float = 60) -> None:
        """Waits until no phone is in a call, and Asterisk knows it."""
        async with asyncio.timeout(timeout):
            while not all(phone.is_idle for phone in self.phones):
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.4)

    def operator(self, phone: Phone) -> Operator:
        return self.company.operators[self.phones.index(phone)]


@dataclass
class Stage:
    """What a scenario is given; `scenario` is its name."""

    scenario: str
    place: Place
    crew: Crew
    outside: Outside
    ami: Session
    truth: Truth
    numbers: Numbers
    dice: random.Random

    @property
    def company(self) -> Company:
        return self.crew.company

    def did(self, rest: str) -> str:
        return self.company.prefix + rest

    @property
    def main_queue(self) -> str:
        return self.company.queues[0]

    async def call_in(
        self,
        rest: str,
        ending: str = "hang_up",
        seconds: float = 0.0,
        *,
        number: str | None = None,
        name: str | None = None,
    ) -> Incoming:
        """A customer calls. What is known of it so far is in the truth."""
        number = self.numbers.caller() if number is None else number
        name = self.dice.choice(NAMES) if name is None else name
        call = Call(self.scenario, self.company.id, "incoming", number, did=self.did(rest))
        start = len(self.ami.events)
        call.started_at = time.time()
        process = await self.outside.call(call.did, party(number, name), ending, seconds)
        shown = number or "anonymous"
        new = await self.ami.wait(
            lambda event: (
                event.has(Event="Newchannel", CallerIDNum=shown)
                and event["Channel"].startswith("PJSIP/trunk-")
            ),
            start,
            what="the channel of the caller",
        )
        call.uniqueid = new["Uniqueid"]
        self.truth.calls.append(call)
        return Incoming(self, call, process, new["Channel"], start)

    async def next_talk(self, timeout: float = 60) -> Talk:
        """The next call that a phone of the crew answers."""
        return await asyncio.wait_for(self.crew.talks.get(), timeout)

    async def queue_event(self, name: str, queue: str, call: Incoming, timeout: float = 60) -> Event:
        return await self.ami.wait(
            lambda event: event.has(Event=name, Queue=queue, Uniqueid=call.truth.uniqueid),
            call.start,
            timeout,
            name,
        )

    def settle_to_answer(self) -> None:
        """Whoever of the first queue is rung answers; of several rung at once, one does. The expert answers, too."""
        second = PROMPT if self.company.is_like_acme else QUIET
        self.crew.settle(PROMPT, second, PROMPT)

    def leg(self, talk: Talk, seconds: float, *, is_in_queue: bool) -> Leg:
        return Leg(self.crew.operator(talk.phone).login, seconds, is_in_queue)


@dataclass
class Incoming:
    """A customer's call under way; `start` is where the manager's events of it begin."""

    stage: Stage
    truth: Call
    process: asyncio.subprocess.Process
    channel: str
    start: int

    async def over(self, timeout: float = 60) -> None:
        """Waits until the customer is gone, and the operators' phones are free."""
        await asyncio.wait_for(self.process.wait(), timeout)
        await self.stage.crew.rest()

    def answered(self, talk: Talk, *, until: float | None = None, is_in_queue: bool = True) -> None:
        """An operator has talked, until the call or, at a transfer, the operator's part of it ended."""
        seconds = (until or talk.ended_at) - talk.answered_at
        self.truth.outcome = "answered"
        self.truth.legs.append(self.stage.leg(talk, seconds, is_in_queue=is_in_queue))


def make_crew(place: Place, company: Company) -> Crew:
    talks: asyncio.Queue[Talk] = asyncio.Queue()
    phones = [
        Phone(
            operator.extension,
            place.phone_port(operator.extension),
            place.peer_port + PEER_SOUND + int(operator.extension) - 100,
            place.sip_port,
            talks,
        )
        for operator in company.operators
    ]
    return Crew(company, phones, talks)
