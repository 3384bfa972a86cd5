"""Loading the relay's facts: page by page into raw.relay_facts, each page and its cursor in one transaction.

The first page asked for begins with the last fact that is known. Where that is another one, or gone, the relay has
another store: its facts are read from the beginning, as a new feed, and those that are there already are left out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import duckdb
import polars as pl

from callcenter.settings import Settings, SettingsError
from warehouse.engine import transaction
from warehouse.fact_page import FactPage, FactRow, PageFault, read_page
from warehouse.lines import Reject
from warehouse.relay_api import RelayFault, client_of

PATH = "/api/v1/facts"
PAGE_FACTS = 1000
MOST_SECONDS = 300.0  # of one load: nobody else writes the warehouse meanwhile


class Client(Protocol):
    """Who asks the relay."""

    def get(self, path: str, query: dict[str, str]) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Feed:
    """As raw.relay_feed has it. `position` is the last fact's id; `last` its call and key where it could be read.

    `first_at` and `last_at` are when the first and the last fact were recorded, naive UTC.
    """

    feed_id: int
    url: str
    position: int = 0
    last: tuple[str, str] | None = None
    count_loaded: int = 0
    count_quarantined: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(slots=True)
class FactsResult:
    """What a load of facts did; `failure` says why it ended early, `has_more` that its time was up."""

    rows_loaded: int = 0
    rows_quarantined: int = 0
    failure: str | None = None
    is_new_store: bool = False
    has_more: bool = False

    @property
    def rows_read(self) -> int:
        return self.rows_loaded + self.rows_quarantined


def load_new_facts(con: duckdb.DuckDBPyConnection, settings: Settings) -> FactsResult | None:
    """What the relay recorded since; None where the settings name none. Never raises for a relay that fails."""
    if settings.relay_api is None:
        return None
    try:
        with client_of(settings.relay_api) as client:
            return load_facts(con, client, settings.relay_api.url)
    except SettingsError as error:
        return FactsResult(failure=str(error))


def load_facts(
    con: duckdb.DuckDBPyConnection, client: Client, url: str, page_facts: int = PAGE_FACTS
) -> FactsResult:
    """Page after page until there is none; what was loaded before a failure stays."""
    loader = _Loader(con, client, page_facts, replace(_newest_feed(con, url), url=url), FactsResult())
    try:
        loader.run()
    except (RelayFault, PageFault) as fault:
        said = str(fault)
        loader.result.failure = said if said.startswith(url) else f"{url}: {said}"
    return loader.result


@dataclass(slots=True)
class _Loader:
    con: duckdb.DuckDBPyConnection
    client: Client
    page_facts: int
    feed: Feed
    result: FactsResult

    def run(self) -> None:
        until = time.monotonic() + MOST_SECONDS
        page = self._first_page()
        self._take_in(page)
        while not page.is_empty:
            if time.monotonic() >= until:
                self.result.has_more = True
                return
            page = self._ask(self.feed.position)
            self._take_in(page)

    def _first_page(self) -> FactPage:
        """What comes after the last known fact; from the beginning where that is not there any more."""
        if self.feed.position == 0:
            return self._ask(0)
        page = self._ask(self.feed.position - 1)
        if _begins_with(page, self.feed):
            return _without(page, self.feed.position)
        self.result.is_new_store = True
        self.feed = Feed(self.feed.feed_id + 1, self.feed.url)
        return self._ask(0)

    def _ask(self, after: int) -> FactPage:
        query = {"cursor": str(after), "limit": str(self.page_facts)}
        return read_page(self.client.get(PATH, query), after)

    def _take_in(self, page: FactPage) -> None:
        loaded_at = datetime.now(UTC).replace(tzinfo=None)
        with transaction(self.con):
            loaded = _insert_rows(self.con, self.feed, page.rows, loaded_at)
            _insert_dirty(self.con, page.rows)
            _insert_rejects(self.con, self.feed, page.rejects, loaded_at)
            feed = _after(self.feed, page, loaded)
            _write_feed(self.con, feed, loaded_at)
        self.feed = feed
        self.result.rows_loaded += loaded
        self.result.rows_quarantined += len(page.rejects)


def _after(feed: Feed, page: FactPage, loaded: int) -> Feed:
    recorded = [at for at in (feed.first_at, feed.last_at) if at] + [row.recorded_at for row in page.rows]
    return replace(
        feed,
        position=page.cursor,
        last=feed.last if page.cursor == feed.position else _last_of(page),
        count_loaded=feed.count_loaded + loaded,
        count_quarantined=feed.count_quarantined + len(page.rejects),
        first_at=min(recorded, default=None),
        last_at=max(recorded, default=None),
    )


def _begins_with(page: FactPage, feed: Feed) -> bool:
    """Whether the page's first fact is the feed's last one."""
    rows = {row.id: (row.call_id, row.key) for row in page.rows}
    if feed.position in rows:
        return feed.last in (None, rows[feed.position])
    return any(reject.offset == feed.position for reject in page.rejects)


def _without(page: FactPage, number: int) -> FactPage:
    return replace(
        page,
        rows=[row for row in page.rows if row.id != number],
        rejects=[reject for reject in page.rejects if reject.offset != number],
    )


def _last_of(page: FactPage) -> tuple[str, str] | None:
    """None where the last fact could not be read."""
    last = page.rows[-1] if page.rows else None
    return (last.call_id, last.key) if last and last.id == page.cursor else None


def _newest_feed(con: duckdb.DuckDBPyConnection, url: str) -> Feed:
    row = con.execute(
        "SELECT feed_id, position, last_call_id, last_key, count_loaded, count_quarantined, first_recorded_at,"
        " last_recorded_at FROM raw.relay_feed ORDER BY feed_id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return Feed(1, url)
    last = (row[2], row[3]) if row[2] is not None else None
    return Feed(row[0], url, row[1], last, *row[4:])


def _write_feed(con: duckdb.DuckDBPyConnection, feed: Feed, answered_at: datetime) -> None:
    con.execute("DELETE FROM raw.relay_feed WHERE feed_id = $id", {"id": feed.feed_id})
    con.execute(
        "INSERT INTO raw.relay_feed VALUES ($feed_id, $url, $position, $last_call_id, $last_key, $count_loaded,"
        " $count_quarantined, $first_at, $last_at, $answered_at)",
        {
            "feed_id": feed.feed_id,
            "url": feed.url,
            "position": feed.position,
            "last_call_id": feed.last[0] if feed.last else None,
            "last_key": feed.last[1] if feed.last else None,
            "count_loaded": feed.count_loaded,
            "count_quarantined": feed.count_quarantined,
            "first_at": feed.first_at,
            "last_at": feed.last_at,
            "answered_at": answered_at,
        },
    )


_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.Int64,
    **dict.fromkeys(("call_id", "kind", "key", "company"), pl.String),
    **dict.fromkeys(("happened_at", "recorded_at"), pl.Datetime("us")),
    **dict.fromkeys(("number_key", "data"), pl.String),
    "callback": pl.Int64,
}
# A fact that another feed has brought, as from a relay's store that was restored, is the same fact.
_INSERT = """
INSERT INTO raw.relay_facts
SELECT $feed, id, $loaded_at, call_id, kind, "key", company, happened_at, recorded_at, number_key, data, callback
FROM facts
WHERE NOT EXISTS (
    FROM raw.relay_facts AS known
    WHERE known._source < $feed AND known.call_id = facts.call_id AND known."key" = facts."key"
)
"""


def _insert_rows(con: duckdb.DuckDBPyConnection, feed: Feed, rows: list[FactRow], loaded_at: datetime) -> int:
    if not rows:
        return 0
    columns = {name: [getattr(row, name) for row in rows] for name in _COLUMNS}
    con.register("facts", pl.DataFrame(columns, schema=_COLUMNS).to_arrow())
    try:
        row = con.execute(_INSERT, {"feed": feed.feed_id, "loaded_at": loaded_at}).fetchone()
    finally:
        con.unregister("facts")
    return int(row[0]) if row else 0


def _insert_dirty(con: duckdb.DuckDBPyConnection, rows: list[FactRow]) -> None:
    """The callbacks that the facts are about, to be built."""
    callbacks = sorted({row.callback for row in rows if row.callback is not None})
    con.execute(
        "INSERT INTO raw.dirty_callback SELECT unnest($callbacks::BIGINT[])", {"callbacks": callbacks}
    )


def _insert_rejects(
    con: duckdb.DuckDBPyConnection, feed: Feed, rejects: list[Reject], loaded_at: datetime
) -> None:
    for reject in rejects:
        con.execute(
            "INSERT INTO raw.quarantine VALUES ('', 'relay_facts', $url, $feed, $id, $loaded_at, $reason, $line)",
            {
                "url": feed.url,
                "feed": feed.feed_id,
                "id": reject.offset,
                "loaded_at": loaded_at,
                "reason": reject.reason,
                "line": reject.line,
            },
        )
