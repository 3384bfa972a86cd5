"""Many operators, more callers, and all that goes wrong: nobody is rung twice for a claim, and no entry is lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from relay.clock import utc_now
from relay.standins.phones import Customer as Takes
from relay.standins.phones import Headers, Operator, Plan
from relay.store.schema import callback, callback_claim, fact
from tests.relay.callbacks.people import Customer, ask, listed
from tests.relay.site import DEFAULT_RELAY, Site, site

DOES: dict[Operator, int] = {
    "answers": 14,
    **dict.fromkeys(("does_not_answer", "busy", "unreachable", "left", "refused", "silent"), 1),
}
TAKES: list[Takes] = ["ANSWER", "ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION"]
OLD = timedelta(seconds=3)  # nothing in the storm takes longer by itself


@dataclass(slots=True)
class Storm:
    relay: Site
    dice: random.Random
    operators: list[str]
    callers: list[Customer]
    troubles: int
    old: timedelta = OLD
    answers: Counter[int] = field(default_factory=Counter)

    def plan(self, _: Headers) -> Plan:
        (does,) = self.dice.choices(list(DOES), list(DOES.values()))
        return Plan(does, self.dice.choice(TAKES), self.dice.uniform(0.001, 0.1), 0.05)

    async def work(self, operator: str) -> None:
        """Claims what is due and calls, twice in a moment; sometimes gives it back, or forgets it."""
        while True:
            due = await listed(self.relay, "?due=true&limit=30")
            if not due:
                await asyncio.sleep(0.2)
                continue
            chosen = self.dice.choice(due)["id"]
            if (await self._ask(chosen, "claim", operator)) != 200:
                continue
            match self.dice.random():
                case chance if chance < 0.05:
                    await self._ask(chosen, "release", operator)
                case chance if chance < 0.95:
                    key = f"{self.dice.random()}"
                    clicks = [self._ask(chosen, "call", operator, key=key) for _ in range(2)]
                    other = self._ask(chosen, "call", operator, key=f"{key}'")
                    await asyncio.gather(*clicks, other)

    async def _ask(self, of: str, verb: str, operator: str, **more: str) -> int:
        status, _ = await ask(self.relay, of, verb, operator, **more)
        self.answers[status] += 1
        return status

    async def trouble(self) -> None:
        for _ in range(self.troubles):
            await asyncio.sleep(self.dice.uniform(0.2, 1.0))
            match self.dice.choice(["drop", "restart", "loymax", "call again", "served"]):
                case "drop":
                    self.relay.asterisk.drop()
                case "restart":
                    await self.relay.asterisk.phones.stop()
                    self.relay.asterisk.pbx.forget()
                    self.relay.asterisk.drop()
                case "loymax":
                    self.relay.loymax.faults += [500, 503]
                case "call again":
                    await self.dice.choice(self.callers).wait_in_vain()
                case "served":
                    await self.dice.choice(self.callers).talk()

    async def end(self, seconds: float) -> None:
        """After the trouble, until every entry is closed."""
        await self.trouble()
        await self.relay.until(self.is_over, seconds)

    async def let_time_pass(self) -> None:
        """What was tried is due again, what nothing is heard of is looked at, what is forgotten lapses."""
        a_while = timedelta(minutes=10)
        while True:
            await asyncio.sleep(0.5)
            now = utc_now()
            old = callback_claim.c.result.is_(None) & (callback_claim.c.at < now - self.old)
            async with self.relay.core.engine.begin() as con:
                rows = list(await con.execute(select(callback_claim).where(old)))
                for row in rows:
                    earlier: dict[str, Any] = {"until": now - a_while}
                    if row.dialled_at and row.dialled_at < now - self.old:
                        earlier["dialled_at"] = row.dialled_at - a_while
                    elif row.dialled_at:
                        continue
                    await con.execute(
                        update(callback_claim).where(callback_claim.c.id == row.id).values(earlier)
                    )
                waiting = callback.c.state == "open"
                await con.execute(update(callback).where(waiting).values(next_try_at=now))

    async def is_over(self) -> bool:
        """A dial may outlast its entry, as when the customer called in meanwhile."""
        waiting = select(func.count()).where(callback.c.state != "closed")
        running = select(func.count()).where(callback_claim.c.result.is_(None))
        return not any([(await self.relay.rows(counting))[0][0] for counting in (waiting, running)])


def operators_of(count: int) -> tuple[list[str], str]:
    names = [f"op{number}" for number in range(count)]
    tables = "\n".join(
        f'[[operator]]\nlogin = "{name}"\nname = "{name}"\ncompanies = ["acme"]\ninterface = "PJSIP/9{number:02}"'
        for number, name in enumerate(names)
    )
    return names, f"{DEFAULT_RELAY}\nrequests_per_second = 100000\n{tables}"


@pytest.mark.parametrize(
    ("operators", "callers", "seconds"),
    [(8, 24, 300), pytest.param(50, 500, 600, marks=pytest.mark.soak)],
)
def test_a_storm_rings_nobody_twice_for_a_claim_and_loses_no_entry(
    tmp_path: Path, operators: int, callers: int, seconds: int
) -> None:
    async def scenario() -> None:
        names, table = operators_of(operators)
        async with site(tmp_path, relay=table, company="callbacks = { most_attempts = 6 }") as relay:
            people = [Customer(relay, f"7916{1000000 + number}") for number in range(callers)]
            storm = Storm(relay, random.Random(7), names, people, callers // 3)  # noqa: S311 - repeatable, not secret
            relay.asterisk.phones.plan = storm.plan
            for caller in people:
                await caller.wait_in_vain()
            await relay.until_recorded("callback_opened", callers)
            tasks = [asyncio.create_task(storm.work(name)) for name in names]
            tasks.append(asyncio.create_task(storm.let_time_pass()))
            over = asyncio.create_task(storm.end(seconds))
            await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                assert not task.done(), task.exception()
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await over
            await balances(relay, callers)
            assert storm.answers[500] == 0
            assert storm.answers[409] > 0

    asyncio.run(scenario())


async def balances(relay: Site, callers: int) -> None:
    """What the phones say against what the store says."""
    phones = relay.asterisk.phones
    assert set(phones.rung_for.values()) == {1}, "a claim rings the customer once"
    dialled = Counter(action["ChannelId"] for action in phones.originated)
    assert set(dialled.values()) == {1}, "and is sent once"
    entries = await relay.rows(select(callback))
    assert len({row.number_key for row in entries}) == callers
    claims = await relay.rows(select(callback_claim))
    assert set(dialled) <= {f"callback-{row.id}" for row in claims if row.dialled_at}
    assert all(row.result for row in claims)
    facts = Counter(row.kind for row in await relay.rows(select(fact)))
    assert facts["callback_opened"] == facts["callback_closed"] == len(entries)
    answered = [row for row in claims if row.customer_answered_at]
    assert len({row.callback_id for row in answered}) == len(answered), "who was reached is not called again"
    assert answered
