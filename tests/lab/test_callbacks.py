"""Called back over a real Asterisk: the caller gives up, an operator clicks, both phones speak, the ticket tells it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcenter.settings import RelayApi, load_settings, number_key
from lab.asterisk.companies import ACME
from lab.asterisk.place import Place
from lab.asterisk.settings import DRIVER
from lab.calls.ami import Session
from lab.calls.phone import Manners, Talk
from lab.calls.sipp import Outside, party
from lab.calls.stage import Crew, make_crew
from tests.lab.conftest import Lab
from tests.lab.relay_site import Relay, relay_site
from tests.lab.tickets import Desk, log_in
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load import load_new_bytes
from warehouse.load_facts import FactsResult, load_new_facts

pytestmark = pytest.mark.lab

# Numbers outside that answer, are busy and ring in vain: lab/asterisk/etc/extensions.conf.
ANSWERS, BUSY, RINGS = "81160777001", "82160777002", "83160777003"


class World:
    """Acme's phones, customers, and a manager session that sees everything."""

    def __init__(self, place: Place) -> None:
        self.crew: Crew = make_crew(place, ACME)
        self.outside = Outside(place)
        self.ami = Session(place.ami_port, DRIVER)

    def phones_rung(self, number: str) -> int:
        """How often the customer's phone was."""
        return sum(
            event.has(Event="DialBegin") and event["DialString"].partition("@")[0] == number
            for event in self.ami.events
        )

    def channels_of_claims(self) -> set[str]:
        return {event["Uniqueid"] for event in self.ami.events if event["Uniqueid"].startswith("callback-")}

    async def give_up(self, number: str) -> None:
        """A customer who waits two seconds in the queue."""
        self.crew.settle()
        call = await self.outside.call("5551000", party(number), seconds=2)
        async with asyncio.timeout(30):
            await call.wait()
        await self.crew.rest()

    def talk(self) -> asyncio.Task[Talk]:
        """Alice's next call, which she answers."""
        self.crew.settle(Manners(answer_after=0.5))
        return asyncio.create_task(self._next_talk())

    async def _next_talk(self) -> Talk:
        async with asyncio.timeout(20):
            return await self.crew.talks.get()


@asynccontextmanager
async def world(place: Place) -> AsyncIterator[World]:
    found = World(place)
    await found.ami.open()
    await found.outside.open()
    for phone in found.crew.phones:
        await phone.open()
    try:
        yield found
    finally:
        for phone in found.crew.phones:
            phone.close()
        await found.outside.close()
        await found.ami.close()


async def waiting(relay: Relay) -> dict[str, Any]:
    """The only callback, as soon as it is there."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        nonlocal found
        found = (await relay.get("api/v1/callbacks"))["callbacks"]
        return len(found) == 1

    await relay.until(is_there, 10)
    return found[0]


async def in_state(relay: Relay, callback: str, state: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def is_there() -> bool:
        nonlocal found
        found = await relay.get(f"api/v1/callbacks/{callback}")
        return bool(found["state"] == state)

    await relay.until(is_there, 30)
    return found


async def click(relay: Relay, callback: str) -> None:
    """Alice claims and calls; the button is pressed twice."""
    path = f"api/v1/callbacks/{callback}"
    assert (await relay.post(f"{path}/claim", {"operator": "alice"}))[0] == 200
    clicks = (
        relay.post(f"{path}/call", {"operator": "alice"}, **{"Idempotency-Key": "click"}) for _ in range(2)
    )
    assert {status for status, _ in await asyncio.gather(*clicks)} == {202}


def test_a_caller_who_gave_up_is_called_back_and_both_speak(lab: Lab, tmp_path: Path) -> None:
    desk = log_in("relay", tmp_path)

    async def scenario() -> None:
        async with relay_site(tmp_path, lab.place()) as relay, world(lab.place()) as around:
            await around.give_up(ANSWERS)
            callback = await waiting(relay)
            talking = around.talk()
            await click(relay, callback["id"])
            talk = await talking
            closed = await in_state(relay, callback["id"], "closed")
            assert (closed["outcome"], closed["closedBy"], closed["attempts"]) == ("reached", "alice", 1)
            await asyncio.sleep(2)
            talk.hang_up()
            await around.crew.rest()
            assert around.phones_rung(ANSWERS) == 1
            assert len(around.channels_of_claims()) == 1
            await relay.until(relay.is_quiet, 60)
            (ended,) = relay.rows(
                "SELECT json_extract(body, '$.talk_seconds') FROM fact WHERE kind = 'callback_ended'"
            )
            assert 1.5 < ended[0] < 5
            has_story(relay, desk, closed["callId"])
            assert ANSWERS not in relay.log.read_text("utf-8")
            await asyncio.to_thread(_is_counted_once, relay, closed["callId"])

    asyncio.run(scenario())


def _is_counted_once(relay: Relay, missed: str) -> None:
    """By the PBX's logs one outgoing and successful call, and by the relay's facts one callback, reached."""
    for name in ("queue_log", "cdr-csv/Master.csv"):
        shutil.copy(relay.place.state / "log" / name, relay.folder)
    api = RelayApi(str(relay.url), relay.folder / "service")
    settings = replace(load_settings(relay.folder / "callcenter.toml"), relay_api=api)
    with open_warehouse(settings) as con:
        load_new_bytes(con, settings)
        assert load_new_facts(con, settings) == FactsResult(
            rows_loaded=len(relay.rows("SELECT id FROM fact"))
        )
        build_dirty_days(con, settings, number_key(settings))
        calls = con.execute(
            "SELECT a.call_id, c.direction, c.company_id, c.operator, c.outcome, b.outcome, b.operator"
            " FROM marts.fct_callback_attempt AS a"
            " JOIN marts.fct_callback AS b USING (call_id)"
            " JOIN marts.fct_call AS c ON c.call_id = a.dialled_call_id"
        ).fetchall()
        assert calls == [(missed, "outgoing", "acme", "alice", "successful", "reached", "alice")]
        (claim,) = con.execute("SELECT claim FROM marts.fct_callback_attempt").fetchall()
        rows = "SELECT count(DISTINCT uniqueid) FROM raw.cdr WHERE uniqueid LIKE '%' || $claim || '%'"
        assert con.execute(rows, {"claim": claim[0]}).fetchall() == [(1,)]


def has_story(relay: Relay, desk: Desk, call: str) -> None:
    keys = dict(relay.rows("SELECT call_id, key FROM ticket"))
    (ticket,) = desk.find(str(keys[call]))
    subjects = [article.fields["Subject"].partition(" [")[0] for article in desk.read(ticket).articles]
    assert subjects == [
        "Call",
        "Missed",
        "Called back: the customer answered",
        "Callback closed: the customer was reached",
    ]


@pytest.mark.parametrize(("number", "result"), [(BUSY, "busy"), (RINGS, "no_answer")])
def test_a_customer_who_does_not_answer_is_due_again_later(
    lab: Lab, tmp_path: Path, number: str, result: str
) -> None:
    async def scenario() -> None:
        async with relay_site(tmp_path, lab.place()) as relay, world(lab.place()) as around:
            await around.give_up(number)
            callback = await waiting(relay)
            talking = around.talk()
            await click(relay, callback["id"])
            await talking
            tried = await in_state(relay, callback["id"], "open")
            assert (tried["lastResult"], tried["attempts"], tried["mayHaveRung"]) == (result, 1, False)
            assert around.phones_rung(number) == 1

    asyncio.run(scenario())


def test_whom_a_queue_refused_waits_to_be_called_back(lab: Lab, tmp_path: Path) -> None:
    """Asterisk has no event of it: QUEUESTATUS comes with the hang-up."""

    async def scenario() -> None:
        async with relay_site(tmp_path, lab.place()) as relay, world(lab.place()) as around:
            call = await around.outside.call("5553010", party(ANSWERS), seconds=2)
            async with asyncio.timeout(30):
                await call.wait()
            callback = await waiting(relay)
            assert (callback["company"], callback["reason"]) == ("initech", "queue_refused")

    asyncio.run(scenario())


def test_a_dial_is_hung_up_when_the_customer_gets_through_meanwhile(lab: Lab, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with relay_site(tmp_path, lab.place()) as relay, world(lab.place()) as around:
            await around.give_up(RINGS)
            callback = await waiting(relay)
            around.crew.settle(Manners(answer_after=0.2), Manners(answer_after=0.2))
            await click(relay, callback["id"])
            await relay.until(lambda: around.phones_rung(RINGS), 10)
            call = await around.outside.call("5551000", party(RINGS), seconds=5)
            closed = await in_state(relay, callback["id"], "closed")
            assert closed["outcome"] == "self_served"

            async def is_over() -> bool:
                claim = (await relay.get(f"api/v1/callbacks/{callback['id']}"))["claim"]
                return bool(claim["result"])

            await relay.until(is_over, 5)
            claim = (await relay.get(f"api/v1/callbacks/{callback['id']}"))["claim"]
            assert (claim["result"], claim["customerAnsweredAt"]) == ("cancelled", None)
            async with asyncio.timeout(30):
                await call.wait()
            await around.crew.rest()

    asyncio.run(scenario())


def test_an_operator_who_does_not_pick_up_gives_the_claim_back(lab: Lab, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with relay_site(tmp_path, lab.place()) as relay, world(lab.place()) as around:
            await around.give_up(ANSWERS)
            callback = await waiting(relay)
            around.crew.settle(Manners(refuse=486))
            await click(relay, callback["id"])
            back = await in_state(relay, callback["id"], "open")
            assert (back["claim"]["result"], back["attempts"]) == ("operator_no_answer", 0)
            assert around.phones_rung(ANSWERS) == 0

    asyncio.run(scenario())


def test_a_relay_killed_while_the_customers_phone_rings_finds_the_call_again(
    lab: Lab, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with relay_site(tmp_path, lab.place()) as relay, world(lab.place()) as around:
            await around.give_up(ANSWERS)
            callback = await waiting(relay)
            talking = around.talk()
            await click(relay, callback["id"])
            await relay.stop(9)
            talk = await talking
            await asyncio.sleep(2)
            await relay.start()
            closed = await in_state(relay, callback["id"], "closed")
            assert closed["outcome"] == "reached"
            talk.hang_up()
            await around.crew.rest()
            assert around.phones_rung(ANSWERS) == 1

    asyncio.run(scenario())
