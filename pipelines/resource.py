"""The settings and the warehouse, as steps and sensors ask for them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dagster import ConfigurableResource, Failure

from callcenter.settings import Settings, SettingsError, find_settings, load_settings, number_key
from pipelines import ledger
from warehouse.engine import open_warehouse
from warehouse.marts import create_marts


@dataclass(frozen=True, slots=True)
class Opened:
    """The warehouse, opened for writing, and the settings it was opened with.

    `marts` is a second connection to it, whose unqualified names are the marts': the reports' queries, which
    are written for the published file, read there what is about to be published.
    """

    con: duckdb.DuckDBPyConnection
    marts: duckdb.DuckDBPyConnection
    settings: Settings


class CallCenter(ConfigurableResource):  # type: ignore[type-arg] # its parameter is what a custom resource gives
    """Nothing is read before a run or a tick asks: definitions load without settings, for `dg check defs`.

    Empty, `config_path` means CALLCENTER_CONFIG, else callcenter.toml in the folder Dagster was started in.
    """

    config_path: str | None = None

    def settings(self) -> Settings:
        """Failure has the faults, each with its place."""
        with _faults_told():
            return load_settings(find_settings(Path(self.config_path) if self.config_path else None))

    def number_key(self, settings: Settings) -> bytes:
        with _faults_told():
            return number_key(settings)

    @contextlib.contextmanager
    def open(self, say: Callable[[str], None]) -> Iterator[Opened]:
        """The only writer; `say` is told where another one makes it wait."""
        settings = self.settings()
        waiting = f"{settings.warehouse.path} is being written by another run: waiting"
        with open_warehouse(settings, on_wait=lambda: say(waiting)) as con:
            create_marts(con)
            ledger.create(con)
            marts = con.cursor()
            try:
                marts.execute("USE marts")
                yield Opened(con, marts, settings)
            finally:
                marts.close()


@contextlib.contextmanager
def _faults_told() -> Iterator[None]:
    """A Failure's description is what the UI shows first; an exception's text lies below Dagster's own."""
    try:
        yield
    except SettingsError as error:
        raise Failure(str(error), allow_retries=False) from error
