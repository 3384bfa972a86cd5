"""The relay's facts in raw: each once, whatever happens on the way, and as they were delivered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.feed import URL, Feed
from tests.warehouse.harness import CallCenter, copy_case, fast_folder
from warehouse.load_facts import FactsResult, load_facts, load_new_facts
from warehouse.retention import erase_expired

KEPT = (
    "SELECT call_id, kind, key, company, happened_at, recorded_at, number_key, data, callback FROM raw.relay_facts"
    " ORDER BY ALL"
)


@pytest.fixture
def center() -> Iterator[CallCenter]:
    with fast_folder() as folder:
        yield copy_case("16-hidden-number", Path(folder))


@pytest.fixture
def con(center: CallCenter) -> Iterator[duckdb.DuckDBPyConnection]:
    with center.opened() as opened:
        yield opened


@pytest.fixture
def feed() -> Feed:
    """A missed call of which an entry was opened, and closed."""
    feed = Feed()
    feed.tell("started", numberKey="8f" * 32, data={"pbx": "lab", "did": "5551000", "uniqueid": "lab-1.1"})
    feed.tell("missed", data={"reason": "abandoned"})
    feed.tell("callback_opened", data={"callback": 7, "reason": "abandoned", "isVip": True})
    feed.tell("callback_closed", "callback_closed:7", data={"callback": 7, "outcome": "expired"})
    return feed


def load(con: duckdb.DuckDBPyConnection, feed: Feed, page_facts: int = 2) -> FactsResult:
    return load_facts(con, feed, URL, page_facts)


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def quarantined(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return rows(con, "SELECT _offset, reason FROM raw.quarantine WHERE kind = 'relay_facts' ORDER BY ALL")


def test_facts_are_kept_as_delivered_and_their_times_are_utc(
    con: duckdb.DuckDBPyConnection, feed: Feed
) -> None:
    feed.facts[1]["at"] = "2026-11-23T12:00:00.5+03:00"
    assert load(con, feed).rows_loaded == 4
    found = rows(
        con, "SELECT kind, happened_at::VARCHAR, callback, data FROM raw.relay_facts ORDER BY _offset"
    )
    assert [(kind, callback) for kind, _, callback, _ in found] == [
        *(("started", None), ("missed", None), ("callback_opened", 7), ("callback_closed", 7))
    ]
    assert found[1][1] == "2026-11-23 09:00:00.5"
    assert json.loads(found[2][3]) == {"callback": 7, "reason": "abandoned", "isVip": True}


def test_staging_has_what_each_kind_says(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    load(con, feed)
    found = rows(
        con,
        "SELECT kind, pbx, uniqueid, reason, is_vip, outcome, callback_id, caller_key::VARCHAR"
        " FROM stg_relay_facts ORDER BY _offset",
    )
    assert found == [
        (
            "started",
            "lab",
            "lab-1.1",
            None,
            None,
            None,
            None,
            "-".join(("8f" * 4, *["8f" * 2] * 3, "8f" * 6)),
        ),
        ("missed", "lab", None, "abandoned", None, None, None, None),
        ("callback_opened", "lab", None, "abandoned", True, None, 7, None),
        ("callback_closed", "lab", None, None, None, "expired", 7, None),
    ]


def test_the_next_load_asks_for_what_is_new(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    load(con, feed)
    feed.tell("ended", data={"isAnswered": False})
    assert load(con, feed).rows_loaded == 1
    assert load(con, feed).rows_loaded == 0
    assert rows(con, "SELECT count(*), count(DISTINCT key) FROM raw.relay_facts") == [(5, 5)]
    assert rows(con, "SELECT feed_id, position, count_loaded FROM raw.relay_feed") == [(1, 5, 5)]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, 12), max_size=4), sizes=st.lists(st.integers(1, 13), min_size=5, max_size=5)
)
def test_any_slicing_of_the_feed_gives_the_same(
    con: duckdb.DuckDBPyConnection, cuts: list[int], sizes: list[int]
) -> None:
    """Loads while the feed grows, with pages of any size, some of them cut off, as all at once."""
    whole, grown = Feed(), Feed()
    for nth in range(12):
        whole.tell("queued", f"queued:{nth}", call=f"lab:lab-1.{nth % 3}", data={"nth": nth})
    _forget(con)
    for size, until in zip(sizes, [*sorted(cuts), 12], strict=False):
        grown.facts, grown.fails_after = whole.facts[:until], len(grown.asked) + 1
        load(con, grown, size)
        grown.fails_after = None
        load(con, grown, size)
    found = rows(con, KEPT)
    _forget(con)
    load(con, whole, 1000)
    assert found == rows(con, KEPT)


def _forget(con: duckdb.DuckDBPyConnection) -> None:
    for table in ("relay_facts", "relay_feed"):
        con.execute(f"DELETE FROM raw.{table}")  # noqa: S608 - our own names


def test_a_load_that_dies_goes_on_where_it_was(
    con: duckdb.DuckDBPyConnection, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and cursor are one transaction: death between them leaves neither."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("warehouse.load_facts._write_feed", die)
        with pytest.raises(KeyboardInterrupt):
            load(con, feed)
    assert rows(con, "SELECT count(*) FROM raw.relay_facts") == [(0,)]
    assert load(con, feed).rows_loaded == 4


class TestTrouble:
    def test_a_relay_that_goes_away_is_told_and_what_was_read_stays(
        self, con: duckdb.DuckDBPyConnection, feed: Feed
    ) -> None:
        feed.fails_after = 1
        result = load(con, feed)
        assert (result.rows_loaded, result.failure) == (2, f"{URL}: cannot be reached: ClientConnectorError")
        feed.fails_after = None
        assert load(con, feed).rows_loaded == 2

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("at", "yesterday", "wrong or missing: at"),
            ("at", "2026-11-23T09:00:00", "wrong or missing: at"),
            ("at", "9999-12-31T23:59:59+00:00", "a time or its data cannot be kept"),
            ("callId", 7, "wrong or missing: callId"),
            ("callId", "lab:\0", "holds a NUL"),
            ("key", "\ud800", "wrong or missing: key"),
            ("data", {"callback": 7, "reason": "\ud800"}, "not UTF-8"),
            ("data", [], "wrong or missing: data"),
            ("data", {"callback": "=7"}, "wrong or missing: data.callback"),
            ("data", {"callback": float("inf")}, "a time or its data cannot be kept"),
        ],
    )
    def test_a_fact_that_cannot_be_read_is_quarantined_and_the_others_go_on(
        self, con: duckdb.DuckDBPyConnection, feed: Feed, field: str, value: object, reason: str
    ) -> None:
        feed.facts[2][field] = value
        result = load(con, feed)
        assert (result.rows_loaded, result.rows_quarantined, result.failure) == (3, 1, None)
        assert quarantined(con) == [(3, reason)]
        assert load(con, feed).rows_read == 0

    def test_a_fact_without_an_id_does_not_hold_up_the_feed(
        self, con: duckdb.DuckDBPyConnection, feed: Feed
    ) -> None:
        feed.change = lambda body: body.replace(b'"id": "3"', b'"id": "third"')
        assert (load(con, feed).rows_loaded, quarantined(con)) == (3, [(2, "wrong or missing: id")])

    @pytest.mark.parametrize(
        ("change", "failure"),
        [
            (lambda _: b"<html>proxy</html>", "its answer is no JSON"),
            (lambda _: b"[]", "its answer is no page of facts"),
            (lambda _: b'{"facts": [], "nextCursor": 7}', "its answer is no page of facts"),
            (
                lambda body: body.replace(b'"nextCursor": "2"', b'"nextCursor": "0"'),
                "its cursor does not go on",
            ),
            (lambda body: body.replace(b'"id": "2"', b'"id": "1"'), "its facts are not in order"),
            (lambda _: b"[" * 100_000, "its answer is no JSON"),
        ],
    )
    def test_an_answer_that_is_no_page_ends_the_reading(
        self, con: duckdb.DuckDBPyConnection, feed: Feed, change: Any, failure: str
    ) -> None:
        feed.change = change
        result = load(con, feed)
        assert (result.rows_read, result.failure) == (0, f"{URL}: {failure}")

    def test_kinds_and_fields_of_a_newer_relay_are_kept(
        self, con: duckdb.DuckDBPyConnection, feed: Feed
    ) -> None:
        feed.tell("whispered", extra=1, data={"volume": 3})
        assert load(con, feed).rows_loaded == 5


class TestAnotherStore:
    """The relay's store was lost: ids begin at 1 again, and mean other facts."""

    def test_is_noticed_and_read_from_its_beginning(self, con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
        load(con, feed)
        other = Feed()
        for nth in range(6):
            other.tell("started", call=f"lab:lab-2.{nth}")
        result = load(con, other)
        assert (result.is_new_store, result.rows_loaded) == (True, 6)
        assert rows(con, "SELECT feed_id, position FROM raw.relay_feed ORDER BY ALL") == [(1, 4), (2, 6)]

    def test_that_is_shorter_is_noticed_too(self, con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
        load(con, feed)
        other = Feed()
        other.tell("started", call="lab:lab-2.1")
        assert load(con, other).rows_loaded == 1

    def test_that_has_the_old_ones_facts_brings_each_once(
        self, con: duckdb.DuckDBPyConnection, feed: Feed
    ) -> None:
        load(con, feed)
        restored = Feed()
        for nth, fact in enumerate(feed.facts[1:], start=1):
            restored.facts.append(fact | {"id": str(nth)})
        restored.tell("ended")
        result = load(con, restored)
        assert (result.is_new_store, result.rows_loaded) == (True, 1)
        assert rows(con, "SELECT count(*), count(DISTINCT (call_id, key)) FROM raw.relay_facts") == [(5, 5)]


def test_facts_are_erased_with_the_lines_of_their_age(
    center: CallCenter, con: duckdb.DuckDBPyConnection, feed: Feed
) -> None:
    feed.facts[0]["at"] = "2020-01-01T00:00:00+00:00"
    load(con, feed)
    assert erase_expired(con, center.settings, datetime(2026, 11, 24)) == 1  # noqa: DTZ001 - naive UTC
    assert load(con, feed).rows_loaded == 0


def test_without_a_relay_in_the_settings_nothing_is_asked(
    center: CallCenter, con: duckdb.DuckDBPyConnection
) -> None:
    assert load_new_facts(con, center.settings) is None
    assert rows(con, "SELECT count(*) FROM raw.relay_feed") == [(0,)]


def test_a_missing_secret_is_told_and_is_no_error(center: CallCenter) -> None:
    table = '\n[relay_api]\nurl = "http://127.0.0.1:1"\n'
    changed = center.with_settings(lambda text: text + table)
    with changed.opened() as con:
        result = load_new_facts(con, changed.settings)
    assert result is not None
    assert result.failure is not None
    assert "CALLCENTER_RELAY_API_SECRET" in result.failure
