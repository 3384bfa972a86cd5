"""Which calls open an entry, what closes it, who sees it, and what it never shows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from relay.callbacks.keeping import Keeper
from relay.clock import utc_now
from relay.store.schema import callback_claim, callback_note, fact, outbox
from tests.relay.callbacks.people import Customer, ask, in_state, listed, waiting
from tests.relay.site import Site, recording, site

NUMBER = "79160010002"


def test_a_caller_is_in_the_queue_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            caller = Customer(relay, NUMBER)
            first = await caller.wait_in_vain()
            last = [await caller.wait_in_vain() for _ in range(2)][-1]
            await relay.until_recorded("callback_joined", 2)
            (callback,) = await listed(relay)
            assert (callback["callId"], callback["lastCallId"], callback["missed"]) == (first, last, 3)

    asyncio.run(scenario())


def test_who_calls_again_and_is_answered_waits_no_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            caller = Customer(relay, NUMBER)
            await caller.wait_in_vain()
            (callback,) = await waiting(relay)
            await ask(relay, callback["id"], "claim", "b.ivanov")
            await caller.talk()
            closed = await in_state(relay, callback["id"], "closed")
            assert (closed["outcome"], closed["closedBy"]) == ("self_served", "alice")
            await caller.wait_in_vain()
            (again,) = await waiting(relay)
            assert again["id"] != callback["id"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("operator", "dialled", "is_closed"),
    [
        ("PJSIP/102", f"8{NUMBER[1:]}", True),  # as Russians dial it
        ("PJSIP/102", f"+{NUMBER}", True),
        ("PJSIP/103", f"8{NUMBER[1:]}", False),  # globex's operator
        ("PJSIP/102", NUMBER[1:-1], False),
    ],
)
def test_any_call_of_its_companys_operators_that_is_answered_closes_it(
    tmp_path: Path, operator: str, dialled: str, is_closed: bool
) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            await _dial(relay, operator, dialled)
            await Customer(relay, "79160010003").wait_in_vain()
            await relay.until_recorded("callback_opened", 2)
            _, found = await relay.ask("GET", f"api/v1/callbacks/{callback['id']}")
            assert found["outcome"] == ("reached" if is_closed else None)

    asyncio.run(scenario())


async def _dial(relay: Site, operator: str, number: str) -> None:
    """By hand, and it is answered."""
    own = {"Uniqueid": "lab-3.1", "Linkedid": "lab-3.1", "Channel": f"{operator}-1", "Exten": f"9{number}"}
    leg = {"DestUniqueid": "lab-3.2", "DestChannel": "PJSIP/trunk-2", "DestLinkedid": "lab-3.1"}
    begun = {"Event": "DialBegin", **own, **leg, "DialString": f"{number}@trunk"}
    ended = {"Event": "DialEnd", **own, **leg, "DialStatus": "ANSWER"}
    for headers in (begun, ended):
        frame = "\r\n".join(f"{name}: {value}" for name, value in headers.items())
        await relay.asterisk.send(frame.encode())


def test_hidden_callers_are_not_called(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            for number in ("anonymous", "<unknown>", ""):
                await Customer(relay, number).wait_in_vain()
            await relay.until_recorded("missed", 3)
            await Customer(relay, NUMBER).wait_in_vain()
            await waiting(relay, 1)

    asyncio.run(scenario())


def test_every_caller_of_the_recording_who_was_not_answered_is_in_the_queue_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await relay.asterisk.replay(recording(), speed=200)
            await relay.until_recorded("ended", 32)
            await relay.until_quiet()
            missed = {row.call_id for row in await relay.rows(select(fact).where(fact.c.kind == "missed"))}
            found = await listed(relay, "?state=waiting&limit=200")
            closed = await listed(relay, "?state=closed")
            entered = {each["callId"] for each in (*found, *closed)}
            joined = select(fact).where(fact.c.kind == "callback_joined")
            assert entered | {row.call_id for row in await relay.rows(joined)} == missed
            assert entered != set()

    asyncio.run(scenario())


def test_a_company_sees_its_own_and_no_number(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            assert await listed(relay, service="globex") == []
            for verb in ("claim", "call"):
                path = f"api/v1/callbacks/{callback['id']}/{verb}"
                headers = {"Idempotency-Key": "k"}
                status, _ = await relay.ask("POST", path, {"operator": "carol"}, service="globex", **headers)
                assert status == 404
            assert (await ask(relay, callback["id"], "claim", "carol"))[0] == 403
            assert (await ask(relay, callback["id"], "claim", "nobody"))[0] == 403
            _, shown = await relay.ask("GET", f"api/v1/callbacks/{callback['id']}")
            assert NUMBER[4:] not in str(shown)

    asyncio.run(scenario())


def test_notes_are_kept_sealed_and_stand_in_the_ticket(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            text = f"Call {NUMBER} after six <script>"
            for _ in range(2):
                status, found = await ask(relay, callback["id"], "notes", key="n1", text=text)
                assert (status, [note["text"] for note in found["notes"]]) == (201, [text])
            await relay.until_quiet()
            (ticket,) = relay.otrs.tickets.values()
            assert sum(text in article["Body"] for article in ticket["Article"]) == 1
            kept = str(await relay.rows(select(callback_note))) + str(await relay.rows(select(fact)))
            assert NUMBER not in kept + str(await relay.rows(select(outbox)))

    asyncio.run(scenario())


def test_an_operator_closes_it_with_an_outcome(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            await ask(relay, callback["id"], "claim")
            told = {"outcome": "refused", "comment": "Wants no call."}
            assert (await ask(relay, callback["id"], "complete", "b.ivanov", **told))[0] == 409
            status, closed = await ask(relay, callback["id"], "complete", **told)
            assert (status, closed["outcome"], closed["closedBy"]) == (200, "refused", "alice")
            status, again = await ask(relay, callback["id"], "complete", outcome="gave_up")
            assert (status, again["outcome"], again["closedAt"]) == (200, "refused", closed["closedAt"])
            await relay.until_quiet()
            (ticket,) = relay.otrs.tickets.values()
            assert "Wants no call." in ticket["Article"][-1]["Body"]

    asyncio.run(scenario())


def test_leases_and_entries_run_out_and_are_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            await ask(relay, callback["id"], "claim")
            core, later = relay.core, timedelta(minutes=6)
            keeper = Keeper(core.engine, core.recorder, core.sessions, core.wake, lambda: utc_now() + later)
            await keeper.keep_up()
            assert (await in_state(relay, callback["id"], "open"))["claim"]["result"] == "lapsed"
            later = timedelta(days=4)
            await keeper.keep_up()
            expired = await in_state(relay, callback["id"], "closed")
            assert expired["outcome"] == "expired"
            assert [each["id"] for each in await listed(relay, "?state=closed")] == [callback["id"]]

    asyncio.run(scenario())


def test_vips_come_first_then_who_waits_longest_page_by_page(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "vips").write_text(f"# important\n+{NUMBER}\n", "utf-8")
        async with site(tmp_path, company='callbacks = { vip_file = "vips" }') as relay:
            for number in ("79160010003", "79160010004", NUMBER):
                await Customer(relay, number).wait_in_vain()
            await waiting(relay, 3)
            numbers, cursor = [], ""
            for _ in range(4):
                _, page = await relay.ask("GET", f"api/v1/callbacks?limit=1&cursor={cursor}")
                numbers += [each["number"][-2:] for each in page["callbacks"]]
                if (cursor := page["nextCursor"]) is None:
                    break
            assert numbers == ["02", "03", "04"]

    asyncio.run(scenario())


def test_the_queue_is_watched(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            for number in (NUMBER, "79160010003"):
                await Customer(relay, number).wait_in_vain()
            first, _ = await waiting(relay, 2)
            await ask(relay, first["id"], "complete", outcome="refused")

            def value(name: str, **labels: str) -> float | None:
                return relay.core.metrics.registry.get_sample_value(name, {"company": "acme"} | labels)

            async def is_seen() -> bool:
                return value("relay_callbacks_open") == 1

            await relay.until(is_seen)
            assert value("relay_callbacks_closed_total", outcome="refused") == 1
            assert (value("relay_callbacks_oldest_seconds") or 0) > 0

    asyncio.run(scenario())


def test_a_company_without_callbacks_has_none(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path, company="callbacks = { enabled = false }") as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            await relay.until_recorded("ended", 1)
            assert await listed(relay, "?state=waiting") == []

    asyncio.run(scenario())


def test_a_claim_that_another_takes_the_place_of_has_lapsed(tmp_path: Path) -> None:
    """Before anybody has looked for leases that ran out."""

    async def scenario() -> None:
        async with site(tmp_path) as relay:
            await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            await ask(relay, callback["id"], "claim")
            async with relay.core.engine.begin() as con:
                await con.execute(update(callback_claim).values(until=utc_now()))
            assert (await ask(relay, callback["id"], "claim", "b.ivanov"))[0] == 200
            rows = await relay.rows(select(callback_claim).order_by(callback_claim.c.at))
            assert [(row.operator, row.result) for row in rows] == [("alice", "lapsed"), ("bob", None)]

    asyncio.run(scenario())
