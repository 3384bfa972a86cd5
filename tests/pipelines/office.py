"""A small call centre in a folder: two Companies far apart, a queue_log written by hand, their settings."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from dagster import DagsterInstance, ExecuteInProcessResult

from callcenter.settings import Settings, number_key
from pipelines.definitions import defs
from pipelines.resource import CallCenter, Opened
from warehouse import catalog
from warehouse.build import build_dirty_days
from warehouse.load import load_new_bytes
from warehouse.publish import publish

SETTINGS = """
[warehouse]
path = "data/warehouse.duckdb"
published = "data/callcenter.duckdb"
threads = 1

[[pbx]]
name = "lab"
queue_log = ["queue_log*"]
trunks = ["PJSIP/trunk"]

[[company]]
id = "moscow"
name = "Moscow"
timezone = "Europe/Moscow"
queues = ["moscow-queue"]

[[company]]
id = "kathmandu"
name = "Kathmandu"
timezone = "Asia/Kathmandu"
queues = ["kathmandu-queue"]

[[operator]]
login = "alice"
name = "Alice"
companies = ["moscow", "kathmandu"]
interface = "PJSIP/101"
member = "Alice"
"""


@dataclass
class Office:
    """`folder` has callcenter.toml and queue_log; what is made of them goes to its `data`."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.settings_file.write_text(SETTINGS)

    @property
    def settings_file(self) -> Path:
        return self.folder / "callcenter.toml"

    @property
    def queue_log(self) -> Path:
        return self.folder / "queue_log"

    @property
    def call_center(self) -> CallCenter:
        return CallCenter(config_path=str(self.settings_file))

    @property
    def settings(self) -> Settings:
        return self.call_center.settings()

    def log(self, *lines: str) -> None:
        with self.queue_log.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def enter(self, at: str, company: str = "moscow") -> str:
        """A caller enters the queue at `at` (UTC). Returns the call's uniqueid."""
        when = instant(at)
        uniqueid = f"{when:.0f}.{next(self.numbers)}"
        self.log(f"{when:.0f}|{uniqueid}|{company}-queue|NONE|ENTERQUEUE||7916{uniqueid[-4:]:0>7}|1")
        return uniqueid

    def answer(self, uniqueid: str, at: str, company: str = "moscow", talk: int = 60) -> None:
        """Alice answers, and talks for `talk` seconds."""
        when = instant(at)
        self.log(
            f"{when:.0f}|{uniqueid}|{company}-queue|Alice|CONNECT|5|{uniqueid}|3",
            f"{when + talk:.0f}|{uniqueid}|{company}-queue|Alice|COMPLETECALLER|5|{talk}|1",
        )

    def call(self, at: str, company: str = "moscow", talk: int = 60) -> None:
        """A whole call: 5 s of waiting, then `talk` seconds."""
        begin = datetime.fromisoformat(at).replace(tzinfo=UTC)
        uniqueid = self.enter(at, company)
        self.answer(uniqueid, f"{begin + timedelta(seconds=5):%Y-%m-%d %H:%M:%S}", company, talk)

    @contextlib.contextmanager
    def open(self) -> Iterator[Opened]:
        with self.call_center.open(print) as opened:
            yield opened

    def fill(self) -> None:
        """Loads, builds and publishes as the load's steps do, without Dagster: four times as fast."""
        with self.open() as opened:
            load_new_bytes(opened.con, opened.settings)
            build_dirty_days(opened.con, opened.settings, number_key(opened.settings))
            publish(opened.con, opened.settings)

    def load(self, instance: DagsterInstance, succeeds: bool = True) -> ExecuteInProcessResult:
        return self.run("load", instance, succeeds)

    def run(
        self, job: str, instance: DagsterInstance, succeeds: bool = True, **options: Any
    ) -> ExecuteInProcessResult:
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            resources={"call_center": self.call_center},
            raise_on_error=succeeds,
            **options,
        )
        assert result.success is succeeds
        return result

    def published(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse.published), read_only=True) as con:
            return con.execute(query).fetchall()


def instant(at: str) -> float:
    """Seconds of a UTC time such as 2026-11-23 09:00:00."""
    return datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()


def all_marts(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every mart, in an order that does not depend on how it was written."""
    return {
        model.name: con.execute(f"SELECT * FROM marts.{model.name} ORDER BY ALL").fetchall()  # noqa: S608
        for model in catalog.in_layer("marts")
    }
