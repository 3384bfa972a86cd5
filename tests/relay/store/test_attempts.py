"""Second factors are counted: never more wrong ones than the limits allow, whatever is restarted or asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.settings import Keep
from relay.store.attempts import LONGEST_WINDOW, Attempt, Limits, begin, spare
from relay.store.engine import create_engine, migrate, write
from relay.store.retention import Retention
from relay.store.schema import ivr_attempt
from relay.words import CallId, CompanyId

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
LIMITS = Limits(per_call=2, per_number=4, window=timedelta(hours=24), per_hour=6)
STORES = count()
Scenario = Callable[[AsyncEngine], Awaitable[None]]


def on(store: URL, *scenarios: Scenario) -> None:
    """One after the other, each with an engine of its own, as after a restart."""

    async def whole() -> None:
        for scenario in scenarios:
            engine = create_engine(store)
            await migrate(engine)
            await scenario(engine)
            await engine.dispose()

    asyncio.run(whole())


async def tries(
    engine: AsyncEngine, number: str, call: str, at: datetime = NOW, company: str = "acme"
) -> int | None:
    attempt = Attempt(CallId(call), CompanyId(company), number, at)
    return await write(engine, lambda con: begin(con, attempt, LIMITS))


@dataclass(slots=True)
class Model:
    """What may be tried, said in the plainest way: all wrong ones, and nothing else, are remembered."""

    wrong: list[tuple[str, str, datetime]] = field(default_factory=list)

    def may_try(self, number: str, call: str, at: datetime) -> bool:
        of_number = [when for who, _, when in self.wrong if who == number and when > at - LIMITS.window]
        of_call = [1 for _, which, _ in self.wrong if which == call]
        lately = [1 for _, _, when in self.wrong if when > at - timedelta(hours=1)]
        is_of_call = len(of_call) < LIMITS.per_call
        return is_of_call and len(of_number) < LIMITS.per_number and len(lately) < LIMITS.per_hour


STEPS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from("1234"), st.sampled_from([0, 0, 0, 1, 5, 12]), st.booleans()
    ),
    max_size=24,
)


def test_never_more_wrong_ones_than_the_limits_allow(store: URL) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        loop = asyncio.get_running_loop()

        async def check(steps: list[tuple[str, str, int, bool]]) -> None:
            model, of, at = Model(), next(STORES), NOW
            for who, which, hours, is_right in steps:
                at += timedelta(hours=hours)
                number, call = f"{of}-{who}", f"{of}-{who}-{which}"
                attempt = await tries(engine, number, call, at, f"company {of}")
                assert (attempt is not None) == model.may_try(number, call, at)
                if attempt is None:
                    continue
                if is_right:
                    await write(engine, partial(spare, attempt=attempt))
                else:
                    model.wrong.append((number, call, at))

        @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
        @given(STEPS)
        def holds(steps: list[tuple[str, str, int, bool]]) -> None:
            asyncio.run_coroutine_threadsafe(check(steps), loop).result(60)

        await asyncio.to_thread(holds)

    on(store, scenario)


def test_a_restart_gives_no_new_ones(store: URL) -> None:
    async def before(engine: AsyncEngine) -> None:
        assert None not in [await tries(engine, "n", f"call-{nth}") for nth in range(4)]

    async def after(engine: AsyncEngine) -> None:
        assert await tries(engine, "n", "call-5") is None
        assert await tries(engine, "n", "call-5", NOW + timedelta(hours=24)) is not None
        assert await tries(engine, "another", "call-6") is not None

    on(store, before, after)


def test_of_many_at_once_no_more_than_the_limit_are_let_through(store: URL) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        other = create_engine(store)
        through = await asyncio.gather(
            *(tries((engine, other)[nth % 2], "n", f"call-{nth}") for nth in range(12))
        )
        assert len([each for each in through if each is not None]) == LIMITS.per_number
        await other.dispose()

    on(store, scenario)


def test_many_numbers_are_not_tried_a_few_times_each(store: URL) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        tried = [await tries(engine, f"n-{nth}", f"call-{nth}") for nth in range(8)]
        assert [each is not None for each in tried] == [True] * 6 + [False] * 2
        assert await tries(engine, "n-9", "call-9", company="globex") is not None
        assert await tries(engine, "n-9", "call-9", NOW + timedelta(hours=1)) is not None

    on(store, scenario)


def test_what_cannot_count_any_more_is_erased(store: URL) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        for at in (NOW, NOW + timedelta(days=1)):
            await tries(engine, "n", f"call-{at}", at)
        later = NOW + LONGEST_WINDOW + timedelta(hours=1)
        assert (await Retention(engine, Keep(), lambda: later).sweep())["attempts"] == 1
        async with engine.connect() as con:
            assert (await con.execute(select(func.count()).select_from(ivr_attempt))).scalar_one() == 1

    on(store, scenario)
