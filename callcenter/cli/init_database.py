"""A database that a PBX writes to, for `callcenter init`: which tables it has, and what their newest rows show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from callcenter.cli.front import CommandError
from callcenter.cli.init_asking import Flags, Questions
from callcenter.cli.init_manager import refuse_open
from callcenter.cli.text import printable
from callcenter.first_day.cdr_rows import STOCK, CdrSeen
from callcenter.first_day.findings import TableSeen
from callcenter.first_day.queue_lines import QueueSeen
from callcenter.first_day.zone import Sample, infer_zone, of_uniqueid
from callcenter.settings import Database
from callcenter.settings_kinds import DatabaseUrl

if TYPE_CHECKING:
    from warehouse.sources import Kind
    from warehouse.tables.rows import Clock

NEWEST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class DatabaseLogin:
    """`file` None: it needs no password, or it was typed and will be written to a file of ours."""

    url: str
    password: str | None = field(repr=False)
    file: str | None = None
    is_typed: bool = False
    ca_file: Path | None = None

    def password_file(self, pbx: str) -> str | None:
        return f"secrets/database-{pbx}" if self.is_typed else self.file


@dataclass(frozen=True, slots=True)
class DatabaseSeen:
    """`cdr` and `queue_log` None: there is no such table."""

    tables: tuple[TableSeen, ...]
    cdr: CdrSeen | None = None
    queue_log: QueueSeen | None = None


def database_login(flags: Flags, questions: Questions, *, is_likely: bool) -> DatabaseLogin | None:
    """None where there is none. A password in the URL goes into a file of ours, as a typed one does."""
    prompt = "Database that Asterisk writes to, such as mariadb://user@host/asteriskcdrdb (empty: none)"
    url = flags.database or (questions.text(prompt, "", _url_fault, may_be_empty=True) if is_likely else "")
    if not url:
        return None
    if why := _url_fault(url):
        raise CommandError(f"--database: {why}")
    bare, password = _parted(url)
    ca_file = flags.database_ca_file.absolute() if flags.database_ca_file else None
    if password:
        return DatabaseLogin(bare, password, is_typed=True, ca_file=ca_file)
    if file := flags.database_password_file:
        refuse_open(file)
        return DatabaseLogin(bare, file.read_text("utf-8").strip(), str(file.absolute()), ca_file=ca_file)
    typed = "" if bare.startswith("sqlite://") else questions.secret("Its password (empty: none)")
    return DatabaseLogin(bare, typed or None, is_typed=bool(typed), ca_file=ca_file)


def printable_url(url: str) -> str:
    """Without the user."""
    parts = urlsplit(url)
    return printable(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def _parted(url: str) -> tuple[str, str | None]:
    """(the URL without its password, the password)."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}@{host}").geturl(), unquote(parts.password)


def _url_fault(text: str) -> str:
    """As the settings would tell it, but for the password."""
    if not text:
        return ""
    try:
        TypeAdapter(DatabaseUrl).validate_python(_parted(text)[0])
    except ValidationError as invalid:
        return str(invalid.errors()[0]["msg"]).removeprefix("Value error, ")
    except ValueError:
        return "must be a URL, such as mariadb://user@host/asteriskcdrdb"
    return ""


def ask_database(login: DatabaseLogin, likely: Sequence[str]) -> DatabaseSeen:
    """CommandError where it cannot be asked, or has neither table; `likely` are zones that people here have."""
    cdr_table, cdr = None, None
    told, rows = _rows(login, "cdr")
    if rows is not None:
        cdr = _survey_cdr(*rows)
        zone = infer_zone(list(cdr.samples.values()), likely)
        cdr_table = TableSeen("cdr", login.url, zone.name if zone else None)
    queue_told, lines = _rows(login, "queue_log")
    if lines is None and cdr is None:
        raise CommandError(f"--database: {told}; {queue_told}. Without it, files alone are read")
    if lines is None:
        return DatabaseSeen(tuple(filter(None, [cdr_table])), cdr)
    queue_zone = infer_zone(_samples(*lines), likely)
    name = queue_zone.name if queue_zone else cdr_table.zone if cdr_table else None
    table = TableSeen("queue_log", login.url, name)
    return DatabaseSeen(
        tuple(filter(None, [cdr_table, table])), cdr, _survey_queue_log(*lines, name or "UTC")
    )


def _rows(login: DatabaseLogin, kind: Kind) -> tuple[str, tuple[list[dict[str, Any]], Clock] | None]:
    """Why there is no such table, or its newest rows by our names, the oldest first."""
    from warehouse.tables.connection import TableError, connected  # noqa: PLC0415 - imports no other command needs
    from warehouse.tables.queries import Query  # noqa: PLC0415 - as above
    from warehouse.tables.rows import Clock  # noqa: PLC0415 - as above
    from warehouse.tables.shape import shape_of  # noqa: PLC0415 - as above

    database = Database(login.url, kind, "UTC", ca_file=login.ca_file)
    try:
        with connected(database, login.password) as connection:
            shape = shape_of(connection, database, kind)
            rows = Query(connection, database, shape).newest(NEWEST_ROWS)
    except TableError as error:
        return str(error), None
    named = [dict(zip(shape.columns, row[1:], strict=True)) for row in reversed(rows)]
    return "", (named, Clock(shape.spelling, "UTC"))


def _survey_cdr(rows: list[dict[str, Any]], clock: Clock) -> CdrSeen:
    """As of a file of stock columns: times as the clock on the wall showed them."""
    seen = CdrSeen()
    for row in rows:
        texts = {name: "" if value is None else str(value) for name, value in row.items()}
        start = clock.local(row["start"])
        texts["start"] = f"{start:%Y-%m-%d %H:%M:%S}" if start else ""
        seen.take([texts.get(name, "") for name in STOCK])
    return seen


def _survey_queue_log(rows: list[dict[str, Any]], clock: Clock, zone: str) -> QueueSeen:
    seen = QueueSeen()
    data = ("data", "data1", "data2", "data3", "data4", "data5")
    for row in rows:
        if local := clock.local(row["time"]):
            epoch = int(local.replace(tzinfo=ZoneInfo(zone)).timestamp())
            words = [row["callid"], row["queuename"], row["agent"], row["event"]]
            given = [row[name] for name in data if name in row]
            seen.take("|".join(str(each or "") for each in (epoch, *words, *given)))
    return seen


def _samples(rows: list[dict[str, Any]], clock: Clock) -> list[Sample]:
    """When calls entered a queue, beside the epochs that begin their callids: menus before take minutes."""
    found = []
    for row in rows:
        epoch, local = of_uniqueid(str(row["callid"])), clock.local(row["time"])
        if row["event"] == "ENTERQUEUE" and epoch is not None and local is not None:
            found.append((local.replace(microsecond=0), epoch))
    return found
