"""Callbacks in the marts: from the relay's facts, written by hand with the figures that are right for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.callbacks import CallbackFigures, callback_figures, callback_operator_figures, relay_source
from reports.figures import Period
from tests.warehouse.facts_file import read_facts
from tests.warehouse.feed import URL, Feed
from tests.warehouse.harness import CallCenter, copy_case, copy_recording, fast_folder
from warehouse.build import build_dirty_days, start_anew
from warehouse.callbacks import build_callbacks
from warehouse.load_facts import load_facts
from warehouse.publish import publish

THE_23RD = Period(date(2026, 11, 23), date(2026, 11, 24))
MARTS = ("fct_callback", "fct_callback_attempt")


@pytest.fixture(scope="module")
def center() -> Iterator[CallCenter]:
    with fast_folder() as folder:
        yield copy_recording(Path(folder))


@pytest.fixture(scope="module")
def opened(center: CallCenter) -> Iterator[duckdb.DuckDBPyConnection]:
    with center.opened() as con:
        center.bring_up_to_date(con)
        yield con


@pytest.fixture
def con(opened: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A warehouse without facts."""
    forget(opened)
    return opened


@pytest.fixture
def marts(con: duckdb.DuckDBPyConnection, center: CallCenter) -> duckdb.DuckDBPyConnection:
    """The marts of the file's facts, as the reports read them."""
    bring_in(con, center, read_facts())
    marts = con.cursor()
    marts.execute("USE marts")
    return marts


def forget(con: duckdb.DuckDBPyConnection) -> None:
    for table in ("raw.relay_facts", "raw.relay_feed", "raw.dirty_callback", *(f"marts.{m}" for m in MARTS)):
        con.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names


def bring_in(con: duckdb.DuckDBPyConnection, center: CallCenter, feed: Feed, page_facts: int = 1000) -> None:
    assert load_facts(con, feed, URL, page_facts).failure is None
    build_dirty_days(con, center.settings, center.number_key)


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def all_rows(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {mart: rows(con, f"SELECT * FROM marts.{mart} ORDER BY ALL") for mart in MARTS}  # noqa: S608


def test_the_figures_of_a_company(marts: duckdb.DuckDBPyConnection) -> None:
    """Counted by hand: see the fixture. Called back after 150, 1210, 200 and 600 s."""
    assert callback_figures(marts, THE_23RD)["acme"] == CallbackFigures(
        company="acme",
        created=8,
        reached=3,
        self_served=1,
        refused=1,
        gave_up=1,
        expired=1,
        open=1,
        missed_calls=9,
        attempts=5,
        unknown_attempts=1,
        called_back=4,
        asked=2,
        asked_called_back=1,
        to_callback_seconds=2160,
        median_to_callback_seconds=400.0,
        longest_to_callback_seconds=1210,
    )


def test_what_came_of_them_adds_up(marts: duckdb.DuckDBPyConnection) -> None:
    found = callback_figures(marts, Period(date(2026, 11, 1), date(2026, 12, 1)))
    created = {each.company: each.created for each in found.values()}
    assert created == {"acme": 9, "globex": 1, "initech": 2, "unassigned": 1}
    assert all(sum(each.outcomes.values()) == each.created for each in found.values())


def test_the_average_is_of_those_who_were_called_back(marts: duckdb.DuckDBPyConnection) -> None:
    found = callback_figures(marts, THE_23RD)
    assert found["acme"].average_to_callback_seconds == 540.0
    assert (found["initech"].average_to_callback_seconds, found["initech"].median_to_callback_seconds) == (
        None,
        None,
    )


def test_operators_are_credited_with_what_they_did(marts: duckdb.DuckDBPyConnection) -> None:
    found = callback_operator_figures(marts, THE_23RD) or []
    assert [
        (f.company, f.operator, f.dials, f.attempts, f.answered, f.reached, f.talk_seconds, f.talk_known)
        for f in found
    ] == [("acme", "alice", 3, 2, 2, 2, 65, 1), ("acme", "bob", 3, 3, 0, 1, 0, 0)]


@pytest.mark.parametrize(
    ("call", "day"),
    [
        *(("lab-1.1", "2026-11-23"), ("lab-1.10", "2026-11-24"), ("lab-1.11", "2026-11-22")),
        *(("lab-1.12", "2026-11-23"), ("lab-1.13", "2026-11-24"), ("lab-1.14", "2026-11-23")),
    ],
)
def test_a_callback_belongs_to_the_local_day_it_was_opened(
    marts: duckdb.DuckDBPyConnection, call: str, day: str
) -> None:
    found = marts.execute(
        "SELECT opened_on::VARCHAR FROM fct_callback WHERE call_id = $call", {"call": f"lab:{call}"}
    ).fetchall()
    assert found == [(day,)]


def test_a_dial_leads_to_its_call(marts: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        marts,
        "SELECT claim, dialled_call_id, result, is_attempt, nth, talk_seconds FROM fct_callback_attempt"
        " WHERE company_id = 'acme' ORDER BY claim",
    )
    assert found == [
        ("a1", "lab:callback-a1", "answered", True, 1, 65),
        ("a2", "lab:callback-a2", "answered", True, 2, None),
        ("a4", "lab:callback-a4", "operator_no_answer", False, None, None),
        ("b1", "lab:callback-b1", "busy", True, 1, None),
        ("b2", "lab:callback-b2", "no_answer", True, 1, None),
        ("b3", "lab:callback-b3", "unknown", True, 2, None),
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True), page_facts=st.integers(1, 20))
def test_any_slicing_into_loads_and_pages_gives_the_same_callbacks(
    con: duckdb.DuckDBPyConnection, cuts: list[int], page_facts: int
) -> None:
    whole, grown = read_facts(), Feed()
    forget(con)
    for until in [*sorted(cuts), len(whole.facts)]:
        grown.facts = whole.facts[:until]
        load_facts(con, grown, URL, page_facts)
        build_callbacks(con)
    found = all_rows(con)
    forget(con)
    load_facts(con, whole, URL)
    build_callbacks(con)
    assert found == all_rows(con)


def test_building_everything_anew_gives_the_same(con: duckdb.DuckDBPyConnection, center: CallCenter) -> None:
    bring_in(con, center, read_facts())
    before = all_rows(con)
    start_anew(con)
    build_dirty_days(con, center.settings, center.number_key)
    assert all_rows(con) == before


def test_a_store_that_begins_its_numbers_again_mixes_up_no_callbacks(
    con: duckdb.DuckDBPyConnection, center: CallCenter
) -> None:
    first, second = Feed(), Feed()
    first.tell("callback_opened", call="lab:lab-1.1", data={"callback": 1, "reason": "abandoned"})
    second.tell("callback_opened", call="lab:lab-2.1", data={"callback": 1, "reason": "timeout"})
    second.tell(
        "callback_joined",
        call="lab:lab-2.2",
        data={"callback": 1, "missed": 2},
        at="2026-11-23T09:30:00+00:00",
    )
    for fact in second.facts[:1]:
        fact["at"] = "2026-11-23T09:20:00+00:00"
    bring_in(con, center, first)
    bring_in(con, center, second)
    found = rows(con, "SELECT call_id, reason, count_missed_calls FROM marts.fct_callback ORDER BY ALL")
    assert found == [("lab:lab-1.1", "abandoned", 1), ("lab:lab-2.1", "timeout", 2)]


class TestTalk:
    """Of the callbacks that the lab's Asterisk wrote of: its CDR counts from the operator's answer."""

    CLAIM = "f5ed407e290940a3e8d7afe841648d67"
    CALLS = (
        "SELECT call_id, talk_seconds, is_talk_upper_bound FROM marts.fct_call"
        " WHERE is_successful ORDER BY started_at"
    )
    TOLD = (
        (f"lab:callback-{CLAIM}", 2, False),
        ("lab:callback-20e972bbdca5096ffd7c3c2a84d0b2ed", 5, True),  # the relay did not see its end
    )

    @pytest.fixture
    def called(self, tmp_path: Path) -> CallCenter:
        return copy_case("30-called-back-by-the-relay", tmp_path)

    @pytest.fixture
    def facts(self) -> Feed:
        feed = Feed()
        at = "2026-11-25T22:52:13.4+00:00"
        feed.tell(
            "callback_opened", data={"callback": 1, "reason": "abandoned"}, at="2026-11-25T22:52:09+00:00"
        )
        data = {"callback": 1, "claim": self.CLAIM, "operator": "alice", "talkSeconds": 2.2}
        feed.tell("callback_ended", f"callback_ended:{self.CLAIM}", data=data, at=at)
        return feed

    def test_is_the_relays_where_it_saw_the_customer_answer(self, called: CallCenter, facts: Feed) -> None:
        with called.opened() as con:
            load_facts(con, facts, URL)
            called.bring_up_to_date(con)
            assert rows(con, self.CALLS) == list(self.TOLD)
            sums = "SELECT sum(outgoing_talk_seconds), sum(count_talk_upper_bound) FROM marts.agg_call_hour"
            assert rows(con, sums) == [(7, 1)]

    def test_is_the_company_of_its_entrys_before_any_other_rule(
        self, called: CallCenter, facts: Feed
    ) -> None:
        facts.facts = [each | {"company": "globex"} for each in facts.facts]
        with called.opened() as con:
            called.bring_up_to_date(con)
            bring_in(con, called, facts)
            whose = "SELECT company_id FROM marts.fct_call WHERE call_id = ?"
            assert con.execute(whose, [f"lab:callback-{self.CLAIM}"]).fetchall() == [("globex",)]
            sums = "SELECT company_id, sum(count_outgoing) FROM marts.agg_call_hour GROUP BY 1 ORDER BY 1"
            assert rows(con, sums) == [("acme", 3), ("globex", 1)]

    def test_is_the_same_where_the_facts_come_after_the_logs(self, called: CallCenter, facts: Feed) -> None:
        with called.opened() as con:
            called.bring_up_to_date(con)
            assert rows(con, self.CALLS) == [
                (f"lab:callback-{self.CLAIM}", 3, True),
                ("lab:callback-20e972bbdca5096ffd7c3c2a84d0b2ed", 5, True),
            ]
            bring_in(con, called, facts)
            assert rows(con, self.CALLS) == list(self.TOLD)


def test_what_the_relay_did_and_the_dial_plan_did_not_write_is_counted(tmp_path: Path) -> None:
    """Of the calls of 31-ivr-outcomes: …12 was promised a call and …01 served, and no line says so."""
    center, feed = copy_case("31-ivr-outcomes", tmp_path), Feed()
    feed.tell("started", call="lab:lab-1795424300.0", at="2026-11-23T08:50:00+00:00")
    for call in ("570.14", "680.22", "500.10"):  # …08 is told, …06 was answered after all
        feed.tell("callback_asked", call=f"lab:lab-1795424{call}", data={"callback": 1})
    for call in ("410.0", "440.4", "540.12"):  # …03 is told, …07 wanted an operator
        feed.tell("served_by_ivr", call=f"lab:lab-1795424{call}", data={"service": "balance"})
    feed.tell("started", call="lab:lab-1795428000.0", at="2026-11-23T10:00:00+00:00")
    with center.opened() as con:
        load_facts(con, feed, URL)
        center.bring_up_to_date(con)
        of_acme = (
            "SELECT count_calls, count_unseen, count_untold FROM marts.dq_relay_day WHERE company_id = 'acme'"
        )
        assert rows(con, of_acme) == [(12, 8, 2)]


class TestNoSource:
    def test_without_a_relay_there_are_no_figures_not_zeros(self, con: duckdb.DuckDBPyConnection) -> None:
        build_marts = con.cursor()
        build_marts.execute("DELETE FROM marts.dq_relay_feed")
        build_marts.execute("USE marts")
        assert callback_figures(build_marts, THE_23RD) == {}
        assert callback_operator_figures(build_marts, THE_23RD) is None

    def test_before_the_relays_first_fact_there_are_none_either(
        self, marts: duckdb.DuckDBPyConnection
    ) -> None:
        assert callback_figures(marts, Period(date(2026, 11, 1), date(2026, 11, 22))) == {}
        assert set(callback_figures(marts, Period(date(2026, 11, 22), date(2026, 11, 23)))) == {
            *("acme", "globex")  # it is the 23rd in Kathmandu already
        }

    def test_a_file_published_by_an_older_version_has_no_source(self) -> None:
        with duckdb.connect() as old:
            assert relay_source(old) is None


def test_publication_holds_the_callbacks_and_no_number(
    con: duckdb.DuckDBPyConnection, center: CallCenter
) -> None:
    bring_in(con, center, read_facts())
    publish(con, center.settings)
    with center.published() as published:
        assert rows(published, "SELECT count(*) FROM fct_callback") == [(13,)]
        names = {name for (name,) in rows(published, "SELECT table_name FROM duckdb_tables()")}
    assert {"fct_callback", "fct_callback_attempt", "dq_relay_feed", "dq_relay_day"} <= names
    assert not any(name.startswith("relay") for name in names)
