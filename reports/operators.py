"""Operators' passes and times of a period, read from the published marts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb

from reports.figures import PassFigures, Period, operator_figures
from reports.queries import rows_of


@dataclass(frozen=True, slots=True)
class OperatorPasses:
    """What the queues offered an operator; `talk_known`: of how many passes the talk is known."""

    login: str
    name: str
    offered: int
    answered: int
    talk_seconds: int
    talk_known: int
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class OperatorFigures(OperatorPasses):
    """With the operator's times; `login_seconds` is None where no log-in was ever logged."""

    pauses: int
    pause_seconds: int
    login_seconds: int | None


def operator_passes_of(
    con: duckdb.DuckDBPyConnection, company: str, period: Period
) -> tuple[OperatorPasses, ...]:
    """By name. Times are apart: they are made from every line since the log's beginning."""
    return tuple(sorted(_passes(con, company, period), key=_by_name))


def _passes(
    con: duckdb.DuckDBPyConnection, company: str, period: Period, more: Iterable[str] = ()
) -> Iterator[OperatorPasses]:
    """Of whoever the queues rang, and of `more` logins."""
    names: dict[str, str] = dict(rows_of(con, "report_operator_names"))
    passes = {each.name: each for each in operator_figures(con, period, company)}
    of_period = {"company": company, "first": period.first, "until": period.until}
    talk_known = dict(rows_of(con, "report_operator_talk", of_period))
    for login in {*passes, *more}:
        own = passes.get(login, PassFigures(company, login, 0, 0, 0, 0))
        yield OperatorPasses(
            login=login,
            name=names.get(login, login),
            offered=own.offered,
            answered=own.answered,
            talk_seconds=own.talk_seconds,
            talk_known=talk_known.get(login, 0),
            wait_seconds=own.wait_seconds,
        )


def operators_of(
    con: duckdb.DuckDBPyConnection, company: str, period: Period, zone: ZoneInfo
) -> tuple[OperatorFigures, ...]:
    """By name: whoever the queues rang, and whoever was logged in to or paused in a queue of the Company."""
    return tuple(sorted(_operators(con, company, period, zone), key=_by_name))


def _operators(
    con: duckdb.DuckDBPyConnection, company: str, period: Period, zone: ZoneInfo
) -> Iterator[OperatorFigures]:
    instants = {"from_at": _midnight(period.first, zone), "until_at": _midnight(period.until, zone)}
    times = {
        row[0]: row[1:] for row in rows_of(con, "report_operator_times", {"company": company, **instants})
    }
    more = (
        login for login, (is_member, pauses, _, seconds) in times.items() if is_member and (pauses or seconds)
    )
    for own in _passes(con, company, period, more):
        _, pauses, pause_seconds, login_seconds = times.get(own.login, (False, 0, 0, None))
        yield OperatorFigures(
            **asdict(own), pauses=pauses, pause_seconds=pause_seconds, login_seconds=login_seconds
        )


def _by_name(operator: OperatorPasses) -> tuple[str, str]:
    return operator.name.casefold(), operator.login


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the local day begins, as the marts write instants."""
    return datetime(on.year, on.month, on.day, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
