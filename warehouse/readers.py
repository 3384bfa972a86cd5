"""A chunk of a log to rows for the warehouse: bulk rows as an Arrow table, unreadable lines as rejects."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from warehouse.lines import Lines, Reject, line_begins, split_lines
from warehouse.local_times import utc_of
from warehouse.sources import Chunk
from warehouse.words import WORDS, Words

STOCK_COLUMNS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
)
TIME_COLUMNS = ("start", "answer", "end")
EPOCH_MIN, EPOCH_MAX = 946_684_800, 4_102_444_800  # the years 2000 to 2099
SECONDS_PER_DAY = 86_400
UNIQUEID = r"^(?:.+-)?\d{9,10}\.\d+$"
CHANNEL_SUFFIX = r"-[0-9a-f]{8,}(?:;[12])?$"
_EPOCH = date(1970, 1, 1)
_ARROW_TYPES = {name: pa.timestamp("us") for name in TIME_COLUMNS} | {
    name: pa.int32() for name in ("duration", "billsec")
}
_QUEUE_LOG_FIELDS = ("time", "callid", "queue", "agent", "event", "data")
_QUEUE_LOG_LINE = re.compile(rb"([1-9]\d{8,9})\|[^|]*\|[^|]*\|[^|]*\|[^|\r\n]")


@dataclass(frozen=True, slots=True)
class Rows:
    """`table` has the reader's `schema`; `rejects` goes to quarantine; `rows_by_day` counts by UTC day.

    `added` has the combinations of words that no chunk before had.
    """

    table: pa.Table
    rejects: list[Reject]
    rows_by_day: Counter[date]
    added: pl.DataFrame = field(default_factory=pl.DataFrame)


class Reader(Protocol):
    @property
    def schema(self) -> pa.Schema: ...

    def read(self, chunk: Chunk) -> Rows: ...


class QueueLogReader:
    """Asterisk's queue_log: `epoch|callid|queue|agent|EVENT|data...`, kept as delivered: every byte of a line.

    Columns: line_offset BIGINT, logged_at TIMESTAMP, callid VARCHAR, words_id INTEGER, data VARCHAR. `data` is all
    behind the event's bar, NULL where there is no bar. `logged_at` is the epoch, put right by the clock's offset.
    """

    schema = pa.schema(
        {
            "line_offset": pa.int64(),
            "logged_at": pa.timestamp("us"),
            "callid": pa.string_view(),
            "words_id": pa.int32(),
            "data": pa.string_view(),
        }
    )

    def __init__(self, words: Words | None = None, clock_offset_seconds: int = 0) -> None:
        self._words = words or Words(WORDS["queue_log"])
        self._ahead = clock_offset_seconds

    def read(self, chunk: Chunk) -> Rows:
        lines, rejects = split_lines(chunk.data, chunk.offset)
        if not lines.count:
            return Rows(self.schema.empty_table(), rejects, Counter())
        texts = lines.texts()
        frame = _queue_log_fields(texts, lines.offsets, self._ahead)
        readable = frame["is_readable"]
        if not readable.all():
            rejects.extend(_unreadable(texts.filter(~readable), lines.offsets[~readable.to_numpy()]))
            frame = frame.filter(readable)
        frame, added = self._words.numbered(frame)
        table = frame.select(self.schema.names).to_arrow(compat_level=pl.CompatLevel.newest())
        return Rows(table, rejects, _count_by_day(frame["epoch"]), added)


def _queue_log_fields(texts: pl.Series, offsets: npt.NDArray[np.int64], ahead: int) -> pl.DataFrame:
    """The lines' fields, and whether each line has a time, four bars, and an event behind them."""
    epoch = pl.col("time").cast(pl.Int64, strict=False)
    digits = pl.col("time").str.len_bytes()
    # Signs and spaces, which the cast takes, leave fewer digits than such a time has.
    is_time = epoch.is_between(EPOCH_MIN, EPOCH_MAX, closed="left") & (digits == 9 + (epoch >= 10**9))
    return (
        pl.LazyFrame({"line": texts, "line_offset": offsets})
        .select("line_offset", pl.col("line").str.splitn("|", 6).struct.unnest())
        .rename({f"field_{place}": name for place, name in enumerate(_QUEUE_LOG_FIELDS)})
        .with_columns(
            (epoch - ahead).alias("epoch"),
            ((epoch - ahead) * 1_000_000).cast(pl.Datetime("us")).alias("logged_at"),
            (is_time & (pl.col("event") != "")).fill_null(value=False).alias("is_readable"),
        )
        .collect()
    )


def _count_by_day(epochs: pl.Series) -> Counter[date]:
    counted = (epochs // SECONDS_PER_DAY).value_counts()
    return Counter({_EPOCH + timedelta(days=day): rows for day, rows in counted.iter_rows()})


def _unreadable(texts: pl.Series, offsets: npt.NDArray[np.int64]) -> list[Reject]:
    lines = zip(offsets.tolist(), (text.encode() for text in texts), strict=True)
    return [Reject(offset, queue_log_fault(line), line) for offset, line in lines]


def queue_log_fault(line: bytes) -> str:
    """Why a line that is text is no queue_log line."""
    match = _QUEUE_LOG_LINE.match(line)
    if match is None:
        return "not epoch|callid|queue|agent|EVENT" if line.count(b"|") >= 4 else "fewer than five fields"
    return f"time {int(match[1])} is not between the years 2000 and 2099"


class CdrReader:
    """Asterisk's CDR as CSV: the stock 16 to 18 columns, or those named in the settings.

    A 17th column is a uniqueid or a userfield, by its look. Rows without a uniqueid belong to one call as long
    as consecutive rows have the same channel: a channel's rows are written together when it hangs up.
    """

    def __init__(
        self,
        columns: Sequence[str] | None,
        timezone: str,
        last_run: tuple[str, str] | None,
        words: Words | None = None,
        clock_offset_seconds: int = 0,
    ) -> None:
        self._words = words or Words(WORDS["cdr"])
        self._names = tuple(columns) if columns else STOCK_COLUMNS
        self._is_stock = columns is None
        self._timezone = timezone
        self._last_run = last_run
        self._ahead = timedelta(seconds=clock_offset_seconds)
        names = [name for name in self._names if name not in ("-", *WORDS["cdr"])]
        self.schema = pa.schema(
            [("line_offset", pa.int64()), ("started_at", pa.timestamp("us")), ("words_id", pa.int32())]
            + [(name, _ARROW_TYPES.get(name, pa.string_view())) for name in ("_run", *names)]
        )

    def read(self, chunk: Chunk) -> Rows:
        lines, rejects = split_lines(chunk.data, chunk.offset)
        if not lines.count:
            return Rows(self.schema.empty_table(), rejects, Counter())
        frame = self._parse(lines.data)
        if frame is None or frame.height != lines.count:  # a quote left open swallows line ends
            frame, lines, unbalanced = self._parse_slowly(lines)
            rejects.extend(unbalanced)
        if not lines.count:
            return Rows(self.schema.empty_table(), rejects, Counter())
        frame = self._typed(frame.with_columns(pl.Series("line_offset", lines.offsets)))
        rejects.extend(_faults(frame, lines))
        readable = self._with_run(frame.filter(pl.col("fault").is_null()).drop("fault"))
        readable, added = self._words.numbered(_with_all_words(readable))
        table = readable.select(self.schema.names).to_arrow(compat_level=pl.CompatLevel.newest())
        by_day = _count_by_day(readable["started_at"].dt.epoch("s"))
        return Rows(table.cast(self.schema), rejects, by_day, added)

    def _parse(self, data: bytes) -> pl.DataFrame | None:
        try:
            return pl.read_csv(
                data,
                has_header=False,
                schema=self._schema(),
                truncate_ragged_lines=True,
                missing_columns="insert",
            )
        except pl.exceptions.PolarsError:
            return None

    def _parse_slowly(self, lines: Lines) -> tuple[pl.DataFrame, Lines, list[Reject]]:
        """Line by line with the csv module: a line whose quotes do not pair is rejected, the others stay."""
        width = len(self._names) + 1
        rows: list[list[str | None]] = []
        rejects: list[Reject] = []
        is_kept = []
        texts = lines.data.split(b"\n")[:-1]
        for offset, text in zip(lines.offsets.tolist(), texts, strict=True):
            fields = _fields(text)
            is_kept.append(fields is not None)
            if fields is None:
                rejects.append(Reject(offset, "quotes that do not pair", text.rstrip(b"\r")))
            else:
                rows.append([*fields[:width], *[None] * (width - len(fields))])
        data = b"".join(text + b"\n" for text, keep in zip(texts, is_kept, strict=True) if keep)
        frame = pl.DataFrame(rows, schema=self._schema(), orient="row")
        return frame, Lines(data, line_begins(data), lines.offsets[is_kept]), rejects

    def _schema(self) -> dict[str, type[pl.String]]:
        return {f"c{index}": pl.String for index in range(len(self._names) + 1)}

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        overflow = f"c{len(self._names)}"
        frame = frame.rename(
            {f"c{i}": name if name != "-" else f"-{i}" for i, name in enumerate(self._names)}
        )
        if self._is_stock and frame["userfield"].null_count():
            frame = frame.with_columns(_seventeenth_column())
        frame = frame.with_columns(_time(frame[name]) for name in TIME_COLUMNS if name in frame.columns)
        frame = frame.with_columns(
            pl.col(name).cast(pl.Int32, strict=False)
            for name in ("duration", "billsec")
            if name in frame.columns
        )
        uniqueid = "uniqueid" if "uniqueid" in frame.columns else None
        frame = frame.with_columns(
            (utc_of("start", self._timezone, uniqueid) - self._ahead).alias("started_at")
        )
        fault = _fault_of_row(overflow, "amaflags" if self._is_stock else "disposition")
        ignored = [name for name in frame.columns if name.startswith("-")]
        return frame.with_columns(fault).drop([*ignored, overflow])

    def _with_run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Adds `_run`, the key of a call whose rows have no uniqueid: its channel and the first row's start."""
        has_id = (
            pl.col("uniqueid").fill_null("") != "" if "uniqueid" in frame.columns else pl.lit(value=False)
        )
        if not frame.height or frame.select(has_id.all()).item():
            return frame.with_columns(pl.lit(None, pl.String).alias("_run"))
        channel, run = self._last_run or ("", "")
        begins = pl.col("channel") != pl.col("channel").shift(1, fill_value=channel)
        # A peer may be named by a person's number: masked, for the key is published.
        peer = pl.col("channel").str.replace(CHANNEL_SUFFIX, "").str.replace_all(r"\d{5,}(\d{2})", "***$1")
        suffix = pl.col("channel").str.extract(f"({CHANNEL_SUFFIX})").fill_null("")
        key = peer + suffix + "@" + pl.col("started_at").dt.epoch("s").cast(pl.String)
        keyed = frame.with_columns(
            pl.when(has_id)
            .then(None)
            .otherwise(pl.when(begins).then(key).forward_fill().fill_null(run))
            .alias("_run")
        )
        self._last_run = (keyed["channel"][-1], keyed["_run"][-1] or "")
        return keyed


def _with_all_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Empty ones where a CDR of the settings' columns has none."""
    missing = [name for name in WORDS["cdr"] if name not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)


def _seventeenth_column() -> list[pl.Expr]:
    is_userfield = pl.col("userfield").is_null() & ~pl.col("uniqueid").str.contains(UNIQUEID)
    return [
        pl.when(is_userfield).then(None).otherwise(pl.col("uniqueid")).alias("uniqueid"),
        pl.when(is_userfield).then(pl.col("uniqueid")).otherwise(pl.col("userfield")).alias("userfield"),
    ]


def _time(texts: pl.Series) -> pl.Series:
    """Asterisk writes whole seconds; some backends add a fraction, which is slower to read. Few times repeat."""
    times = texts.str.strptime(pl.Datetime("us"), "%Y-%m-%d %H:%M:%S", strict=False, cache=False)
    if times.null_count() == texts.null_count() + (texts == "").sum():
        return times
    return texts.str.strptime(pl.Datetime("us"), "%Y-%m-%d %H:%M:%S%.f", strict=False, cache=False)


def _fault_of_row(overflow: str, last: str) -> pl.Expr:
    year = pl.col("start").dt.year()
    return (
        pl.when(pl.col(overflow).is_not_null())
        .then(pl.lit("more columns than expected"))
        .when(pl.any_horizontal(pl.col("channel", "disposition", last).is_null()))
        .then(pl.lit("fewer columns than expected"))
        .when(pl.col("start").is_null())
        .then(pl.lit("start is not a time"))
        .when((year < 2000) | (year > 2099))
        .then(pl.lit("start is not between the years 2000 and 2099"))
        .when(pl.col("started_at").is_null())
        .then(pl.lit("start is a time that cdr_timezone leaves out"))
        .alias("fault")
    )


def _faults(frame: pl.DataFrame, lines: Lines) -> list[Reject]:
    bad = frame.filter(pl.col("fault").is_not_null()).select("line_offset", "fault")
    if not bad.height:
        return []
    by_offset = dict(zip(lines.offsets.tolist(), lines.data.split(b"\n")[:-1], strict=True))
    return [Reject(offset, fault, by_offset[offset].rstrip(b"\r")) for offset, fault in bad.iter_rows()]


def _fields(line: bytes) -> list[str] | None:
    if line.count(b'"') % 2:
        return None
    try:
        rows = list(csv.reader([line.decode()], strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
