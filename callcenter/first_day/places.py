"""Where an Asterisk writes its logs, as its settings say or as is usual; reads files, changes nothing."""

from __future__ import annotations

import glob
import importlib.resources
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from callcenter.first_day.conf import Conf, is_true, read_conf, value_of

# How a note begins that a file of the kind is not there; a table may have its calls.
MISSING = {"queue_log": "no queue_log in", "cdr": "no cdr-csv/Master.csv in"}
USUAL_SETTINGS, USUAL_LOGS = Path("/etc/asterisk"), Path("/var/log/asterisk")


@dataclass(frozen=True, slots=True)
class Places:
    """`notes` says what was not found, and where it would be looked for. `uses_utc` None: cdr.conf was not seen."""

    settings: Path
    queue_log: Path | None = None
    cdr: Path | None = None
    uses_utc: bool | None = None
    system_name: str = ""  # of asterisk.conf, which begins every uniqueid
    has_manager: bool = False
    notes: tuple[str, ...] = ()


def find_places(settings: Path, logs: Path | None) -> Places:
    """`settings` is the folder of asterisk.conf; `logs`, where it is given, the only one looked in."""
    asterisk, logger = read_conf(settings / "asterisk.conf"), read_conf(settings / "logger.conf")
    folders = [logs] if logs else _folders(asterisk)
    names = [value_of(logger, "general", "queue_log_name") or "queue_log"]
    queue_log = _first(folder / name for folder in folders for name in names)
    cdr = _first(folder / name for folder in folders for name in ("cdr-csv/Master.csv", "Master.csv"))
    notes = [*_missing(folders, queue_log, cdr), *_switched_off(logger, queue_log), *_more(folders)]
    return Places(
        settings,
        queue_log,
        cdr,
        _uses_utc(settings),
        value_of(asterisk, "options", "systemname") or "",
        is_true(value_of(read_conf(settings / "manager.conf"), "general", "enabled")),
        tuple(notes),
    )


def country_of(zone: str) -> str | None:
    """Where a time zone's city is, by the table that comes with the zones."""
    table = importlib.resources.files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text("utf-8").splitlines():
        country, _, rest = line.partition("\t")
        if rest.split("\t")[1:2] == [zone]:
            return country
    return None


def machine_zone(localtime: Path = Path("/etc/localtime")) -> str | None:
    """The name of the zone that clocks of this machine show."""
    if name := os.environ.get("TZ", "").removeprefix(":"):
        return name
    try:
        return str(localtime.readlink()).partition("zoneinfo/")[2] or None
    except OSError:
        return None


def _folders(asterisk: Conf) -> list[Path]:
    told = value_of(asterisk, "directories", "astlogdir")
    return [Path(told), USUAL_LOGS] if told and Path(told) != USUAL_LOGS else [USUAL_LOGS]


def _first(paths: Iterable[Path]) -> Path | None:
    """The first of which there is a file, be it a rotated one."""
    return next((path for path in paths if glob.glob(f"{glob.escape(str(path))}*")), None)  # noqa: PTH207 - absolute


def _missing(folders: list[Path], queue_log: Path | None, cdr: Path | None) -> Iterator[str]:
    where = " and ".join(map(str, folders))
    if queue_log is None:
        yield (
            f"{MISSING['queue_log']} {where}: waiting times and who answered come from it."
            " --logs FOLDER names another"
        )
    if cdr is None:
        yield (
            f"{MISSING['cdr']} {where}: outgoing calls, and calls that no queue saw, come from it."
            " `cdr show status` in Asterisk tells where its CDR go"
        )


def _switched_off(logger: Conf, queue_log: Path | None) -> Iterator[str]:
    told = value_of(logger, "general", "queue_log")
    if queue_log is None and told is not None and not is_true(told):
        yield "logger.conf has queue_log = no: with yes, Asterisk writes it"
    elif queue_log is None and not is_true(value_of(logger, "general", "queue_log_to_file") or "yes"):
        yield "logger.conf has queue_log_to_file = no: the events go to a database alone"


def _more(folders: list[Path]) -> Iterator[str]:
    for folder in folders:
        for path in sorted((folder / "cdr-custom").glob("*.csv"))[:5]:
            yield f"{path} is a CDR of your own columns: cdr_custom in docs/settings.md, instead of Master.csv"


def _uses_utc(settings: Path) -> bool | None:
    conf = read_conf(settings / "cdr.conf")
    return is_true(value_of(conf, "csv", "usegmtime")) if "csv" in conf else None
