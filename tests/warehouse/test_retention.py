"""Retention: raw lines go after their months, by whole UTC days; figures stay, also through a rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.harness import CallCenter, copy_recording, fast_folder, read_marts
from warehouse.build import build_dirty_days, start_anew
from warehouse.marts import create_marts
from warehouse.reconciliation import unreconciled
from warehouse.retention import erase_expired, erased_before, expiry

RECORDED_ON = datetime(2026, 11, 23)  # noqa: DTZ001 - the warehouse's times are naive UTC
RAW = ("queue_log", "cdr", "quarantine")


@pytest.fixture
def center() -> Iterator[CallCenter]:
    """The recording, loaded, with a line that could not be read; raw lines are kept for 13 months."""
    with fast_folder() as folder:
        center = copy_recording(Path(folder))
        with (Path(folder) / "recordings" / "asterisk-22" / "queue_log").open("a") as log:
            log.write("no line at all\n")
        center.run()
        with center.opened() as con:
            con.execute("UPDATE raw.quarantine SET _loaded_at = $1", [RECORDED_ON])
        yield center


def rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {table: con.execute(f"SELECT count(*) FROM raw.{table}").fetchall()[0][0] for table in RAW}  # noqa: S608


@pytest.mark.parametrize(
    ("now", "months", "midnight"),
    [
        (datetime(2026, 11, 23, 15, 30, tzinfo=UTC), 13, datetime(2025, 10, 23)),  # noqa: DTZ001
        (datetime(2026, 11, 23, 15, 30), 1, datetime(2026, 10, 23)),  # noqa: DTZ001
        (datetime(2026, 12, 31, 12, tzinfo=UTC), 12, datetime(2025, 12, 31)),  # noqa: DTZ001
        (datetime(2026, 3, 31, 12, tzinfo=UTC), 1, datetime(2026, 2, 28)),  # noqa: DTZ001
        (datetime(2028, 2, 29, 12, tzinfo=UTC), 12, datetime(2027, 2, 28)),  # noqa: DTZ001
        (datetime(2026, 1, 15, tzinfo=UTC), 1, datetime(2025, 12, 15)),  # noqa: DTZ001
        (datetime(2026, 1, 15, 2, tzinfo=timezone(timedelta(hours=3))), 120, datetime(2016, 1, 14)),  # noqa: DTZ001
    ],
)
def test_the_boundary_is_a_utc_midnight_of_calendar_months_before(
    now: datetime, months: int, midnight: datetime
) -> None:
    assert expiry(now, months) == midnight


def test_nothing_expires_within_the_months(center: CallCenter) -> None:
    with center.opened() as con:
        before = rows(con)
        assert erase_expired(con, center.settings, datetime(2027, 12, 23, 23, 59, tzinfo=UTC)) == 0
        assert (rows(con), erased_before(con)) == (before, None)


def test_a_day_expires_as_a_whole(center: CallCenter) -> None:
    with center.opened() as con:
        before = rows(con)
        assert before["queue_log"] > 100
        assert erase_expired(con, center.settings, datetime(2027, 12, 24, tzinfo=UTC)) == sum(before.values())
        assert set(rows(con).values()) == {0}
        assert erased_before(con) == RECORDED_ON + timedelta(days=1)


def test_words_go_with_the_last_line_that_has_them(center: CallCenter) -> None:
    """A member may be a person's number."""
    words = "SELECT (SELECT count(*) FROM raw.queue_log_words), (SELECT count(*) FROM raw.cdr_words)"
    member = "SELECT count(*) FROM raw.queue_log_words WHERE agent = 'Local/79160010077@agents'"
    with (center.folder / "recordings" / "asterisk-22" / "queue_log").open("a") as log:
        log.write("1803300000|lab-1803300000.1|acme-support|Local/79160010077@agents|RINGNOANSWER|0\n")
    with center.opened() as con:
        center.bring_up_to_date(con)
        assert con.execute(member).fetchall() == [(1,)]
        erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC))
        assert con.execute(words).fetchall() == [(1, 0)]
        erase_expired(con, center.settings, datetime(2029, 1, 1, tzinfo=UTC))
        assert con.execute(words).fetchall() == [(0, 0)]


def test_quarantine_expires_by_when_it_was_loaded(center: CallCenter) -> None:
    with center.opened() as con:
        con.execute("UPDATE raw.quarantine SET _loaded_at = TIMESTAMP '2020-02-02 02:02:02'")
        assert erase_expired(con, center.settings, datetime(2026, 11, 24, tzinfo=UTC)) == 1
        assert (rows(con)["quarantine"], rows(con)["queue_log"] > 100) == (0, True)


def test_a_second_time_there_is_nothing_to_erase(center: CallCenter) -> None:
    later = datetime(2028, 1, 1, tzinfo=UTC)
    with center.opened() as con:
        assert erase_expired(con, center.settings, later) > 0
        assert erase_expired(con, center.settings, later) == 0


def test_the_boundary_never_goes_back(center: CallCenter) -> None:
    with center.opened() as con:
        erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC))
        boundary = erased_before(con)
        con.execute("INSERT INTO raw.queue_log SELECT 1, 0, now(), TIMESTAMP '2020-01-01', '2', 3, NULL")
        assert erase_expired(con, center.settings, datetime(2027, 6, 1, tzinfo=UTC)) == 1
        assert erased_before(con) == boundary


def test_no_line_is_left_in_the_file_in_reach_of_a_query(center: CallCenter) -> None:
    with center.opened() as con:
        erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC))
    wal = center.settings.warehouse.path.with_name(f"{center.settings.warehouse.path.name}.wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_a_reason_that_a_newer_version_tells_apart_is_zero_on_days_that_cannot_be_built_anew(
    center: CallCenter,
) -> None:
    """Unknown there, it would make the sum of the reasons unknown, and a day that does not add up would pass."""
    with center.opened() as con:
        erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC))
        con.execute("ALTER TABLE marts.agg_call_hour DROP COLUMN count_ivr_served")
        create_marts(con)
        found = con.execute("SELECT DISTINCT count_ivr_served FROM marts.agg_call_hour").fetchall()
        assert found == [(0,)]
        assert unreconciled(con) == []
        con.execute(
            "UPDATE marts.agg_call_hour SET count_incoming = count_incoming + 1 WHERE company_id = 'globex'"
        )
        assert [each.split(",")[0] for each in unreconciled(con)] == ["globex"]


def test_figures_outlive_the_lines_also_through_a_rebuild(center: CallCenter) -> None:
    with center.opened() as con:
        before = read_marts(con)
        erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC))
        start_anew(con)
        build_dirty_days(con, center.settings, center.number_key)
        after = read_marts(con)
    facts = [name for name in before if name.startswith(("fct_", "agg_"))]
    assert facts
    assert {name: after[name] for name in facts} == {name: before[name] for name in facts}


def test_figures_outlive_a_change_of_the_settings(center: CallCenter) -> None:
    with center.opened() as con:
        before = read_marts(con)["fct_call"]
        erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC))
    changed = center.with_settings(
        lambda text: text.replace("service_level_seconds = 20", "service_level_seconds = 30")
    )
    assert changed.run()["fct_call"] == before


def test_lines_that_come_late_count_and_are_then_erased(center: CallCenter) -> None:
    late = "1795412000|lab-1795412000.900|acme-support|NONE|ENTERQUEUE||79160010099|1\n"
    with center.opened() as con:
        calls = len(read_marts(con)["fct_call"])
        erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC))
    with (center.folder / "recordings" / "asterisk-22" / "queue_log").open("a") as log:
        log.write(late)
    with center.opened() as con:
        center.bring_up_to_date(con)
        assert len(read_marts(con)["fct_call"]) == calls + 1
        assert erase_expired(con, center.settings, datetime(2028, 1, 1, tzinfo=UTC)) == 1
        assert len(read_marts(con)["fct_call"]) == calls + 1


def test_the_months_are_those_of_the_settings(center: CallCenter) -> None:
    shorter = center.with_settings(
        lambda text: text.replace("[warehouse]", "[warehouse]\nretention_months = 1")
    )
    with shorter.opened() as con:
        assert erase_expired(con, shorter.settings, datetime(2026, 12, 24, tzinfo=UTC)) > 0
