"""A relay as a source of the warehouse: unreachable, silent, one that missed calls, and a real one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetCheckEvaluation, AssetCheckSeverity, DagsterInstance

from callcenter.settings import RelayApi, Settings
from pipelines.checks import silent_relay, unseen_calls
from pipelines.ledger import month_digests
from relay.standins.phones import Plan
from reports.callbacks import callback_figures, callback_operator_figures, relay_source
from reports.figures import Period, open_published
from tests.pipelines.events import evaluations, materializations
from tests.pipelines.office import Office
from tests.relay.callbacks.people import Customer, ask, in_state, waiting
from tests.relay.site import Site, site
from tests.warehouse.feed import URL, Feed
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load_facts import FactsResult, load_facts, load_new_facts
from warehouse.publish import publish

KEY = b"a key of the tests, never of yours"
NOBODY = '\n[relay_api]\nurl = "http://127.0.0.1:9"\n'


@pytest.fixture
def with_relay(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Whose relay is not there."""
    monkeypatch.setenv("CALLCENTER_RELAY_API_SECRET", "of the tests")
    monkeypatch.setattr("warehouse.relay_api.FIRST_WAIT", 0.0)
    office.settings_file.write_text(office.settings_file.read_text() + NOBODY)
    office.call(f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}")
    return office


def faults(found: dict[str, AssetCheckEvaluation]) -> dict[str, str]:
    return {name: each.description or "" for name, each in found.items() if not each.passed}


def test_a_relay_that_cannot_be_reached_leaves_the_rest_of_the_load_to_go_on(
    with_relay: Office, instance: DagsterInstance
) -> None:
    found = evaluations(with_relay.load(instance))
    assert faults(found) == {
        "relay_answers": "http://127.0.0.1:9: cannot be reached: ClientConnectorError",
        "relay_freshness": "http://127.0.0.1:9: last answered: never; its last fact: none",
    }
    assert {found[name].severity for name in faults(found)} == {AssetCheckSeverity.WARN}
    assert with_relay.published("SELECT count(*) FROM fct_call") == [(1,)]


def test_without_a_relay_nothing_is_asked_and_nothing_is_missing(
    office: Office, instance: DagsterInstance
) -> None:
    office.call(f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}")
    result = office.load(instance)
    assert faults(evaluations(result)) == {}
    (facts,) = [m for m in materializations(result) if m.asset_key.path == ["raw_relay_facts"]]
    assert str(facts.metadata["source"].value).startswith("none")


def test_a_relay_that_tells_nothing_while_calls_go_on(with_relay: Office) -> None:
    feed = Feed()
    feed.tell("started", at="2020-01-01T00:00:00+00:00", recordedAt="2020-01-01T00:00:00+00:00")
    with_relay.fill()
    with with_relay.open() as opened:
        load_facts(opened.con, feed, URL)
        (found,) = silent_relay(opened.con)
        assert "its last fact: 2020-01-01 00:00:00 UTC" in found


def test_calls_that_the_relay_did_not_see(office: Office) -> None:
    feed = Feed()
    for uniqueid, at in (("before", "08:00"), ("after", "20:00")):
        feed.tell("started", call=f"lab:{uniqueid}", at=f"2026-11-20T{at}:00+00:00")
    seen = office.enter("2026-11-20 09:00:00")
    office.answer(seen, "2026-11-20 09:00:05")
    feed.tell("queued", call=f"lab:{seen}", at="2026-11-20T09:00:00+00:00")
    office.call("2026-11-20 10:00:00")  # while it was down
    office.call("2026-11-20 21:00:00")  # its facts are still to come
    office.fill()
    with office.open() as opened:
        load_facts(opened.con, feed, URL)
        build_dirty_days(opened.con, opened.settings, KEY)
        assert unseen_calls(opened.con) == ["moscow, 2026-11-20: 1 of 2 calls were not seen by the relay"]


def test_a_real_relays_callbacks_come_to_the_published_figures(tmp_path: Path) -> None:
    """Missed twice and called back, missed and called again; loaded in the middle and at the end."""

    async def scenario() -> Settings:
        async with site(tmp_path) as relay:
            settings = _fed_by(relay)
            relay.asterisk.phones.plan = lambda _: Plan()
            first, second = Customer(relay, "79160010002"), Customer(relay, "79160010003")
            await first.wait_in_vain()
            await first.wait_in_vain()
            (callback,) = await waiting(relay)
            assert (await asyncio.to_thread(_load, settings)).failure is None
            await ask(relay, callback["id"], "claim")
            await ask(relay, callback["id"], "call", key="click")
            await in_state(relay, callback["id"], "closed")
            await second.wait_in_vain()
            await waiting(relay, 1, "?state=open")
            await second.talk()
            await relay.until_recorded("callback_closed", 2)
            await relay.until_quiet()
            assert (await asyncio.to_thread(_load, settings)).failure is None
            return settings

    settings = asyncio.run(scenario())
    always = Period(date(2000, 1, 1), date(2100, 1, 1))
    with open_published(settings.warehouse.published) as con:
        acme = callback_figures(con, always)["acme"]
        assert (acme.created, acme.reached, acme.self_served, acme.open) == (2, 1, 1, 0)
        assert (acme.missed_calls, acme.attempts, acme.called_back) == (3, 1, 1)
        (alice,) = callback_operator_figures(con, always) or []
        assert (alice.operator, alice.dials, alice.answered, alice.reached) == ("alice", 1, 1, 1)
        source = relay_source(con)
        assert source is not None
        assert source.quarantined == 0
        (keys,) = con.execute("SELECT count(DISTINCT caller_key) FROM fct_callback").fetchall()
        assert keys == (2,)
    marts = settings.warehouse.published.read_bytes()
    assert b"79160010002" not in marts
    assert b"79160010003" not in marts


def _fed_by(relay: Site) -> Settings:
    api = RelayApi(str(relay.url), relay.settings.path.parent / "service")
    return replace(relay.settings, relay_api=api)


def _load(settings: Settings) -> FactsResult:
    with open_warehouse(settings) as con:
        result = load_new_facts(con, settings)
        build_dirty_days(con, settings, KEY)
        publish(con, settings)
    assert result is not None
    return result


def test_a_months_report_is_behind_when_its_callbacks_change(office: Office) -> None:
    """Those opened on the last day are closed in the next month."""
    feed, digests = Feed(), []
    month = ("moscow", "2026-11")
    office.call("2026-11-30 09:00:00")
    office.fill()
    facts: list[tuple[str, dict[str, object]]] = [
        ("callback_opened", {"callback": 1, "reason": "abandoned"}),
        ("callback_closed", {"callback": 1, "outcome": "expired"}),
    ]
    with office.open() as opened:
        digests.append(month_digests(opened.marts)[month])
        for day, (kind, data) in zip(("2026-11-30", "2026-12-03"), facts, strict=True):
            feed.tell(kind, company="moscow", at=f"{day}T10:00:00+00:00", data=data)
            load_facts(opened.con, feed, URL)
            build_dirty_days(opened.con, opened.settings, KEY)
            digests.append(month_digests(opened.marts)[month])
    assert len(set(digests)) == 3
