"""Building callbacks: the entries that new facts are about, each from all of its facts. Incremental equals rebuild.

The marts are written first and the callbacks are marked clean afterwards, as with days: a build that is killed is
done again.
"""

from __future__ import annotations

import duckdb

from warehouse import catalog
from warehouse.engine import count_rows, run_models, transaction

CALLBACK_FACTS = ("fct_callback", "fct_callback_attempt")


def build_callbacks(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there was anything to build. An entry whose first fact was erased keeps the rows it has."""
    if not are_callbacks_behind(con):
        return False
    run_models(con, "int_callback_fact")
    with transaction(con):
        for mart in CALLBACK_FACTS:
            con.execute(
                f"DELETE FROM marts.{mart} WHERE call_id IN"  # noqa: S608 - our own names
                " (SELECT call_id FROM int_callback_fact WHERE kind = 'callback_opened')"
            )
            con.execute(f"INSERT INTO marts.{mart} BY NAME {catalog.sql(mart)}")
    con.execute("DELETE FROM raw.dirty_callback")
    con.execute("DROP TABLE int_callback_fact")
    return True


def are_callbacks_behind(con: duckdb.DuckDBPyConnection) -> bool:
    return count_rows(con, "raw.dirty_callback") > 0


def mark_callback_days_dirty(con: duckdb.DuckDBPyConnection) -> None:
    """The days of calls built before the relay told whose they were and how long: their facts came after their CDR."""
    if are_callbacks_behind(con):
        con.execute(
            """
            INSERT INTO raw.dirty_day
            SELECT c.utc_on, count(DISTINCT c.call_id)
            FROM marts.fct_call AS c
            JOIN stg_relay_facts AS f ON c.call_id = f.pbx || ':callback-' || f.claim
            WHERE f.callback_id IN (SELECT callback FROM raw.dirty_callback)
                AND (f.company_id <> c.company_id
                    OR (c.is_talk_upper_bound AND f.kind = 'callback_ended' AND f.talk_seconds IS NOT NULL))
            GROUP BY c.utc_on
            """
        )


def mark_callbacks_dirty(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "INSERT INTO raw.dirty_callback SELECT DISTINCT callback_id FROM stg_relay_facts WHERE callback_id IS NOT NULL"
    )
