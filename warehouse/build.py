"""Building: raw lines to facts, for the days that new lines touch. Incremental equals rebuild.

A day in hand means every call with a line logged, or a CDR row started, on that day, each with all its other
lines, wherever they lie. Those calls' facts are replaced as wholes. The marts are written first and the day is
marked clean afterwards, so a build that is killed is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import count

import duckdb

from callcenter.directory import directory_fingerprint
from callcenter.settings import Settings
from warehouse import catalog
from warehouse.phones import fill_phones

ROWS_PER_BATCH = 3_000_000
FACTS = ("fct_call", "fct_queue_pass")
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
    if _definition_changed(con, settings, number_key):
        _forget_intermediate(con)
        mark_all_dirty(con)
    create_marts(con)
    days = dirty_days(con)
    build_days(con, number_key, days, progress)
    replace_small_marts(con)
    _remember_definition(con, settings, number_key)
    return list(days)


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
    for day, count in sorted(days.items()):
        following = day + timedelta(days=1)
        if found and found[-1].until == day and rows + count <= rows_per_batch:
            found[-1] = Batch(found[-1].first, following)
            rows += count
        else:
            found.append(Batch(day, following))
            rows = count
    return found


def build_batch(con: duckdb.DuckDBPyConnection, number_key: bytes, batch: Batch) -> None:
    """Replaces the facts of every call with a line on these days."""
    _set_range(con, batch)
    _take_in_hand(con)
    _replace_restarts(con)
    _gather_calls(con)
    _run(
        con,
        "int_queue_pass",
        "int_local_leg",
        "int_call_leg",
        "int_direct_leg",
        "int_call",
        "int_company_call",
    )
    fill_phones(con, number_key)
    _replace_facts(con)
    _mark_clean(con, batch)


def _set_range(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    for name, day in (("range_from", batch.first), ("range_until", batch.until)):
        con.execute(f"SET VARIABLE {name} = $at::TIMESTAMP", {"at": datetime.combine(day, time())})
    con.execute(
        "CREATE OR REPLACE TEMP TABLE setting_zone AS SELECT * FROM setting_zone_all"
        " WHERE from_at < getvariable('range_until') + INTERVAL 400 DAY"
        " AND until_at > getvariable('range_from') - INTERVAL 400 DAY"
    )


def _take_in_hand(con: duckdb.DuckDBPyConnection) -> None:
    """The range's lines. Two channels with one key, once in ten thousand years, would be one call: try another."""
    for salt in count():
        con.execute("SET VARIABLE key_salt = $salt::BIGINT", {"salt": salt})
        _run(con, "int_event", "int_leg", "int_scope")
        if not con.execute("SELECT 1 FROM int_scope WHERE is_collision LIMIT 1").fetchall():
            return


def _run(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    for name in names:
        con.execute(catalog.sql(name))


def _replace_restarts(con: duckdb.DuckDBPyConnection) -> None:
    """Asterisk's starts in the range; the calls they cut, which are open since before it, come into hand."""
    con.begin()
    con.execute(
        "DELETE FROM intermediate.restart WHERE restarted_at >= getvariable('range_from')"
        " AND restarted_at < getvariable('range_until')"
    )
    con.execute(
        "INSERT INTO intermediate.restart SELECT pbx, logged_at FROM int_event WHERE kind = 'restart'"
    )
    con.commit()
    con.execute(
        "INSERT INTO int_scope SELECT DISTINCT hash(u.pbx, u.uniqueid, getvariable('key_salt')), u.pbx, u.uniqueid,"
        " TRUE, FALSE FROM intermediate.unpaired AS u"
        " SEMI JOIN intermediate.restart AS r ON r.pbx = u.pbx AND r.restarted_at > u.anchored_at"
        "  AND r.restarted_at >= getvariable('range_from') AND r.restarted_at < getvariable('range_until')"
        " ANTI JOIN int_scope AS s ON s.pbx = u.pbx AND s.uniqueid = u.uniqueid"
        " WHERE u.shape IN ('unclosed connect', 'unended enter') AND NOT EXISTS ("
        "  FROM intermediate.restart AS earlier WHERE earlier.pbx = u.pbx"
        "  AND earlier.restarted_at > u.anchored_at AND earlier.restarted_at < getvariable('range_from'))"
    )


def _gather_calls(con: duckdb.DuckDBPyConnection) -> None:
    """Grows the scope until it holds every uniqueid of its calls, with all their lines; then names the calls."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE int_link AS"
        " SELECT pbx, uniqueid, other_uniqueid, source FROM intermediate.call_link"
    )
    _grow_scope(con)
    while True:
        size = _count(con, "int_scope")
        _fetch_extra_rows(con)
        _name_operators(con)
        _run(con, "int_queue_stint", "int_told")
        _find_links(con)
        _grow_scope(con)
        if _count(con, "int_scope") == size:
            break
    _name_calls(con)


def _grow_scope(con: duckdb.DuckDBPyConnection) -> None:
    """Adds what links lead to."""
    while _execute_count(
        con,
        """
        INSERT INTO int_scope
        SELECT DISTINCT hash(link.pbx, link.other_uniqueid, getvariable('key_salt')), link.pbx,
            link.other_uniqueid, TRUE, FALSE
        FROM (
            SELECT pbx, uniqueid, other_uniqueid FROM int_link
            UNION ALL SELECT pbx, other_uniqueid, uniqueid FROM int_link
        ) AS link
        SEMI JOIN int_scope USING (pbx, uniqueid)
        ANTI JOIN int_scope AS known ON known.pbx = link.pbx AND known.uniqueid = link.other_uniqueid
        """,
    ):
        pass


def _fetch_extra_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Lines of the calls in hand that lie outside the range: as far as those calls are known to reach.

    A call that a link has only just led to may not be known yet; its lines lie within a day of the link's.
    """
    _find_known_calls(con)
    reach = con.execute(
        "SELECT min(first_event_at), max(last_event_at),"
        " (SELECT bool_or(is_extra) FROM int_scope) FROM int_known_call"
    ).fetchone()
    assert reach is not None  # noqa: S101 - an aggregate has a row
    first, last = (
        con.execute(f"SELECT getvariable('range_{end}')").fetchall()[0][0] for end in ("from", "until")
    )
    margin = timedelta(days=1 if reach[2] else 0)
    reach_first, reach_last = min(reach[0] or first, first - margin), max(reach[1] or last, last + margin)
    if reach_first >= first and reach_last < last:
        return
    for table, at, view, columns in (
        ("int_event", "logged_at", "stg_queue_event", _EVENT_COLUMNS),
        ("int_leg", "started_at", "stg_cdr", "* EXCLUDE (lastdata)"),
    ):
        outside = f"({at} < getvariable('range_from') OR {at} >= getvariable('range_until'))"
        con.execute(f"DELETE FROM {table} WHERE {outside}")  # noqa: S608 - our own names
        con.execute(
            f"INSERT INTO {table} SELECT {columns} FROM {view} SEMI JOIN int_scope USING (channel_key)"  # noqa: S608
            f" WHERE {at} >= $first AND {at} <= $last AND {outside}",
            {"first": reach_first, "last": reach_last},
        )


def _name_operators(con: duckdb.DuckDBPyConnection) -> None:
    """Operators by their login. A member the settings do not know may be a person's number: it is masked."""
    con.execute(
        "UPDATE int_event SET operator = a.operator FROM setting_agent AS a"
        " WHERE a.agent = int_event.operator AND a.agent <> a.operator"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE int_unknown_operator AS SELECT operator,"
        r" regexp_replace(operator, '\d{5,}(\d{2})', '***\1', 'g') AS masked"
        " FROM (SELECT DISTINCT operator FROM int_event) ANTI JOIN setting_operator USING (operator)"
        r" WHERE regexp_matches(operator, '\d{7}')"
    )
    if _count(con, "int_unknown_operator"):
        con.execute(
            "UPDATE int_event SET operator = masked FROM int_unknown_operator AS u"
            " WHERE u.operator = int_event.operator"
        )


_EVENT_COLUMNS = "* EXCLUDE (agent), nullif(nullif(agent, 'NONE'), '')"


def _find_known_calls(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE int_known_call AS"
        " SELECT call_id, started_on, utc_on, first_event_at, last_event_at FROM marts.fct_call"
        " SEMI JOIN (SELECT pbx || ':' || uniqueid AS call_id FROM int_scope) USING (call_id)"
    )


def _find_links(con: duckdb.DuckDBPyConnection) -> None:
    """All links of the calls in hand: transfers from their lines as they now are, the others only ever grow."""
    _run(con, "int_unpaired", "int_transfer_link", "int_cdr_link", "int_local_link")
    found = ["int_transfer_link", "int_cdr_link", "int_local_link"]
    if _has_rows_without_uniqueid(con):
        _run(con, "int_run_link")
        found.append("int_run_link")
    union = " UNION ".join(f"SELECT pbx, uniqueid, other_uniqueid, source FROM {name}" for name in found)  # noqa: S608
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE int_link AS {union}"
        " UNION SELECT pbx, uniqueid, other_uniqueid, source FROM intermediate.call_link WHERE source <> 'transfer'"
    )


def _has_rows_without_uniqueid(con: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        con.execute(
            "SELECT 1 FROM raw.cdr WHERE _run IS NOT NULL AND started_at >= getvariable('range_from') - INTERVAL 1 DAY"
            " AND started_at < getvariable('range_until') + INTERVAL 1 DAY LIMIT 1"
        ).fetchall()
    )


def _name_calls(con: duckdb.DuckDBPyConnection) -> None:
    """int_member: for each channel that shares a call with others, the key of the call's oldest channel."""
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE int_edge AS
        WITH link AS (
            SELECT hash(pbx, uniqueid, getvariable('key_salt')) AS channel_key,
                hash(pbx, other_uniqueid, getvariable('key_salt')) AS other_key
            FROM int_link SEMI JOIN int_scope USING (pbx, uniqueid)
        )
        SELECT channel_key, other_key FROM link UNION SELECT other_key, channel_key FROM link
        """
    )
    con.execute(catalog.sql("int_member"))
    while _execute_count(
        con,
        """
        UPDATE int_member SET root = nearer.root
        FROM (
            SELECT e.channel_key, min(m.root) AS root
            FROM int_edge AS e
            JOIN int_member AS m ON m.channel_key = e.other_key
            GROUP BY e.channel_key
        ) AS nearer
        WHERE nearer.channel_key = int_member.channel_key AND nearer.root < int_member.root
        """,
    ):
        pass
    con.execute("ALTER TABLE int_member ADD COLUMN call_key UBIGINT")
    con.execute("UPDATE int_member SET call_key = root.channel_key")


def _replace_facts(con: duckdb.DuckDBPyConnection) -> None:
    """The calls in hand give way to their new facts, and every local day they touch is added up again."""
    _find_known_calls(con)
    con.begin()
    try:
        for fact in FACTS:
            con.execute(
                f"DELETE FROM marts.{fact} WHERE call_id IN (SELECT call_id FROM int_known_call)"  # noqa: S608
                " AND utc_on BETWEEN (SELECT min(utc_on) FROM int_known_call) AND (SELECT max(utc_on) FROM int_known_call)"
            )
            con.execute(f"INSERT INTO marts.{fact} BY NAME {catalog.sql(fact)}")
        con.execute(
            "DELETE FROM marts.fct_operator_event WHERE utc_on >= getvariable('range_from')"
            " AND utc_on < getvariable('range_until')"
        )
        con.execute(f"INSERT INTO marts.fct_operator_event BY NAME {catalog.sql('fct_operator_event')}")
        con.execute(catalog.sql("int_touched_day"))
        for aggregate in AGGREGATES:
            con.execute(
                f"DELETE FROM marts.{aggregate} WHERE started_on IN (SELECT started_on FROM int_touched_day)"  # noqa: S608
            )
            con.execute(f"INSERT INTO marts.{aggregate} BY NAME {catalog.sql(aggregate)}")
        con.commit()
    except BaseException:
        con.rollback()
        raise


def _mark_clean(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    con.begin()
    try:
        for table, found in (("call_link", "int_link"), ("unpaired", "int_unpaired")):
            con.execute(
                f"DELETE FROM intermediate.{table} WHERE EXISTS (FROM int_scope AS s"  # noqa: S608 - our own names
                f" WHERE s.pbx = {table}.pbx AND s.uniqueid = {table}.uniqueid)"
            )
            con.execute(
                f"INSERT INTO intermediate.{table} SELECT * FROM {found} SEMI JOIN int_scope USING (pbx, uniqueid)"  # noqa: S608
            )
        con.execute(
            "DELETE FROM raw.dirty_day WHERE event_on >= $first AND event_on < $until",
            {"first": batch.first, "until": batch.until},
        )
        con.commit()
    except BaseException:
        con.rollback()
        raise


def replace_small_marts(con: duckdb.DuckDBPyConnection) -> None:
    """Dimensions and data quality: written anew, in one transaction."""
    con.begin()
    try:
        for model in catalog.in_layer("marts"):
            if model.is_replaced_whole:
                con.execute(f"DELETE FROM marts.{model.name}")  # noqa: S608 - our own names
                con.execute(f"INSERT INTO marts.{model.name} BY NAME {model.sql}")
        con.commit()
    except BaseException:
        con.rollback()
        raise


def create_marts(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the marts' tables from their models where they are missing, and columns a newer version added."""
    for model in catalog.in_layer("marts"):
        columns = ", ".join(f'"{column.name}" {column.type}' for column in model.columns)
        con.execute(f"CREATE TABLE IF NOT EXISTS marts.{model.name} ({columns})")
        known = {row[0] for row in con.execute(f"DESCRIBE marts.{model.name}").fetchall()}
        for column in model.columns:
            if column.name not in known:
                con.execute(f'ALTER TABLE marts.{model.name} ADD COLUMN "{column.name}" {column.type}')
        _comment(con, model)


def _comment(con: duckdb.DuckDBPyConnection, model: catalog.Model) -> None:
    """The descriptions of the .yml, where an analyst's client shows them. Written once: each costs a commit."""
    comment = f"{model.description} Grain: {model.grain}."
    known = con.execute(
        "SELECT comment FROM duckdb_tables() WHERE database_name = 'marts' AND table_name = $name",
        {"name": model.name},
    ).fetchone()
    if known and known[0] == comment:
        return
    con.execute(f"COMMENT ON TABLE marts.{model.name} IS {_literal(comment)}")
    for column in model.columns:
        con.execute(f'COMMENT ON COLUMN marts.{model.name}."{column.name}" IS {_literal(column.description)}')


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _definition_changed(con: duckdb.DuckDBPyConnection, settings: Settings, number_key: bytes) -> bool:
    known = con.execute("SELECT fingerprint FROM raw.definition").fetchone()
    return known is not None and known[0] != _definition(settings, number_key)


def _remember_definition(con: duckdb.DuckDBPyConnection, settings: Settings, number_key: bytes) -> None:
    con.begin()
    con.execute("DELETE FROM raw.definition")
    con.execute(
        "INSERT INTO raw.definition VALUES ($fingerprint, $built_at)",
        {
            "fingerprint": _definition(settings, number_key),
            "built_at": datetime.now(UTC).replace(tzinfo=None),
        },
    )
    con.commit()


def _definition(settings: Settings, number_key: bytes) -> str:
    parts = (catalog.fingerprint(), directory_fingerprint(settings), sha256(number_key).hexdigest())
    return sha256("\0".join(parts).encode()).hexdigest()


def _execute_count(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
    return int(row[0]) if row else 0
