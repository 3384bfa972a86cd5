"""The letter a workbook is mailed with: the figures, in plain text and as a small table."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import duckdb

from reports.figures import REASONS, CompanyFigures, Period, company_figures
from reports.report import Report, known_days, local_time, no_calls, read_report
from reports.rounding import decimal_text, percent_text
from reports.sheets.heading import filled_term, known_note, period_name
from reports.texts import Language, Words, words

Kind = Literal["daily", "weekly", "monthly"]
UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Letter:
    """`text` and `html` say the same."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    value: str
    before: str
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """Which report a letter is of."""

    company: str
    kind: Kind
    period: Period
    language: Language


@dataclass(frozen=True, slots=True)
class _Contents:
    company: str
    title: str
    figures: tuple[_Line, ...]
    reasons: tuple[_Line, ...]
    notes: tuple[str, ...]


def write_letter(
    con: duckdb.DuckDBPyConnection, about: About, too_large: tuple[int, str] | None = None
) -> Letter:
    """From the published file; no clock. `too_large` has a workbook's bytes and path where it is not attached.

    Raises:
        NoSuchCompanyError: the published file has no such Company.

    """
    own, report = words(about.language), read_report(con, about.company, about.period)
    before = _figures_before(con, about.company, report)
    attached = own.letter_attached if too_large is None else _too_large(own, *too_large)
    contents = _Contents(
        company=report.company.name,
        title=f"{getattr(own, about.kind)}: {period_name(about.period, own)}",
        figures=tuple(_lines(report, before, own)),
        reasons=tuple(_reasons(report, before, own)),
        notes=(known_note(report, own), _loaded_until(con, report, own), attached, own.letter_automatic),
    )
    return Letter(f"{contents.company} — {contents.title}", _text(contents, own), _html(contents, own))


def _figures_before(con: duckdb.DuckDBPyConnection, company: str, report: Report) -> CompanyFigures | None:
    """A month's is the month before; else as many days. None where the logs do not reach back so far: unknown."""
    first, until = report.period.first, report.period.until
    is_month = first.day == 1 and until.day == 1
    earlier = (first - timedelta(days=1)).replace(day=1) if is_month else first - (until - first)
    known = known_days(report.known, report.zone)
    if known is None or known[0] > earlier:
        return None
    found = company_figures(con, Period(earlier, first), company)
    return found[0] if found else no_calls(report.figures)


def _too_large(own: Words, size: int, path: str) -> str:
    return own.letter_too_large.format(size=-(-size // 1_000_000), path=path)


def _loaded_until(con: duckdb.DuckDBPyConnection, report: Report, own: Words) -> str:
    row = con.execute("SELECT max(started_at) FROM fct_call").fetchone()
    latest: datetime | None = row[0] if row else None
    if latest is None:
        return own.letter_no_calls
    at = local_time(latest, report.zone).strftime(f"{own.python_date} %H:%M")
    return own.letter_until.format(timezone=report.company.timezone, at=at)


def _lines(report: Report, before: CompanyFigures | None, own: Words) -> Iterator[_Line]:
    """In the workbook's order."""
    shown = (
        *(("incoming", _count), ("queued", _count), ("answered", _count), ("effectiveness", _percent)),
        *(("outgoing", _count), ("outgoing_successful", _count)),
        *(("incoming_talk_minutes", _decimal), ("outgoing_talk_minutes", _decimal)),
        *(("average_talk_minutes", _decimal), ("service_level", _percent)),
    )
    for key, spelt in shown:
        name, _ = filled_term(own.terms[key], report)
        value, earlier = (spelt(getattr(each, key, None), own) for each in (report.figures, before))
        yield _Line(name, value, earlier, is_part=key == "outgoing_successful")


def _reasons(report: Report, before: CompanyFigures | None, own: Words) -> Iterator[_Line]:
    """Those that any call had."""
    for reason in REASONS:
        value = report.figures.not_answered[reason]
        earlier = None if before is None else before.not_answered[reason]
        if value or earlier:
            name, _ = filled_term(own.reasons[reason], report)
            yield _Line(name, _count(value, own), _count(earlier, own))


def _count(value: int | None, own: Words) -> str:
    thousands = " " if own.language == "ru" else ","
    return UNKNOWN if value is None else f"{value:,}".replace(",", thousands)


def _decimal(value: float | None, own: Words) -> str:
    return UNKNOWN if value is None else _localised(decimal_text(value, 2), own)


def _percent(value: float | None, own: Words) -> str:
    return UNKNOWN if value is None else _localised(f"{percent_text(value)} %", own)


def _localised(number: str, own: Words) -> str:
    return number.replace(",", " ").replace(".", ",") if own.language == "ru" else number


def _text(contents: _Contents, own: Words) -> str:
    figures, reasons = contents.figures, contents.reasons
    width = max(len(line.name) for line in (*figures, *reasons)) + 2
    rows = [f"{'':{width}}{own.value:>12}{own.before:>12}", *(_row(line, width) for line in figures)]
    if reasons:
        rows += ["", own.not_answered_by_reason, *(_row(line, width) for line in reasons)]
    return "\n".join([contents.company, contents.title, "", *rows, "", *contents.notes, ""])


def _row(line: _Line, width: int) -> str:
    name = f"  {line.name}" if line.is_part else line.name
    return f"{name:{width}}{line.value:>12}{line.before:>12}"


def _html(contents: _Contents, own: Words) -> str:
    """Styles stand where they are used: mail readers take no others."""
    title = html.escape(contents.title)
    head = f"<tr>{_cell('', _HEAD)}{_cell(own.value, _HEAD_NUMBER)}{_cell(own.before, _HEAD_NUMBER)}</tr>"
    parts = [head, *map(_table_row, contents.figures)]
    if contents.reasons:
        parts.append(
            f'<tr><td colspan="3" style="{_SECTION}">{html.escape(own.not_answered_by_reason)}</td></tr>'
        )
        parts += map(_table_row, contents.reasons)
    lines = "".join(f'<p style="{_NOTE}">{html.escape(note)}</p>' for note in contents.notes)
    return (
        f'<!DOCTYPE html><html lang="{own.language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'</head><body style="{_BODY}"><h1 style="{_TITLE}">{html.escape(contents.company)}</h1>'
        f'<p style="{_PERIOD}">{title}</p>'
        f'<table role="presentation" cellspacing="0" style="{_TABLE}">{"".join(parts)}</table>{lines}</body></html>'
    )


def _table_row(line: _Line) -> str:
    name = _PART if line.is_part else _NAME
    return f"<tr>{_cell(line.name, name)}{_cell(line.value, _VALUE)}{_cell(line.before, _BEFORE)}</tr>"


def _cell(text: str, style: str) -> str:
    return f'<td style="{style}">{html.escape(text)}</td>'


_INK, _QUIET, _LINE = "#1f2933", "#616e7c", "#d9dee3"
_BODY = f"margin:24px;font-family:Arial,Helvetica,sans-serif;font-size:14px;color:{_INK};background:#ffffff"
_TITLE = "margin:0;font-size:20px"
_PERIOD = f"margin:4px 0 16px;color:{_QUIET}"
_TABLE = "border-collapse:collapse;min-width:420px"
_NAME = f"padding:6px 24px 6px 0;border-bottom:1px solid {_LINE}"
_PART = f"padding:6px 24px 6px 16px;border-bottom:1px solid {_LINE}"
_VALUE = f"padding:6px 0 6px 24px;border-bottom:1px solid {_LINE};text-align:right;font-weight:bold"
_BEFORE = f"padding:6px 0 6px 24px;border-bottom:1px solid {_LINE};text-align:right;color:{_QUIET}"
_HEAD = f"padding:6px 0;border-bottom:2px solid {_LINE};color:{_QUIET}"
_HEAD_NUMBER = f"{_HEAD};text-align:right"
_SECTION = f"padding:18px 0 6px;border-bottom:2px solid {_LINE};font-weight:bold"
_NOTE = f"margin:12px 0 0;max-width:560px;font-size:12px;color:{_QUIET}"
