"""The statistics page, read and rendered in a thread of its own: a year has many cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import duckdb

from relay.console.rendering import Renderer
from relay.statistics.charts import day_rows, heat_map, reasons_met, wait_rows
from relay.statistics.numbers import NUMBERS
from relay.statistics.selection import PRESETS, Selection
from relay.statistics.tiles import callback_tiles, filled, reasons, tiles, waiting_tiles
from reports.overview import Overview, read_overview
from reports.report import known_days, local_time
from reports.snapshot import Snapshot
from reports.texts import Language, words

OLD: Final = timedelta(hours=26)  # of what is published once a day


@dataclass(frozen=True, slots=True)
class Shown:
    """Who looks, and at what; `choices` are his Companies by id and name."""

    selection: Selection
    language: Language
    choices: Sequence[tuple[str, str]]
    now: datetime
    common: dict[str, Any]


def statistics_page(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, shown: Shown, renderer: Renderer
) -> str:
    """HTML; NoSuchCompanyError where the file has no such Company."""
    selection = shown.selection
    overview = read_overview(con, selection.company, selection.period, selection.before, snapshot.known)
    own, numbers = words(shown.language), NUMBERS[shown.language]
    return renderer.text(
        "statistics.html",
        shown.language,
        overview=overview,
        selection=selection,
        presets=PRESETS,
        choices=shown.choices,
        words=own,
        numbers=numbers,
        tiles=tiles(overview, own, numbers),
        waiting=waiting_tiles(overview, own, numbers),
        callbacks=callback_tiles(overview, own, numbers),
        reasons=list(reasons(overview, own)),
        meaning=lambda term: filled(own.terms[term].meaning, overview),
        freshness=_freshness(snapshot, overview, shown.now),
        day_rows=day_rows(overview, shown.now.astimezone(overview.zone).date()),
        reasons_met=reasons_met(overview),
        heat=heat_map(overview, numbers),
        wait_rows=wait_rows(overview),
        known=known_days(snapshot.known, overview.zone),
        known_query=_known_query(snapshot, overview),
        **shown.common,
    )


def _known_query(snapshot: Snapshot, overview: Overview) -> str:
    """The last days that the logs cover, a month at most; "" where they cover none."""
    known = known_days(snapshot.known, overview.zone)
    if known is None:
        return ""
    first = max(known[0], known[1] - timedelta(days=30))
    return urlencode({"company": overview.company.id, "first": str(first), "last": str(known[1])})


def _freshness(snapshot: Snapshot, overview: Overview, now: datetime) -> dict[str, Any]:
    last = snapshot.last_at
    return {
        "published_at": local_time(snapshot.published_at, overview.zone),
        "last_at": local_time(last, overview.zone) if last else None,
        "is_old": now - snapshot.published_at > OLD or (last is not None and now - last > 2 * OLD),
    }
