"""The calls behind a figure and the story of one, read and rendered in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from relay.console.rendering import Renderer
from relay.errors import NotFound
from relay.statistics.numbers import NUMBERS
from relay.statistics.page import Shown
from relay.statistics.selection import CallQuery, CallsQuery
from relay.statistics.tickets import CallbackOf, Ticket
from reports.calls_list import WantedCalls, calls_page, hours_of, operator_names, read_story
from reports.report import Company, local_time, read_company
from reports.texts import Language, Words, words

PAGE: Final = 100
# How the lists that are no reason are called: a term of the figures.
_TERMS: Final = {
    **{name: name for name in ("incoming", "queued", "answered", "not_answered", "outgoing", "transferred")},
    "successful": "outgoing_successful",
    "within": "service_level",
    "short": "abandoned_short",
    "hidden": "hidden_callers",
}
_AT: Final = "/statistics/calls"


@dataclass(frozen=True, slots=True)
class CallView:
    """A call that is looked at, and what the relay itself knows of it."""

    query: CallQuery
    language: Language
    zone: ZoneInfo
    ticket: Ticket | None
    callback: CallbackOf | None
    common: dict[str, Any]


def calls_list_page(
    con: duckdb.DuckDBPyConnection, query: CallsQuery, shown: Shown, renderer: Renderer
) -> str:
    selection, own = shown.selection, words(shown.language)
    company = read_company(con, selection.company)
    page = calls_page(con, _wanted(query, shown, ZoneInfo(company.timezone)))
    names = operator_names(con)
    return renderer.text(
        "calls.html",
        shown.language,
        page=page,
        query=query,
        company=company,
        selection=selection,
        title=_list_name(query.which, own, company),
        operator=names.get(query.operator, query.operator),
        names=names,
        first_page=query.first_page(_AT) if query.after else "",
        next_page=query.next_page(_AT, page.following) if page.following else "",
        **_told(shown.language, ZoneInfo(company.timezone)),
        **shown.common,
    )


def call_page(con: duckdb.DuckDBPyConnection, view: CallView, renderer: Renderer) -> str:
    """NotFound where the Company has no such call."""
    story = read_story(con, view.query.company, view.query.call)
    if story is None:
        raise NotFound("no such call")
    return renderer.text(
        "call.html",
        view.language,
        story=story,
        call=story.call,
        ticket=view.ticket,
        callback=view.callback,
        names=operator_names(con),
        day=local_time(story.call.started_at, view.zone).date(),
        **_told(view.language, view.zone),
        **view.common,
    )


def _wanted(query: CallsQuery, shown: Shown, zone: ZoneInfo) -> WantedCalls:
    period, hours = shown.selection.period, None
    if query.weekday is not None and query.hour is not None:
        hours = hours_of(period, query.weekday, query.hour, zone)
    company, queue, operator = shown.selection.company, query.queue or None, query.operator or None
    return WantedCalls(company, period, query.which, queue, operator, hours, query.place, PAGE)


def _list_name(which: str, own: Words, company: Company) -> str:
    """`own.calls` of those that are not told apart."""
    if term := own.reasons.get(which):
        return term.name
    name = own.terms[_TERMS[which]].name if which in _TERMS else own.calls
    return name.format(
        service_level=company.service_level_seconds, short_abandon=company.short_abandon_seconds
    )


def _told(language: Language, zone: ZoneInfo) -> dict[str, Any]:
    """How a page of calls says times and outcomes."""
    own, numbers = words(language), NUMBERS[language]
    local: Callable[[datetime], datetime] = lambda at: local_time(at, zone)  # noqa: E731 - with its zone
    return {
        "words": own,
        "numbers": numbers,
        "local": local,
        "reason_names": {key: term.name for key, term in own.reasons.items()},
    }
