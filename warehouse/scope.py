"""The calls in hand: every call with a line in a range of days, with all its channels and all its lines.

A call may reach beyond the range and may have several channels: links (the CDR's linkedid, the halves of a Local
channel, a transfer under another callid) lead from one to the other, and all of them come into hand.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import duckdb

from warehouse import catalog
from warehouse.engine import count_rows, execute_count, run_models, transaction
from warehouse.retention import erased_before


def gather_calls(con: duckdb.DuckDBPyConnection) -> None:
    """Fills int_scope, int_queue_stint, int_told, int_known_call, int_link and int_member for the range."""
    _take_in_hand(con)
    _replace_restarts(con)
    _complete_calls(con)


def _take_in_hand(con: duckdb.DuckDBPyConnection) -> None:
    """The range's lines. Should two channels ever have one key, another salt gives them two."""
    run_models(con, "int_words")
    for salt in count():
        con.execute("SET VARIABLE key_salt = $salt::BIGINT", {"salt": salt})
        for table, view in (("int_extra_event", "stg_queue_event"), ("int_extra_leg", "stg_cdr")):
            con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {view} LIMIT 0")  # noqa: S608 - our own names
        con.execute("CREATE OR REPLACE TEMP TABLE int_erased (channel_key UBIGINT)")
        run_models(con, "int_event", "int_leg", "int_scope")
        if not con.execute("SELECT 1 FROM int_scope WHERE is_collision LIMIT 1").fetchall():
            return


def _replace_restarts(con: duckdb.DuckDBPyConnection) -> None:
    """Asterisk's starts in the range; the calls they cut, which are open since before it, come into hand."""
    with transaction(con):
        con.execute(
            "DELETE FROM intermediate.restart WHERE restarted_at >= getvariable('range_from')"
            " AND restarted_at < getvariable('range_until')"
        )
        con.execute(
            "INSERT INTO intermediate.restart SELECT pbx, logged_at FROM int_event WHERE kind = 'restart'"
        )
    con.execute(
        """
        INSERT INTO int_scope
        SELECT DISTINCT hash(u.pbx, u.uniqueid, getvariable('key_salt')), u.pbx, u.uniqueid, TRUE, FALSE
        FROM intermediate.unpaired AS u
        SEMI JOIN intermediate.restart AS r
            ON r.pbx = u.pbx AND r.restarted_at > u.anchored_at
            AND r.restarted_at >= getvariable('range_from') AND r.restarted_at < getvariable('range_until')
        ANTI JOIN int_scope AS s ON s.pbx = u.pbx AND s.uniqueid = u.uniqueid
        WHERE u.shape IN ('unclosed connect', 'unended enter')
            AND NOT EXISTS (
                FROM intermediate.restart AS earlier
                WHERE earlier.pbx = u.pbx AND earlier.restarted_at > u.anchored_at
                    AND earlier.restarted_at < getvariable('range_from')
            )
        """
    )


def _complete_calls(con: duckdb.DuckDBPyConnection) -> None:
    """Grows the scope until it holds every channel of its calls, with all their lines; then names the calls."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE int_link AS"
        " SELECT pbx, uniqueid, other_uniqueid, source FROM intermediate.call_link"
    )
    _grow_scope(con)
    size = -1
    while count_rows(con, "int_scope") != size:
        size = count_rows(con, "int_scope")
        _fetch_extra_rows(con)
        _leave_erased_calls(con)
        run_models(con, "int_queue_stint", "int_told")
        _find_links(con)
        _grow_scope(con)
    _name_calls(con)


def _leave_erased_calls(con: duckdb.DuckDBPyConnection) -> None:
    """Calls whose first lines were erased keep the facts they have: what is left of them tells less."""
    boundary = erased_before(con)
    if boundary is None:
        return
    con.execute(
        "INSERT INTO int_erased SELECT channel_key FROM int_scope"
        " JOIN int_known_call AS k ON k.call_id = pbx || ':' || uniqueid"
        " WHERE k.first_event_at < $boundary",
        {"boundary": boundary},
    )
    con.execute("DELETE FROM int_scope WHERE channel_key IN (FROM int_erased)")
    _find_known_calls(con)


def _grow_scope(con: duckdb.DuckDBPyConnection) -> None:
    """Adds what links lead to."""
    while execute_count(
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
    for name, at in (("reach_from", reach_first), ("reach_until", reach_last)):
        con.execute(f"SET VARIABLE {name} = $at::TIMESTAMP", {"at": at})
    if reach_first >= first and reach_last < last:
        return
    for table, at, view in (
        ("int_extra_event", "logged_at", "stg_queue_event"),
        ("int_extra_leg", "started_at", "stg_cdr"),
    ):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {view} SEMI JOIN int_scope USING (channel_key)"  # noqa: S608
            f" WHERE {at} >= $first AND {at} <= $last"
            f" AND ({at} < getvariable('range_from') OR {at} >= getvariable('range_until'))",
            {"first": reach_first, "last": reach_last},
        )


def _find_known_calls(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE int_known_call AS"
        " SELECT call_id, started_on, utc_on, first_event_at, last_event_at FROM marts.fct_call"
        " SEMI JOIN (SELECT pbx || ':' || uniqueid AS call_id FROM int_scope) USING (call_id)"
    )


def _find_links(con: duckdb.DuckDBPyConnection) -> None:
    """All links of the calls in hand. Transfers are told anew from their lines; the others only ever grow."""
    run_models(con, "int_unpaired", "int_transfer_link", "int_cdr_link", "int_local_link")
    if _has_rows_without_uniqueid(con):
        run_models(con, "int_run_link")
    else:  # sparing a look at every line
        con.execute("CREATE OR REPLACE TEMP TABLE int_run_link AS SELECT * FROM int_cdr_link LIMIT 0")
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE int_link AS
        SELECT pbx, uniqueid, other_uniqueid, source FROM int_transfer_link
        UNION SELECT pbx, uniqueid, other_uniqueid, source FROM int_cdr_link
        UNION SELECT pbx, uniqueid, other_uniqueid, source FROM int_local_link
        UNION SELECT pbx, uniqueid, other_uniqueid, source FROM int_run_link
        UNION SELECT pbx, uniqueid, other_uniqueid, source FROM intermediate.call_link WHERE source <> 'transfer'
        """
    )


def _has_rows_without_uniqueid(con: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        con.execute(
            "SELECT 1 FROM raw.cdr WHERE _run IS NOT NULL"
            " AND started_at >= getvariable('range_from') - INTERVAL 1 DAY"
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
    while execute_count(
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
