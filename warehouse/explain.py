"""A call's raw lines and what the marts say of it, read without writing anything.

The warehouse has one user at a time: whoever reads it holds the writer's lock, so read quickly and let go.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import starmap
from typing import Any

import duckdb

from callcenter.settings import Settings
from warehouse import catalog
from warehouse.engine import (
    WarehouseMissingError,
    load_settings_tables,
    marts_path,
    only_writer,
    quoted,
)
from warehouse.retention import erased_before

_MARGIN = timedelta(hours=1)  # lines that count for nothing may lie around those that do
_CLOCK_SLACK = timedelta(seconds=2)


class NoSuchCallError(Exception):
    """No call has this id or this uniqueid."""


@dataclass(frozen=True, slots=True)
class Event:
    """A queue_log line. `kind` is None where it counts for nothing; seconds as the line states them."""

    path: str
    offset: int
    logged_at: datetime
    line: str
    kind: str | None
    wait_seconds: int | None
    talk_seconds: int | None

    @property
    def fields(self) -> list[str]:
        return self.line.split("|")

    @property
    def queue(self) -> str:
        return self.fields[2]

    @property
    def agent(self) -> str:
        return self.fields[3]

    @property
    def event(self) -> str:
        return self.fields[4]

    @property
    def data(self) -> list[str]:
        """The data fields, the sixth and after."""
        return self.fields[5:]


@dataclass(frozen=True, slots=True)
class Leg:
    """A CDR row: `columns` as delivered, those that are not empty; the rest as the models read them."""

    path: str
    offset: int
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    uniqueid: str
    channel: str
    dstchannel: str
    lastapp: str
    dst: str
    did: str
    account_code: str | None
    billsec: int | None
    disposition: str
    hint: str | None
    is_local: bool
    is_answered: bool
    is_from_trunk: bool
    is_to_trunk: bool
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Pass:
    """A queue pass, as fct_queue_pass has it."""

    queue: str
    outcome: str
    entered_at: datetime
    connected_at: datetime | None
    ended_at: datetime | None
    closing_event: str | None
    operator: str | None
    rung_operators: list[str]
    wait_seconds: int | None
    talk_seconds: int | None
    is_talk_capped: bool
    is_answered: bool


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call, as fct_call has it; times are UTC."""

    call_id: str
    pbx: str
    company: str
    direction: str
    outcome: str
    started_at: datetime
    ended_at: datetime | None
    queue: str | None
    did: str | None
    operator: str | None
    wait_seconds: int | None
    talk_seconds: int | None
    is_answered: bool
    is_talk_known: bool
    is_talk_upper_bound: bool
    is_abandoned_short: bool
    is_without_cdr: bool
    first_event_at: datetime
    last_event_at: datetime

    @property
    def uniqueid(self) -> str:
        return self.call_id.removeprefix(f"{self.pbx}:")


@dataclass(frozen=True, slots=True)
class Link:
    """Two uniqueids of one call, and what told so: 'cdr', 'local', 'transfer' or 'run'."""

    uniqueid: str
    other_uniqueid: str
    source: str


@dataclass(frozen=True, slots=True)
class Explained:
    """All there is about a call; events and legs each in the order of time."""

    call: CallFacts
    passes: tuple[Pass, ...]
    events: tuple[Event, ...]
    legs: tuple[Leg, ...]
    links: tuple[Link, ...]
    erased_before: datetime | None
    callback_company: str | None  # of the entry it was dialled for, as the relay tells

    @property
    def is_erased(self) -> bool:
        """Whether lines of it may be gone: what is left explains less than its facts say."""
        return self.erased_before is not None and self.call.first_event_at < self.erased_before

    @property
    def uniqueids(self) -> list[str]:
        """Its channels', the call's own first."""
        others = {each for link in self.links for each in (link.uniqueid, link.other_uniqueid)}
        return [self.call.uniqueid, *sorted(others - {self.call.uniqueid})]


@contextlib.contextmanager
def read_warehouse(
    settings: Settings, wait_seconds: float = 600, on_wait: Callable[[], None] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, opened read-only under the writer's lock; the settings as the models want them.

    Raises:
        WarehouseMissingError: nothing was loaded yet.
        WarehouseBusyError: another run still writes after `wait_seconds`.

    """
    path, marts = settings.warehouse.path, marts_path(settings)
    if not (path.exists() and marts.exists()):
        raise WarehouseMissingError(f"{path} is not there yet: run `callcenter load` first")
    with only_writer(path, wait_seconds, on_wait):
        con = duckdb.connect(str(path), read_only=True)
        try:
            con.execute("SET enable_progress_bar = false")  # it goes to stdout
            con.execute(f"SET memory_limit = '{settings.warehouse.memory_limit_mb}MB'")
            con.execute(f"ATTACH {quoted(marts)} AS marts (READ_ONLY)")
            load_settings_tables(con, settings)
            if not _has_words(con):
                raise WarehouseMissingError(f"{path} is of an older version: run `callcenter load` first")
            for model in catalog.in_layer("staging"):  # those in the file may be of an older version
                con.execute(model.sql.replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMP VIEW"))
            yield con
        finally:
            con.close()


def _has_words(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'queue_log_words'")
    return bool(found.fetchall())


def explain_call(con: duckdb.DuckDBPyConnection, pbxs: Sequence[str], uniqueid: str) -> Explained:
    """Reads a call of one of these PBXs by the uniqueid (or callid, or linkedid) of any of its channels.

    Raises:
        NoSuchCallError: none of them has such a call; or several have.

    """
    found = [call for pbx in pbxs for call in _calls(con, pbx, uniqueid)]
    if not found:
        raise NoSuchCallError(f"no call {uniqueid} of {' or '.join(pbxs)}")
    if len(found) > 1:
        ids = ", ".join(call.call_id for call in found)
        raise NoSuchCallError(f"{uniqueid} is in several calls: name one of {ids}")
    call = found[0]
    links = _links(con, call.pbx, call.uniqueid)
    uniqueids = sorted({call.uniqueid} | {u for link in links for u in (link.uniqueid, link.other_uniqueid)})
    passes = _passes(con, call)
    reach = {
        "pbx": call.pbx,
        "uniqueids": uniqueids,
        "first": call.first_event_at - _MARGIN,
        "last": call.last_event_at + _MARGIN,
    }
    restarts = con.execute(_RESTARTS, {"pbx": call.pbx, "open_at": _open_since(passes)}).fetchall()
    return Explained(
        call=call,
        passes=passes,
        events=_in_order([*con.execute(_EVENTS, reach).fetchall(), *restarts]),
        legs=tuple(_legs(con, reach)),
        links=links,
        erased_before=erased_before(con),
        callback_company=_callback_company(con, call),
    )


_PASSES = """
SELECT queue, outcome, entered_at, connected_at, ended_at, closing_event, operator,
    coalesce(rung_operators, []), wait_seconds, talk_seconds, coalesce(is_talk_capped, FALSE), is_answered
FROM marts.fct_queue_pass
WHERE call_id = $call_id
ORDER BY entered_at, ended_at, queue
"""

_EVENTS = """
SELECT s.path, q._offset, q.logged_at, q.line, e.kind, e.wait_seconds, e.talk_seconds
FROM stg_queue_line AS q
JOIN raw.source AS s ON s.source_id = q._source
LEFT JOIN (
    SELECT * FROM stg_queue_event WHERE pbx = $pbx AND logged_at BETWEEN $first AND $last
) AS e ON e._source = q._source AND e._offset = q._offset
WHERE q.pbx = $pbx AND q.logged_at BETWEEN $first AND $last
    AND q.callid IN (SELECT unnest($uniqueids))
ORDER BY s.first_line_key, s.identity, q._offset
"""

# Asterisk's start belongs to no call, but cuts those that have not ended.
_RESTARTS = """
SELECT s.path, q._offset, q.logged_at, q.line, 'restart', NULL, NULL
FROM stg_queue_line AS q
JOIN raw.source AS s ON s.source_id = q._source
WHERE q.pbx = $pbx AND q.event = 'QUEUESTART' AND q.logged_at = (
    SELECT min(restarted_at) FROM intermediate.restart WHERE pbx = $pbx AND restarted_at > $open_at
)
LIMIT 1
"""

_LEGS = """
SELECT s.path, v._offset, v.started_at, v.answered_at, v.ended_at, v.uniqueid, v.channel, v.dstchannel,
    coalesce(v.lastapp, ''), coalesce(v.dst, ''), coalesce(v.did, ''), v.account_code, v.billsec, r.disposition,
    v.hint, v.is_local, v.is_answered, v.is_from_trunk, v.is_to_trunk,
    COLUMNS(r.* EXCLUDE (pbx, _source, _offset, _loaded_at, _run, started_at))::VARCHAR
FROM stg_cdr AS v
JOIN stg_as_delivered_cdr AS r ON r._source = v._source AND r._offset = v._offset
JOIN raw.source AS s ON s.source_id = v._source
WHERE v.pbx = $pbx AND v.started_at BETWEEN $first AND $last AND r.started_at BETWEEN $first AND $last
    AND v.uniqueid IN (SELECT unnest($uniqueids))
ORDER BY v.started_at, v.ended_at, s.path, v._offset
"""
_CALL = (
    "SELECT call_id, pbx, company_id, direction, outcome, started_at, ended_at, queue, did, operator, wait_seconds,"
    " talk_seconds, is_answered, is_talk_known, is_talk_upper_bound, is_abandoned_short, is_without_cdr,"
    " first_event_at, last_event_at FROM marts.fct_call WHERE call_id IN (SELECT unnest($call_ids))"
)


def _calls(con: duckdb.DuckDBPyConnection, pbx: str, uniqueid: str) -> list[CallFacts]:
    links = _links(con, pbx, uniqueid)
    uniqueids = {uniqueid} | {each for link in links for each in (link.uniqueid, link.other_uniqueid)}
    rows = con.execute(_CALL, {"call_ids": [f"{pbx}:{each}" for each in uniqueids]}).fetchall()
    return list(starmap(CallFacts, rows))


def _links(con: duckdb.DuckDBPyConnection, pbx: str, uniqueid: str) -> tuple[Link, ...]:
    """All that leads from this uniqueid to others, and from those on."""
    known = {uniqueid}
    links: set[Link] = set()
    while True:
        rows = con.execute(
            "SELECT uniqueid, other_uniqueid, source FROM intermediate.call_link WHERE pbx = $pbx"
            " AND (uniqueid IN (SELECT unnest($known)) OR other_uniqueid IN (SELECT unnest($known)))",
            {"pbx": pbx, "known": sorted(known)},
        ).fetchall()
        found = {Link(*row) for row in rows}
        if found == links:
            return tuple(sorted(links, key=lambda link: (link.uniqueid, link.other_uniqueid, link.source)))
        links = found
        known |= {each for link in links for each in (link.uniqueid, link.other_uniqueid)}


def _callback_company(con: duckdb.DuckDBPyConnection, call: CallFacts) -> str | None:
    row = con.execute(
        "SELECT min(company_id) FROM stg_relay_facts WHERE starts_with(kind, 'callback_') AND pbx = $pbx"
        " AND 'callback-' || claim = $uniqueid AND company_id IN (SELECT company_id FROM setting_company)",
        {"pbx": call.pbx, "uniqueid": call.uniqueid},
    ).fetchone()
    return row[0] if row else None


def _passes(con: duckdb.DuckDBPyConnection, call: CallFacts) -> tuple[Pass, ...]:
    rows = con.execute(_PASSES, {"call_id": call.call_id}).fetchall()
    return tuple(starmap(Pass, rows))


def _open_since(passes: Sequence[Pass]) -> datetime | None:
    return min((each.entered_at for each in passes if each.ended_at is None), default=None)


def _in_order(rows: Sequence[tuple[Any, ...]]) -> tuple[Event, ...]:
    """By time, as the models order them: a clock that is set back does not change the order of lines.

    The rows come in the order of the files.
    """
    timed: list[tuple[datetime, int, Event]] = []
    latest: datetime | None = None
    for position, row in enumerate(rows):
        event = Event(*row)
        latest = max(latest or event.logged_at, event.logged_at)
        at = event.logged_at if event.logged_at >= latest - _CLOCK_SLACK else latest
        timed.append((at, position, event))
    return tuple(event for _, _, event in sorted(timed, key=lambda each: each[:2]))


def _legs(con: duckdb.DuckDBPyConnection, reach: dict[str, object]) -> Iterator[Leg]:
    cursor = con.execute(_LEGS, reach)
    names = [column[0] for column in cursor.description or ()]
    own = len(fields(Leg)) - 1
    for row in cursor.fetchall():
        delivered = zip(names[own:], row[own:], strict=True)
        yield Leg(*(*row[:own], {name: value for name, value in delivered if value}))
