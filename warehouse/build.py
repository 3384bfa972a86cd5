"""Building: raw lines to facts, for the days that new lines touch. Incremental equals rebuild.

A day in hand means every call with a line logged, or a CDR row started, on that day, each with all its
other lines, wherever they lie. Those calls' facts are replaced as wholes. The marts are written first and the
day is marked clean afterwards, so a build that is killed is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import duckdb

from callcenter.settings import Settings
from warehouse import catalog
from warehouse.callbacks import (
    CALLBACK_FACTS,
    build_callbacks,
    mark_callback_days_dirty,
    mark_callbacks_dirty,
)
from warehouse.definition import definition_changed, remember_definition
from warehouse.engine import run_models, transaction
from warehouse.marts import create_marts, replace_small_marts
from warehouse.phones import Spelled, fill_in_bulk, insert_spelled, spell
from warehouse.retention import erased_before
from warehouse.scope import gather_calls

ROWS_PER_BATCH = 7_000_000
FACTS = ("fct_queue_pass", "fct_call")
AGGREGATES = ("agg_call_hour", "agg_queue_day", "agg_operator_day")

Progress = Callable[[date, date], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive days: from `first` to before `until`."""

    first: date
    until: date


def dirty_days(con: duckdb.DuckDBPyConnection) -> dict[date, int]:
    """The UTC days whose facts are behind the raw lines, with how many new rows each has."""
    rows = con.execute(
        "SELECT event_on, sum(count_rows)::BIGINT FROM raw.dirty_day GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {row[0]: row[1] for row in rows}


def build_dirty_days(
    con: duckdb.DuckDBPyConnection, settings: Settings, number_key: bytes, progress: Progress | None = None
) -> list[date]:
    """Brings the marts up to the raw lines; everything anew where the settings or the models changed."""
    create_marts(con)
    if definition_changed(con, settings, number_key) or _facts_are_lost(con):
        start_anew(con)
    mark_callback_days_dirty(con)
    days = dirty_days(con)
    build_days(con, number_key, days, progress)
    build_callbacks(con)
    replace_small_marts(con)
    remember_definition(con, settings, number_key)
    return list(days)


def _facts_are_lost(con: duckdb.DuckDBPyConnection) -> bool:
    """The warehouse was built, but the marts' file is a new one: somebody removed it."""
    row = con.execute(
        "SELECT EXISTS (FROM raw.definition) AND NOT EXISTS (FROM marts.fct_call)"
        " AND (EXISTS (FROM raw.queue_log) OR EXISTS (FROM raw.cdr))"
    ).fetchone()
    return bool(row and row[0])


def start_anew(con: duckdb.DuckDBPyConnection) -> None:
    """Has everything built again from the raw lines. Facts whose lines were erased stay as they are."""
    _forget_intermediate(con)
    if erased_before(con) is None:
        for mart in (*FACTS, "fct_operator_event", *AGGREGATES, *CALLBACK_FACTS):
            con.execute(f"DROP TABLE IF EXISTS marts.{mart}")
        con.execute("CHECKPOINT marts")  # the new facts take the old ones' place in the file
        create_marts(con)
    mark_all_dirty(con)
    mark_callbacks_dirty(con)


def _forget_intermediate(con: duckdb.DuckDBPyConnection) -> None:
    """What is derived is derived anew, perhaps with the columns of a newer version."""
    for model in catalog.in_layer("intermediate"):
        if model.sql.startswith("CREATE TABLE"):
            con.execute(f"DROP TABLE IF EXISTS intermediate.{model.name}")
            con.execute(model.sql)


def mark_all_dirty(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "INSERT INTO raw.dirty_day SELECT * FROM"
        " (SELECT logged_at::DATE AS event_on, count(*) AS count_rows FROM raw.queue_log GROUP BY ALL"
        " UNION ALL SELECT started_at::DATE, count(*) FROM raw.cdr GROUP BY ALL)"
    )


def build_days(
    con: duckdb.DuckDBPyConnection, number_key: bytes, days: dict[date, int], progress: Progress | None = None
) -> None:
    """Builds the facts of these UTC days, in batches that fit in memory."""
    for batch in batches(days):
        build_batch(con, number_key, batch)
        if progress:
            progress(batch.first, batch.until)


def batches(days: dict[date, int], rows_per_batch: int = ROWS_PER_BATCH) -> list[Batch]:
    """Consecutive days together, as long as they stay below `rows_per_batch` rows; a day is never split."""
    found: list[Batch] = []
    rows = 0
    for day, count_rows in sorted(days.items()):
        following = day + timedelta(days=1)
        if found and found[-1].until == day and rows + count_rows <= rows_per_batch:
            found[-1] = Batch(found[-1].first, following)
            rows += count_rows
        else:
            found.append(Batch(day, following))
            rows = count_rows
    return found


def build_batch(con: duckdb.DuckDBPyConnection, number_key: bytes, batch: Batch) -> None:
    """Replaces the facts of every call with a line on these days."""
    _forget_last_batch(con)
    _set_range(con, batch)
    gather_calls(con)
    run_models(
        con, "int_entangled", "int_entangled_event", "int_queue_pass", "int_local_leg", "int_direct_leg"
    )
    run_models(con, "int_call_leg", "int_call", "int_callback_dial", "int_company_call")
    left = fill_in_bulk(con, number_key)
    with ThreadPoolExecutor(max_workers=1) as aside:
        _replace_facts(con, aside.submit(spell, left, number_key))
    _mark_clean(con, batch)


def _forget_last_batch(con: duckdb.DuckDBPyConnection) -> None:
    """Frees the memory its tables hold, which this batch needs."""
    for model in catalog.in_layer("intermediate"):
        if "TEMP TABLE" in model.sql:
            con.execute(f"DROP TABLE IF EXISTS {model.name}")


def _set_range(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    for name, day in (("range_from", batch.first), ("range_until", batch.until)):
        con.execute(f"SET VARIABLE {name} = $at::TIMESTAMP", {"at": datetime.combine(day, time())})
    con.execute(
        "CREATE OR REPLACE TEMP TABLE setting_zone AS SELECT * FROM setting_zone_all"
        " WHERE from_at < getvariable('range_until') + INTERVAL 400 DAY"
        " AND until_at > getvariable('range_from') - INTERVAL 400 DAY"
    )


def _replace_facts(con: duckdb.DuckDBPyConnection, spelled: Future[list[Spelled]]) -> None:
    """The calls in hand give way to their new facts, and every local day they touch is added up again.

    Passes hold no numbers: while they are written, the last numbers are spelled.
    """
    with transaction(con):
        for fact in FACTS:
            if fact == "fct_call":
                insert_spelled(con, spelled.result())
            con.execute(
                f"DELETE FROM marts.{fact} WHERE call_id IN (SELECT call_id FROM int_known_call) AND utc_on"  # noqa: S608
                " BETWEEN (SELECT min(utc_on) FROM int_known_call) AND (SELECT max(utc_on) FROM int_known_call)"
            )
            _insert(con, fact)
        con.execute(
            "DELETE FROM marts.fct_operator_event"
            " WHERE utc_on >= getvariable('range_from') AND utc_on < getvariable('range_until')"
        )
        _insert(con, "fct_operator_event")
        run_models(con, "int_touched_day")
        for aggregate in AGGREGATES:
            con.execute(
                f"DELETE FROM marts.{aggregate}"  # noqa: S608 - our own names
                " WHERE started_on IN (SELECT started_on FROM int_touched_day)"
            )
            _insert(con, aggregate)


def _insert(con: duckdb.DuckDBPyConnection, mart: str) -> None:
    con.execute(f"INSERT INTO marts.{mart} BY NAME {catalog.sql(mart)}")


def _mark_clean(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    with transaction(con):
        for table, found in (("call_link", "int_link"), ("unpaired", "int_unpaired")):
            con.execute(
                f"DELETE FROM intermediate.{table} WHERE EXISTS (FROM int_scope AS s"  # noqa: S608 - our own names
                f" WHERE s.pbx = {table}.pbx AND s.uniqueid = {table}.uniqueid)"
            )
            con.execute(
                f"INSERT INTO intermediate.{table} SELECT * FROM {found}"  # noqa: S608 - our own names
                " SEMI JOIN int_scope USING (pbx, uniqueid)"
            )
        con.execute(
            "DELETE FROM raw.dirty_day WHERE event_on >= $first AND event_on < $until",
            {"first": batch.first, "until": batch.until},
        )
