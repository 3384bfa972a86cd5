"""Chunks to rows: queue_log and the shapes of CDR, clean, damaged, and in local time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.settings import CDR_COLUMNS
from warehouse.readers import (
    EPOCH_MAX,
    EPOCH_MIN,
    STOCK_COLUMNS,
    CdrReader,
    QueueLogReader,
    Reader,
    queue_log_fault,
)
from warehouse.sources import Chunk
from warehouse.words import WORDS

Fates = dict[int, tuple[str, Any]]


def read(reader: Reader, chunks: Sequence[Chunk]) -> Fates:
    """By offset: the row, or the reason and the bytes."""
    found: list[tuple[int, tuple[str, Any]]] = []
    words: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        rows = reader.read(chunk)
        assert rows.table.schema == reader.schema
        for added in rows.added.to_dicts():
            assert added["words_id"] not in words
            words[added.pop("words_id")] = added
        lines = [row | words.get(row.pop("words_id"), {}) for row in rows.table.to_pylist()]
        found += [(line["line_offset"], ("row", line)) for line in lines]
        found += [(reject.offset, (reject.reason, reject.line)) for reject in rows.rejects]
        assert sum(rows.rows_by_day.values()) == rows.table.num_rows
    assert len(dict(found)) == len(found), "a line has one fate"
    return dict(found)


def read_rows(reader: Reader, data: bytes) -> list[dict[str, Any]]:
    fates = read(reader, [Chunk(0, data)])
    assert {fate for fate, _ in fates.values()} <= {"row"}
    return [row for _, (_, row) in sorted(fates.items())]


def read_reasons(reader: Reader, data: bytes) -> list[str]:
    return [fate for _, (fate, _) in sorted(read(reader, [Chunk(0, data)]).items())]


def in_pieces(lines: Sequence[bytes], last_of_pieces: set[int]) -> list[Chunk]:
    chunks: list[Chunk] = []
    offset, piece = 0, b""
    for number, line in enumerate(lines):
        piece += line
        if number in last_of_pieces or number == len(lines) - 1:
            chunks.append(Chunk(offset, piece))
            offset, piece = offset + len(piece), b""
    return chunks


def offsets_of(lines: Sequence[bytes]) -> list[int]:
    return [sum(map(len, lines[:number])) for number in range(len(lines))]


# queue_log

EVENT = b"1795424340|lab-1795424340.1|acme-support|NONE|ENTERQUEUE||79160010002|1"
QUEUE_LOG_LINES = st.one_of(
    st.sampled_from(
        [
            EVENT,
            b"",
            b"1795424340|||| ",
            b"1795424340||||",
            b"1795424340|||||",
            b"1795424340||||\r",
            b"1795424340||||E\r",
            b"|1795424340|||E",
            b"99999999|||E|",
            b"999999999||||E",
            b"17954243400||||E",
            b"+795424340||||E",
            b"0946684800||||E",
            b"1795424340 ||||E",
            b"\0\0",
            b"\xff|||E",
        ]
    ),
    st.from_regex(rb"[0-4]\d{8,9}\|[a|]{3,5}E?", fullmatch=True).map(lambda line: line.replace(b"\n", b"")),
    st.binary(min_size=3, max_size=30).map(lambda line: b"x" + line.replace(b"\n", b"")),
).map(lambda line: line + b"\n")
READABLE = re.compile(rb"([1-9]\d{8,9})\|[^|]*\|[^|]*\|[^|]*\|[^|\r\n]")


def is_event(line: bytes) -> bool:
    """The definition, told slowly."""
    match = READABLE.match(line)
    return match is not None and EPOCH_MIN <= int(match[1]) < EPOCH_MAX and is_text(line)


def event_row(offset: int, line: str) -> dict[str, Any]:
    time, callid, queue, agent, event, *data = line.split("|", 5)
    return {
        "line_offset": offset,
        "logged_at": datetime.fromtimestamp(int(time), UTC).replace(tzinfo=None),
        "callid": callid,
        "queue": queue,
        "agent": agent,
        "event": event,
        "data": data[0] if data else None,
    }


def is_text(line: bytes) -> bool:
    try:
        return "\0" not in line.decode("utf-8")
    except UnicodeDecodeError:
        return False


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(QUEUE_LOG_LINES, min_size=1, max_size=12), cuts=st.sets(st.integers(0, 12)))
def test_a_queue_log_line_is_an_event_or_in_quarantine_however_it_is_cut(
    lines: list[bytes], cuts: set[int]
) -> None:
    fates = read(QueueLogReader(), in_pieces(lines, cuts))
    for offset, line in zip(offsets_of(lines), lines, strict=True):
        if is_event(line):
            assert fates.pop(offset) == ("row", event_row(offset, line.rstrip(b"\r\n").decode()))
        elif line.strip():
            reason, kept = fates.pop(offset)
            assert reason != "row"
            assert kept == line.rstrip(b"\r\n")
    assert not fates


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"Asterisk restarted", "fewer than five fields"),
        (b"1795424340|a|b|c", "fewer than five fields"),
        (b"||||", "not epoch|callid|queue|agent|EVENT"),
        (b"1795424340|a|b|c|", "not epoch|callid|queue|agent|EVENT"),
        (b"179542434x|a|b|c|E", "not epoch|callid|queue|agent|EVENT"),
        (b"17954243400|a|b|c|E", "not epoch|callid|queue|agent|EVENT"),
        (b"0946684800|a|b|c|E", "not epoch|callid|queue|agent|EVENT"),
        (b"946684799|a|b|c|E", "time 946684799 is not between the years 2000 and 2099"),
        (b"4102444800|a|b|c|E", "time 4102444800 is not between the years 2000 and 2099"),
    ],
)
def test_why_a_line_is_no_event(line: bytes, reason: str) -> None:
    assert queue_log_fault(line) == reason
    assert read_reasons(QueueLogReader(), EVENT + b"\n" + line + b"\n") == ["row", reason]


def test_events_are_counted_by_utc_day() -> None:
    midnight = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp())
    data = b"".join(b"%d|a|b|c|E\n" % (midnight + seconds) for seconds in (-86401, -1, 0, 1, 86399))
    rows = QueueLogReader().read(Chunk(0, data))
    days = [date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)]
    assert rows.rows_by_day == Counter(dict(zip(days, (1, 1, 3), strict=True)))


# CDR

STOCK = dict.fromkeys(STOCK_COLUMNS, "") | {
    "accountcode": "acme",
    "src": "79160010002",
    "dst": "5551000",
    "dcontext": "incoming",
    "clid": '"Anna, of \\ the ""North""" <79160010002>',
    "channel": "PJSIP/trunk-00000001",
    "dstchannel": "PJSIP/101-00000002",
    "lastapp": "Queue",
    "lastdata": "acme-support,tT,,,10",
    "start": "2026-11-23 09:00:00",
    "answer": "2026-11-23 09:00:01",
    "end": "2026-11-23 09:00:31",
    "duration": "31",
    "billsec": "30",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": "lab-1795424400.1",
    "userfield": "",
}
BARE = {"duration", "billsec"}  # Asterisk quotes the others, and doubles the quotes in them


def cdr_row(columns: Sequence[str] = STOCK_COLUMNS, **values: str) -> bytes:
    row = STOCK | values
    return ",".join(_cdr_field(name, row.get(name, "")) for name in columns).encode() + b"\n"


def _cdr_field(name: str, value: str) -> str:
    is_bare = name in BARE or (name == "answer" and not value)
    return value if is_bare else '"' + value.replace('"', '""') + '"'


def reader(
    columns: Sequence[str] | None = None, timezone: str = "UTC", last_run: tuple[str, str] | None = None
) -> CdrReader:
    return CdrReader(columns, timezone, last_run)


def test_the_18_columns_of_the_stock_cdr() -> None:
    (row,) = read_rows(reader(), cdr_row())
    times = {name: datetime.fromisoformat(STOCK[name]) for name in ("start", "answer", "end")}
    expected = STOCK | times | {"duration": 31, "billsec": 30, "started_at": times["start"], "_run": None}
    assert row == {"line_offset": 0} | expected


@pytest.mark.parametrize(
    ("columns", "uniqueid", "userfield"),
    [
        (STOCK_COLUMNS, "lab-1795424400.1", "hint"),
        (STOCK_COLUMNS[:17], "lab-1795424400.1", None),  # loguniqueid=yes alone
        ((*STOCK_COLUMNS[:16], "userfield"), None, "hint"),  # loguserfield=yes alone
        (STOCK_COLUMNS[:16], None, None),  # the stock default
    ],
)
def test_a_cdr_of_16_17_or_18_columns(
    columns: Sequence[str], uniqueid: str | None, userfield: str | None
) -> None:
    (row,) = read_rows(reader(), cdr_row(columns, userfield="hint"))
    assert (row["uniqueid"], row["userfield"]) == (uniqueid, userfield)


@pytest.mark.parametrize("uniqueid", ["1795424400.1", "lab-1795424400.1", "a-b-1795424400.123456"])
def test_a_17th_column_that_looks_like_a_uniqueid_is_one(uniqueid: str) -> None:
    (row,) = read_rows(reader(), cdr_row(STOCK_COLUMNS[:17], uniqueid=uniqueid))
    assert row["uniqueid"] == uniqueid


@pytest.mark.parametrize("userfield", ["", "ivr", "1795424400", "order 1795424400.1 paid", "8.1"])
def test_a_17th_column_that_does_not_is_the_userfield(userfield: str) -> None:
    (row,) = read_rows(reader(), cdr_row(STOCK_COLUMNS[:17], uniqueid=userfield))
    assert (row["uniqueid"], row["userfield"]) == (None, userfield)


def test_a_custom_cdr_has_the_columns_the_settings_name() -> None:
    columns = (
        "linkedid",
        "start",
        "-",
        "channel",
        "disposition",
        "uniqueid",
        "did",
        "recordingfile",
        "billsec",
    )
    values = {"linkedid": "lab-1795424399.9", "-": "not ours", "did": "5551000", "recordingfile": "a.wav"}
    (row,) = read_rows(reader(columns), cdr_row(columns, **values))
    assert row.keys() == {"line_offset", "started_at", "_run", *columns, *WORDS["cdr"]} - {"-"}
    assert {row[name] for name in WORDS["cdr"] if name not in columns} == {None}
    assert (row["linkedid"], row["did"], row["billsec"]) == ("lab-1795424399.9", "5551000", 30)


def test_every_column_the_settings_may_name_can_be_read() -> None:
    (row,) = read_rows(reader(CDR_COLUMNS), cdr_row(CDR_COLUMNS, sequence="7", peeraccount="globex"))
    assert row.keys() == {"line_offset", "started_at", "_run", *CDR_COLUMNS}
    assert (row["sequence"], row["peeraccount"]) == ("7", "globex")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (cdr_row(STOCK_COLUMNS[:15]), "fewer columns than expected"),
        (cdr_row((*STOCK_COLUMNS, "linkedid")), "more columns than expected"),
        (cdr_row(start="2026-13-32 25:61:00"), "start is not a time"),
        (cdr_row(start="2026-02-30 10:00:00"), "start is not a time"),
        (cdr_row(start=""), "start is not a time"),
        (cdr_row(start="1970-01-01 00:00:00"), "start is not between the years 2000 and 2099"),
        (cdr_row()[:15] + b"\n", "quotes that do not pair"),
        (b"only text\n", "fewer columns than expected"),
    ],
)
def test_why_a_row_cannot_be_read(line: bytes, reason: str) -> None:
    assert read_reasons(reader(), cdr_row() + line + cdr_row()) == ["row", reason, "row"]


def test_times_and_numbers_that_make_no_sense_are_empty() -> None:
    (row,) = read_rows(
        reader(), cdr_row(answer="x", end="0000-00-00 00:00:00", duration="-", billsec="9" * 20)
    )
    assert [row[name] for name in ("answer", "end", "duration", "billsec")] == [None] * 4


def test_fractions_of_a_second_are_read() -> None:
    (row,) = read_rows(reader(), cdr_row(start="2026-11-23 09:00:00.250000"))
    assert row["started_at"] == datetime.fromisoformat("2026-11-23 09:00:00.250")


# A row's text, a cut inside quotes, one row written into another, columns too few and too many. Left out, as
# the reader takes them one way or another by what else is in the chunk: fields that are empty and not quoted.
FIELD = st.text(alphabet='",a0 |я\\', max_size=6)
ROWS = st.builds(
    cdr_row,
    columns=st.sampled_from([STOCK_COLUMNS, STOCK_COLUMNS[:14], (*STOCK_COLUMNS, "linkedid")]),
    src=FIELD,
    clid=FIELD,
    lastdata=FIELD,
    start=st.sampled_from(["2026-11-23 09:00:00", "2026-11-23 23:59:59", "x", "1970-01-01 00:00:00"]),
    answer=st.sampled_from(["2026-11-23 09:00:01", ""]),
    billsec=st.sampled_from(["0", "30", "x"]),
    userfield=FIELD,
)


def cut_in_quotes(row: bytes, length: int) -> bytes:
    cut = row[: length % len(row)]
    return cut if cut.count(b'"') % 2 else cut + b'"'


DAMAGED = st.builds(cut_in_quotes, ROWS, st.integers(1, 999))
CDR_LINES = st.one_of(
    ROWS,
    ROWS,
    DAMAGED.map(lambda cut: cut + b"\n"),
    st.tuples(DAMAGED, DAMAGED).map(lambda cuts: cuts[0] + b"\n" + cuts[1] + b"\n"),
    st.tuples(DAMAGED, ROWS).map(b"".join),
    st.sampled_from([b"\n", b"\0\0\0\n", b'"\xff"\n', b'"\n']),
)


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(CDR_LINES, min_size=1, max_size=8), cuts=st.sets(st.integers(0, 12)))
def test_a_cdr_line_is_a_row_or_in_quarantine_however_it_is_cut(lines: list[bytes], cuts: set[int]) -> None:
    lines = [line + b"\n" for line in b"".join(lines).split(b"\n")[:-1]]
    whole = read(reader(), in_pieces(lines, set()))
    assert read(reader(), in_pieces(lines, cuts)) == whole
    for offset, line in zip(offsets_of(lines), lines, strict=True):
        assert (offset in whole) == bool(line.strip())


@settings(max_examples=100, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), st.text(alphabet='",a\r\n\0', max_size=200).map(str.encode)))
def test_no_bytes_make_a_reader_raise_and_every_line_has_its_fate(data: bytes) -> None:
    data += b"\n"
    begins = {0, *(index + 1 for index, byte in enumerate(data[:-1]) if byte == ord("\n"))}
    blank = {begin for begin in begins if not data[begin:].partition(b"\n")[0].strip()}
    for each in (QueueLogReader(), reader(), reader(("start", "channel", "disposition", "uniqueid"))):
        fates = read(each, [Chunk(0, data)])
        assert begins - blank <= fates.keys() <= begins


# CDR without uniqueids: the rows of a channel are one call


def runs(each: CdrReader, *channels: str) -> list[str]:
    minutes = iter(range(60))
    data = b"".join(
        cdr_row(STOCK_COLUMNS[:16], channel=channel, start=f"2026-11-23 09:{next(minutes):02}:00")
        for channel in channels
    )
    return [row["_run"] for row in read_rows(each, data)]


def test_consecutive_rows_of_a_channel_are_one_call() -> None:
    first, second, third, fourth = runs(reader(), "A", "A", "B", "A")
    assert first == second == "A@1795424400"
    assert third == "B@1795424520"
    assert fourth == "A@1795424580"


def test_a_call_goes_on_over_the_end_of_a_chunk_and_of_a_load() -> None:
    same = reader()
    assert runs(same, "A", "B")[1:] == runs(same, "B")[:1]
    assert runs(reader(last_run=("B", "B@1795424460")), "B", "A")[0] == "B@1795424460"


# CDR in local time


def local(zone: str, *starts: str, **values: str) -> list[datetime]:
    data = b"".join(cdr_row(start=start, **values) for start in starts)
    return [row["started_at"].replace(tzinfo=UTC) for row in read_rows(reader(timezone=zone), data)]


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"])
def test_a_local_start_is_read_in_its_zone(zone: str) -> None:
    start = datetime(2026, 7, 1, 0, 10, tzinfo=ZoneInfo(zone))
    assert local(zone, "2026-07-01 00:10:00") == [start]


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "America/St_Johns", "Africa/Casablanca"]
)
@pytest.mark.parametrize("wait", [0, 5, 600])
def test_in_the_hour_that_comes_twice_the_uniqueid_tells_which_one_it_is(zone: str, wait: int) -> None:
    """The uniqueid was given when the channel began: at the CDR's start, or earlier where a leg came later."""
    for instant in instants_around_the_repeated_hour(zone):
        start = f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
        born = int(instant.timestamp()) - wait
        assert local(zone, start, uniqueid=f"lab-{born}.7") == [instant], start


def instants_around_the_repeated_hour(zone: str) -> list[datetime]:
    hours = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(24 * 365))
    changes = [hour for hour in hours if offset(hour, zone) > offset(hour + timedelta(hours=1), zone)]
    assert changes
    return [changes[0] + timedelta(minutes=minutes) for minutes in range(-60, 180, 10)]


def offset(at: datetime, zone: str) -> timedelta:
    found = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


def test_without_a_uniqueid_the_earlier_of_two_hours_is_taken() -> None:
    columns = tuple(name for name in STOCK_COLUMNS if name != "uniqueid")
    data = cdr_row(columns, start="2026-10-25 02:30:00")
    (row,) = read_rows(reader(columns, timezone="Europe/Berlin"), data)
    assert row["started_at"] == datetime.fromisoformat("2026-10-25 00:30:00")


def test_answer_and_end_stay_local_as_delivered() -> None:
    (row,) = read_rows(reader(timezone="Europe/Moscow"), cdr_row())
    assert row["start"] - row["started_at"] == timedelta(hours=3)
    assert row["end"] - row["start"] == timedelta(seconds=31)
