"""The connection to the warehouse: one writer at a time, a bounded memory, the settings as tables."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from callcenter.directory import Directory
from callcenter.settings import UNASSIGNED, Settings
from warehouse import catalog
from warehouse.upgrade import carry_over
from warehouse.zones import zone_offsets

LOCK_POLL_SECONDS = 0.2
ROW_GROUP_ROWS = 20_480  # a sixth of DuckDB's: they stay in the processor's cache until they are compressed
_ALWAYS = (datetime(1970, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - the warehouse's times are naive UTC


class WarehouseBusyError(Exception):
    """Another run writes the warehouse."""


class WarehouseMissingError(Exception):
    """Nothing was loaded yet."""


def marts_path(settings: Settings) -> Path:
    """The marts lie in a file of their own, which is what publication copies."""
    return settings.warehouse.path.with_suffix(".marts.duckdb")


@contextlib.contextmanager
def open_warehouse(
    settings: Settings, wait_seconds: float = 600, on_wait: Callable[[], None] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The only writer: waits for another one, creates what is missing, loads the settings.

    Raises:
        WarehouseBusyError: another run still writes after `wait_seconds`.

    """
    settings.warehouse.path.parent.mkdir(parents=True, exist_ok=True)
    umask = os.umask(
        0o077
    )  # raw lines hold numbers: nobody else reads these files, nor DuckDB's own beside them
    try:
        with only_writer(settings.warehouse.path, wait_seconds, on_wait):
            con = _connect(settings)
            try:
                load_settings_tables(con, settings)
                _create_tables(con)
                yield con
            finally:
                con.close()
    finally:
        os.umask(umask)


@contextlib.contextmanager
def only_writer(path: Path, wait_seconds: float, on_wait: Callable[[], None] | None) -> Iterator[None]:
    deadline = time.monotonic() + wait_seconds
    with path.with_suffix(".lock").open("a") as lock:
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise WarehouseBusyError(
                        f"{path} is being written by another run; gave up after {wait_seconds:.0f} s"
                    ) from None
                if not told and on_wait:
                    on_wait()
                told = True
                time.sleep(LOCK_POLL_SECONDS)
        yield


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{settings.warehouse.memory_limit_mb}MB",
        "temp_directory": str(settings.warehouse.path.with_suffix(".tmp")),
        "threads": settings.warehouse.threads or os.cpu_count() or 1,
    }
    con = duckdb.connect(config=config)
    # Only we open it: newer compression, which is smaller and costs half the time to write.
    con.execute(
        f"ATTACH {quoted(settings.warehouse.path)} AS warehouse"
        f" (STORAGE_VERSION 'v1.5.0', ROW_GROUP_SIZE {ROW_GROUP_ROWS})"
    )
    con.execute("USE warehouse")
    con.execute("SET wal_autocheckpoint = '1GB'")
    # Each is compressed once it is full: five held back are compressed at the end, when a core has nothing else.
    con.execute("SET write_buffer_row_group_count = 1")
    con.execute("SET enable_progress_bar = false")  # it would be drawn into the output of a command
    # Analysts open copies of it, with older versions too.
    con.execute(f"ATTACH {quoted(marts_path(settings))} AS marts (STORAGE_VERSION 'v1.4.0')")
    return con


def quoted(value: Path | str) -> str:
    """An SQL string: statements such as ATTACH and CREATE MACRO take no parameters."""
    return "'" + str(value).replace("'", "''") + "'"


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE SCHEMA IF NOT EXISTS raw")
    con.execute("CREATE SCHEMA IF NOT EXISTS intermediate")
    with transaction(con):
        carry_over(con)
    for model in (*catalog.in_layer("raw"), *catalog.in_layer("intermediate")):
        if model.sql.startswith("CREATE TABLE"):
            con.execute(model.sql)
    for model in catalog.in_layer("staging"):
        con.execute(model.sql)


def load_settings_tables(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """The settings as temporary tables and variables, which the models join."""
    directory = Directory.from_settings(settings)
    mappings = [
        (
            row.kind,
            row.value,
            row.value.lstrip("+"),
            row.company_id,
            row.valid_from_utc or _ALWAYS[0],
            row.valid_until_utc or _ALWAYS[1],
        )
        for row in directory.mappings()
    ]
    _table(
        con,
        "setting_mapping",
        ["kind", "value", "value_digits", "company_id", "valid_from", "valid_until"],
        mappings,
    )
    companies = [
        (c.id, c.name, c.timezone, c.country, c.service_level_seconds, c.short_abandon_seconds)
        for c in settings.companies
    ]
    unassigned = (UNASSIGNED, UNASSIGNED, settings.default_timezone, None, 20, 5)
    _table(
        con,
        "setting_company",
        ["company_id", "name", "timezone", "country", "service_level_seconds", "short_abandon_seconds"],
        [*companies, unassigned],
    )
    agents = [
        (name, operator.login, operator.companies[0] if len(operator.companies) == 1 else None)
        for names in (("interface", "member"), ("login",))
        for operator in settings.operators
        for name in (getattr(operator, attribute) for attribute in names)
    ]
    _table(con, "setting_agent", ["agent", "operator", "company_id"], _first_by_name(agents))
    operators = [(o.login, o.name, o.interface, o.member) for o in settings.operators]
    _table(con, "setting_operator", ["operator", "name", "interface", "member"], operators)
    _table(
        con,
        "setting_pbx",
        ["pbx", "has_cdr"],
        [(p.name, bool(p.cdr_csv or p.cdr_database)) for p in settings.pbxs],
    )
    relays = [(settings.relay_api.url,)] if settings.relay_api else []
    _table(con, "setting_relay", ["url"], relays)
    zones = {company[2] for company in (*companies, unassigned)}
    _table(
        con, "setting_zone_all", ["timezone", "from_at", "until_at", "offset_seconds"], zone_offsets(zones)
    )
    _create_trunk_macro(con, settings)
    con.execute(HINT_RANK)
    extensions = [operator.interface.rsplit("/", 1)[-1] for operator in settings.operators]
    con.execute("SET VARIABLE extensions = $value::VARCHAR[]", {"value": extensions})


def _create_trunk_macro(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """is_trunk(pbx, channel): the channel begins like a trunk. Plain prefixes take a third of a pattern's time."""
    where = " OR ".join(
        f"pbx = {quoted(pbx.name)} AND starts_with(channel, {quoted(trunk)})"
        for pbx in settings.pbxs
        for trunk in pbx.trunks
    )
    con.execute(f"CREATE OR REPLACE TEMP MACRO is_trunk(pbx, channel) AS {where}")


# What the dial plan says, the strongest first: a promise, then a wish for an operator, then what the menu did.
HINT_RANK = """CREATE OR REPLACE TEMP MACRO hint_rank(hint) AS
    list_position(['callback_asked', 'queue_refused', 'ivr_served', 'closed', 'ivr'], hint)"""


def _first_by_name(rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """A name that is one operator's phone or member and another's login means the former."""
    return list({row[0]: row for row in reversed(rows)}.values())


def _table(
    con: duckdb.DuckDBPyConnection, name: str, columns: list[str], rows: Sequence[tuple[object, ...]]
) -> None:
    schema = {column: _TYPES.get(column, pl.String) for column in columns}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    con.register("setting_rows", frame.to_arrow())
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM setting_rows")  # noqa: S608 - our own names
    con.unregister("setting_rows")


_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "valid_from": pl.Datetime("us"),
    "valid_until": pl.Datetime("us"),
    "from_at": pl.Datetime("us"),
    "until_at": pl.Datetime("us"),
    "offset_seconds": pl.Int64,
    "service_level_seconds": pl.Int32,
    "short_abandon_seconds": pl.Int32,
    "has_cdr": pl.Boolean,
}


def run_models(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    for name in names:
        con.execute(catalog.sql(name))


def execute_count(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    """Runs a statement that changes rows; how many it changed."""
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0


def count_rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
    return int(row[0]) if row else 0


@contextlib.contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()
