"""A table's rows as the files' readers give them: typed columns, times in UTC, and what cannot be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from warehouse.lines import Reject
from warehouse.local_times import utc_of
from warehouse.tables.shape import Shape, Spelling

Values = Sequence[Any]
_DATA = ("data", "data1", "data2", "data3", "data4", "data5")
_TIMES = ("start", "answer", "end")
_NUMBERS = ("duration", "billsec")


@dataclass(frozen=True, slots=True)
class Clock:
    """How a table's times are to be read; `ahead` is how far the PBX's clock is ahead."""

    spelling: Spelling
    timezone: str
    ahead: timedelta = timedelta()

    def local(self, value: object) -> datetime | None:
        """What the clock on the wall showed; None where it is no time."""
        found = _time(value)
        if found is None:
            return None
        if found.tzinfo is None and self.spelling in ("instant", "epoch"):
            found = found.replace(tzinfo=UTC)
        return found.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None) if found.tzinfo else found

    def instant(self, value: object) -> datetime | None:
        """Aware, in whole seconds; of an hour that is there twice, the first one."""
        local = self.local(value)
        if local is None:
            return None
        return (self.utc(value) or local.replace(tzinfo=ZoneInfo(self.timezone))).replace(microsecond=0)

    def utc(self, value: object) -> datetime | None:
        """The instant, where the table itself tells it."""
        found = _time(value)
        if found is None or self.spelling not in ("instant", "epoch"):
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TableRows:
    """`frame` has `row_key`, `fraction` (microseconds of the second) and the raw table's columns.

    `latest_at` is when the last row was written, by the PBX's own clock; aware.
    """

    frame: pl.DataFrame
    rejects: list[Reject]
    latest_at: datetime | None


def cdr_rows(rows: Sequence[Values], shape: Shape, clock: Clock) -> TableRows:
    """Columns: row_key, fraction, started_at, and those of raw.cdr that the table has."""
    values = _by_column(rows, shape.columns)
    begun = [clock.local(value) for value in values["start"]]
    columns: dict[str, pl.Series] = {
        "row_key": _keys(rows),
        "instant": _instants(values["start"], clock),
    }
    for name, given in values.items():
        if name in _TIMES:
            times = begun if name == "start" else [clock.local(value) for value in given]
            columns[name] = pl.Series(times, dtype=pl.Datetime("us")).dt.truncate("1s")
        elif name in _NUMBERS:
            columns[name] = pl.Series([_whole(value) for value in given], dtype=pl.Int32)
        else:
            columns[name] = pl.Series([_text(value) for value in given], dtype=pl.String)
    frame = _timed(pl.DataFrame(columns), "start", "uniqueid", "started_at", clock)
    if "answer" not in frame.columns:
        frame = frame.with_columns(_told_answer())
    faults = _fault_of(frame, "start", "started_at", ("channel", "disposition"))
    written = pl.col("started_at").dt.truncate("1s") + pl.duration(seconds=pl.col("duration").fill_null(0))
    frame = frame.with_columns(
        pl.col("started_at").dt.truncate("1s"),
        (written + clock.ahead).alias("written_at"),
        fraction=pl.lit(0),
    )
    return _parted(frame, faults, rows, "instant")


def queue_log_rows(rows: Sequence[Values], shape: Shape, clock: Clock) -> TableRows:
    """Columns: row_key, fraction, logged_at (whole seconds, as a file has them), callid, queue, agent, event, data."""
    values = _by_column(rows, shape.columns)
    frame = pl.DataFrame(
        {
            "row_key": _keys(rows),
            "instant": _instants(values["time"], clock),
            "time": pl.Series([clock.local(value) for value in values["time"]], dtype=pl.Datetime("us")),
            "callid": pl.Series([_text(value) or "NONE" for value in values["callid"]], dtype=pl.String),
            "queue": pl.Series([_text(value) or "NONE" for value in values["queuename"]], dtype=pl.String),
            "agent": pl.Series([_text(value) or "NONE" for value in values["agent"]], dtype=pl.String),
            "event": pl.Series([_text(value) or None for value in values["event"]], dtype=pl.String),
            "data": pl.Series(_joined(values, len(rows)), dtype=pl.String),
        }
    )
    frame = _timed(frame, "time", "callid", "logged_at", clock)
    frame = frame.with_columns(
        pl.col("logged_at").dt.microsecond().fill_null(0).cast(pl.Int32).alias("fraction"),
        pl.col("logged_at").dt.truncate("1s"),
        (pl.col("logged_at").dt.truncate("1s") + clock.ahead).alias("written_at"),
    )
    return _parted(frame, _fault_of(frame, "time", "logged_at", ("event",)), rows, "instant", "time")


def _by_column(rows: Sequence[Values], columns: Mapping[str, str]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(columns, 1)}


def _keys(rows: Sequence[Values]) -> pl.Series:
    return pl.Series([None if row[0] is None else int(row[0]) for row in rows], dtype=pl.Int64)


def _instants(values: list[Any], clock: Clock) -> pl.Series:
    found = [at and at.replace(tzinfo=None) for at in map(clock.utc, values)]
    return pl.Series(found, dtype=pl.Datetime("us"))


def _timed(frame: pl.DataFrame, local: str, uniqueid: str, name: str, clock: Clock) -> pl.DataFrame:
    at = (
        pl.col("instant")
        if clock.spelling in ("instant", "epoch")
        else utc_of(local, clock.timezone, uniqueid)
    )
    return frame.with_columns((at - clock.ahead).alias(name))


def _told_answer() -> pl.Expr:
    """Tables without `answer`: a call that was answered was so `billsec` before it ended.

    Not told apart is what was answered and over within one second.
    """
    before = pl.duration(seconds=pl.col("duration") - pl.col("billsec"))
    is_answered = (pl.col("billsec") > 0) | (pl.col("disposition") == "ANSWERED")
    return pl.when(is_answered).then(pl.col("start") + before).otherwise(None).alias("answer")


def _fault_of(frame: pl.DataFrame, local: str, utc: str, needed: Sequence[str]) -> pl.Series:
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    year = pl.col(local).dt.year()
    return frame.select(
        pl.when(pl.any_horizontal(pl.col(needed).is_null()))
        .then(pl.lit(f"no {' or '.join(needed)}"))
        .when(pl.col(local).is_null())
        .then(pl.lit(f"{local} is not a time"))
        .when((year < 2000) | (year > 2099))
        .then(pl.lit(f"{local} is not between the years 2000 and 2099"))
        .when(pl.col(utc).is_null())
        .then(pl.lit(f"{local} is a time that the time zone leaves out"))
        .when(pl.any_horizontal(pl.col(texts).str.contains("\0", literal=True).fill_null(value=False)))
        .then(pl.lit("a NUL byte"))
        .alias("fault")
    )["fault"]


def _parted(frame: pl.DataFrame, faults: pl.Series, rows: Sequence[Values], *spent: str) -> TableRows:
    rejects = [
        Reject(int(rows[place][0] or 0), fault, _as_line(rows[place][1:]))
        for place, fault in enumerate(faults)
        if fault is not None
    ]
    good = frame.filter(faults.is_null())
    latest = good["written_at"].max()
    assert latest is None or isinstance(latest, datetime)  # noqa: S101 - a column of times
    return TableRows(good.drop(*spent, "written_at"), rejects, latest.replace(tzinfo=UTC) if latest else None)


def _as_line(values: Values) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(["" if value is None else value for value in values])
    return text.getvalue().encode("utf-8", "surrogateescape")


def _joined(values: Mapping[str, list[Any]], count: int) -> list[str | None]:
    """The data behind the event, with their bars as in a file; trailing empty ones are no data."""
    columns = [values[name] for name in _DATA if name in values]
    return [
        "|".join(_text(column[place]) or "" for column in columns).rstrip("|") or None
        for place in range(count)
    ]


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    text = str(value if value is not None else "").strip()
    try:
        if text.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(text), UTC)
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _whole(value: object) -> int | None:
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return None
