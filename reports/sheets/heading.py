"""What stands above every sheet: whose figures, of when, read in which time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reports.figures import Period
from reports.page import Heading
from reports.report import Report, known_days
from reports.texts import Term, Words


def heading(report: Report, words: Words, title: str, note: str) -> Heading:
    name, period = report.company.name, period_name(report.period, words)
    zone = zone_name(report.company.timezone, report.period)
    return Heading(
        title=title,
        subtitle=f"{name}  ·  {period}  ·  {zone}",
        note=note,
        footer=f"{name} · {period} · {title}",
        page_of=words.page,
    )


def summary_heading(report: Report, words: Words, note: str) -> Heading:
    """The first sheet is about the Company, and says what the workbook is."""
    own = heading(report, words, words.summary, note)
    what = own.subtitle.replace(report.company.name, words.call_statistics, 1)
    return replace(own, title=report.company.name, subtitle=what)


def period_name(period: Period, words: Words) -> str:
    """`November 2026` where it is that month, else its first and last day."""
    last = period.until - timedelta(days=1)
    if period.first.day == 1 and period.until == _next_month(period.first):
        return f"{words.months[period.first.month - 1]} {period.first.year}"
    first_text, last_text = (on.strftime(words.python_date) for on in (period.first, last))
    return first_text if period.first == last else f"{first_text} – {last_text}"


def zone_name(timezone: str, period: Period) -> str:
    """The zone and its offsets at both ends of the period."""
    ends = (_offset(ZoneInfo(timezone), on) for on in (period.first, period.until - timedelta(days=1)))
    return f"{timezone} ({', '.join(dict.fromkeys(ends))})"


def known_note(report: Report, words: Words) -> str:
    """Of which of the period's days the logs tell."""
    known = known_days(report.known, report.zone)
    last_day = report.period.until - timedelta(days=1)
    if known is None or known[0] > last_day or known[1] < report.period.first:
        return words.known_nothing
    first, last = max(known[0], report.period.first), min(known[1], last_day)
    if (first, last) == (report.period.first, last_day):
        return words.known_whole
    if first == last:
        return words.known_day.format(day=first.strftime(words.python_date))
    return words.known_until.format(
        first=first.strftime(words.python_date), last=last.strftime(words.python_date)
    )


def filled(text: str, report: Report) -> str:
    """A term's words with the Company's thresholds in them."""
    company = report.company
    return text.format(
        service_level=company.service_level_seconds, short_abandon=company.short_abandon_seconds
    )


def filled_term(term: Term, report: Report) -> tuple[str, str]:
    return filled(term.name, report), filled(term.meaning, report)


def _next_month(on: date) -> date:
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)


def _offset(zone: ZoneInfo, on: date) -> str:
    offset = datetime(on.year, on.month, on.day, 12, tzinfo=zone).utcoffset() or timedelta()
    sign = "-" if offset < timedelta() else "+"
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    return f"UTC{sign}{hours:02}:{minutes:02}"
