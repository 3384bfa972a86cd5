"""A small call centre: a folder of logs with its settings, loaded into a warehouse and read back."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

import duckdb

from callcenter.settings import Settings, load_settings
from warehouse import catalog
from warehouse.build import build_dirty_days
from warehouse.engine import marts_path, open_warehouse
from warehouse.load import LoadResult, load_new_bytes
from warehouse.marts import create_marts
from warehouse.publish import publish

REPOSITORY = Path(__file__).parents[2]
CASES = REPOSITORY / "tests" / "fixtures" / "cases"
RECORDING = REPOSITORY / "recordings" / "asterisk-22"
EXAMPLE = REPOSITORY / "callcenter.example.toml"
KEY = b"a key of the tests, never of yours"
SETTINGS, QUEUE_LOG, CDR = "callcenter.toml", "queue_log", "Master.csv"

Row = tuple[Any, ...]
Marts = dict[str, list[Row]]

# What tells when and where a file was read, not what it says.
_CIRCUMSTANCES = {"loaded_at", "last_loaded_at", "path"}


@dataclass(frozen=True)
class CallCenter:
    """A folder with `callcenter.toml` and logs. `number_key` is the secret behind callers' keys."""

    settings: Settings
    number_key: bytes = KEY

    @property
    def folder(self) -> Path:
        return self.settings.path.parent

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The warehouse, as its only writer."""
        if not self.settings.warehouse.path.exists():
            _copy_empty_warehouse(self.settings)
        with open_warehouse(self.settings) as con:
            yield con

    def bring_up_to_date(self, con: duckdb.DuckDBPyConnection, chunk_bytes: int | None = None) -> LoadResult:
        """New bytes to raw lines, and those to figures."""
        result = load_new_bytes(con, self.settings, chunk_bytes=chunk_bytes)
        build_dirty_days(con, self.settings, self.number_key)
        return result

    def run(self, chunk_bytes: int | None = None, *, is_published: bool = False) -> Marts:
        """A whole run, as `callcenter load` makes it; returns what the marts then hold."""
        with self.opened() as con:
            self.bring_up_to_date(con, chunk_bytes)
            if is_published:
                publish(con, self.settings)
            return read_marts(con)

    def published(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.settings.warehouse.published), read_only=True)

    def with_settings(self, change: Callable[[str], str]) -> CallCenter:
        """The same folder and warehouse after an edit of callcenter.toml."""
        path = self.folder / SETTINGS
        path.write_text(change(path.read_text("utf-8")), "utf-8")
        return replace(self, settings=_small(load_settings(path)))


def open_folder(folder: Path) -> CallCenter:
    """The call centre whose callcenter.toml lies in the folder."""
    return CallCenter(_small(load_settings(folder / SETTINGS)))


def copy_case(name: str, folder: Path) -> CallCenter:
    """A fixture's folder, copied: a run writes to it."""
    target = folder / name
    shutil.copytree(CASES / name, target, ignore=shutil.ignore_patterns("expected.json", "loads"))
    return open_folder(target)


def copy_recording(folder: Path) -> CallCenter:
    """The bundled recording with the example settings, which count it."""
    shutil.copytree(RECORDING, folder / "recordings" / "asterisk-22")
    shutil.copyfile(EXAMPLE, folder / SETTINGS)
    return open_folder(folder)


def fast_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory where there is one: each commit is otherwise a wait for the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - TemporaryDirectory makes a folder of its own in it
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30
    return tempfile.TemporaryDirectory(prefix="callcenter-", dir=memory if is_roomy else None)


@contextmanager
def published_recording() -> Iterator[Path]:
    """The file that a load of the recording publishes. Only to be read."""
    with fast_folder() as folder:
        center = copy_recording(Path(folder))
        center.run(is_published=True)
        yield center.settings.warehouse.published


def read_marts(con: duckdb.DuckDBPyConnection, schema: str = "marts") -> Marts:
    """Every mart's rows, sorted, without the columns that tell the circumstances of a load."""
    found: Marts = {}
    for model in catalog.in_layer("marts"):
        columns = [f'"{column.name}"' for column in model.columns if column.name not in _CIRCUMSTANCES]
        statement = f"SELECT {', '.join(columns)} FROM {schema}.{model.name} ORDER BY ALL"  # noqa: S608
        found[model.name] = con.execute(statement).fetchall()
    found["dq_quarantine"] = con.execute(
        f"SELECT pbx, kind, reason, sum(count_lines) FROM {schema}.dq_quarantine GROUP BY ALL ORDER BY ALL"  # noqa: S608
    ).fetchall()
    return found


def differences(found: Marts, expected: Marts) -> dict[str, dict[str, list[Row]]]:
    """By mart: the rows only one of them has. Empty where they are equal, row for row."""
    return {
        name: {"too many": _without(rows, expected[name]), "missing": _without(expected[name], rows)}
        for name, rows in found.items()
        if rows != expected[name]
    }


def _without(rows: list[Row], others: list[Row]) -> list[Row]:
    left, found = list(others), []
    for row in rows:
        if row in left:
            left.remove(row)
        else:
            found.append(row)
    return found


def inconsistencies(con: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """What does not add up in a published file, by the name of the rule; empty where all does."""
    found = {rule: con.execute(statement).fetchall() for rule, statement in _RULES.items()}
    return {rule: rows for rule, rows in found.items() if rows}


class Watch:
    """Opens a published file all the time, in a thread, and adds it up.

    `faults` are the errors and inconsistencies met, `states` the number of calls seen, in order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[object] = []
        self.states: list[int] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            if not self.path.exists():
                continue
            try:
                with duckdb.connect(str(self.path), read_only=True) as con:
                    if found := inconsistencies(con):
                        self.faults.append(found)
                    row = con.execute("SELECT count(*) FROM fct_call").fetchone()
                    self.states.append(row[0] if row else 0)
            except duckdb.Error as error:
                self.faults.append(error)


_RULES: Mapping[str, str] = {
    "incoming = answered + the sum of the reasons": """
        SELECT * FROM agg_call_hour WHERE count_incoming <> count_answered
            + count_abandoned + count_timeout + count_empty + count_key + count_withdrawn
            + count_queue_refused + count_closed + count_refused + count_no_answer_direct + count_callback_asked
            + count_ivr_served + count_ivr + count_ended_before_queue + count_open + count_lost
        """,
    "a call is there once": "SELECT call_id FROM fct_call GROUP BY call_id HAVING count(*) > 1",
    "the hours' calls are the calls": """
        SELECT * FROM (
            SELECT company_id, pbx, started_on, hour_at,
                count(*) FILTER (direction = 'incoming') AS incoming,
                count(*) FILTER (direction = 'outgoing') AS outgoing,
                count(*) FILTER (direction = 'internal') AS internal,
                count(*) FILTER (is_answered) AS answered
            FROM fct_call GROUP BY ALL
        ) AS fact
        FULL JOIN agg_call_hour AS agg USING (company_id, pbx, started_on, hour_at)
        WHERE (incoming, outgoing, internal, answered)
            IS DISTINCT FROM (count_incoming, count_outgoing, count_internal, count_answered)
        """,
    "the queues' passes are the passes": """
        SELECT * FROM (
            SELECT company_id, pbx, queue, started_on, count(*) FILTER (direction = 'incoming') AS offered,
                count(*) FILTER (direction = 'incoming' AND is_answered) AS answered
            FROM fct_queue_pass GROUP BY ALL
        ) AS fact
        FULL JOIN agg_queue_day AS agg USING (company_id, pbx, queue, started_on)
        WHERE (offered, answered) IS DISTINCT FROM (count_offered, count_answered)
        """,
    "a call has its passes": """
        SELECT * FROM (SELECT call_id, count(*) AS passes FROM fct_queue_pass GROUP BY ALL)
        FULL JOIN (SELECT call_id, count_passes FROM fct_call WHERE count_passes > 0) USING (call_id)
        WHERE passes IS DISTINCT FROM count_passes
        """,
    "passes = queued calls + re-entries + overflows + passes of calls not incoming": """
        SELECT * FROM
            (SELECT sum(count_offered + count_not_incoming) AS passes FROM agg_queue_day),
            (SELECT sum(count_queued) AS queued FROM agg_call_hour),
            (SELECT sum(passes - queues) AS re_entries, sum(queues - 1) AS overflows FROM
                (SELECT count(*) AS passes, count(DISTINCT queue) AS queues FROM fct_queue_pass
                WHERE direction = 'incoming' GROUP BY call_id)),
            (SELECT count(*) AS not_incoming FROM fct_queue_pass WHERE direction <> 'incoming')
        WHERE coalesce(passes, 0)
            <> coalesce(queued, 0) + coalesce(re_entries, 0) + coalesce(overflows, 0) + not_incoming
        """,
}


def _small(settings: Settings) -> Settings:
    """One thread and little memory: the logs are small, and tests share the machine."""
    return replace(settings, warehouse=replace(settings.warehouse, threads=1, memory_limit_mb=512))


@cache
def _empty_warehouse() -> tempfile.TemporaryDirectory[str]:
    """Made once: the marts' comments alone are some 150 commits."""
    folder = tempfile.TemporaryDirectory(prefix="callcenter-")
    shutil.copyfile(EXAMPLE, Path(folder.name) / SETTINGS)
    with open_warehouse(_small(load_settings(Path(folder.name) / SETTINGS))) as con:
        create_marts(con)
    return folder


def _copy_empty_warehouse(settings: Settings) -> None:
    made = _small(load_settings(Path(_empty_warehouse().name) / SETTINGS))
    settings.warehouse.path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(made.warehouse.path, settings.warehouse.path)
    shutil.copy(marts_path(made), marts_path(settings))
