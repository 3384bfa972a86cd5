"""Where a call goes, decided before any phone rings: by DID, time and who calls, from the settings; pure.

Of a Company's rules the first whose conditions all hold speaks; what it does not say is as `[company.route]` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from callcenter.directory import Directory
from callcenter.hours import BusinessHours, Span
from callcenter.settings import Company, Hours, Rule, Settings
from callcenter.settings import Mapping as Owned


@dataclass(frozen=True, slots=True)
class Asked:
    """`at` is aware; `did` "" where only the Company is known."""

    did: str
    at: datetime
    is_vip: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`why` has a sentence for each step, in English; none holds a caller's number."""

    company: str
    is_open: bool
    queue: str | None
    priority: int
    language: str | None
    account_code: str | None
    rule: str | None
    why: tuple[str, ...]

    def variables(self) -> dict[str, str]:
        """For the dial plan. QUEUE_PRIO is what Queue() itself reads; PRIORITY is Asterisk's own word."""
        said = {
            "ROUTE": "ok",
            "COMPANY": self.company,
            "OPEN": "1" if self.is_open else "0",
            "QUEUE": self.queue,
            "QUEUE_PRIO": str(self.priority),
            "LANGUAGE": self.language,
            "ACCOUNTCODE": self.account_code,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Case:
    """A call as the conditions see it."""

    asked: Asked
    day: date  # the Company's
    is_open: bool
    is_holiday: bool
    zone: str


@dataclass(frozen=True, slots=True)
class Routing:
    """Answers of one reading of the settings."""

    directory: Directory
    companies: Mapping[str, Company]
    hours: Mapping[str, BusinessHours]

    @classmethod
    def of(cls, settings: Settings) -> Routing:
        companies = {each.id: each for each in settings.companies}
        hours = {name: hours_of(each) for name, each in companies.items()}
        return cls(Directory.from_settings(settings), companies, hours)

    def company_of(self, did: str, at: datetime) -> str | None:
        return self.directory.company_of_did(did, at)

    def route(self, company: str, asked: Asked) -> Decision:
        """KeyError where the settings have no such Company."""
        own, hours = self.companies[company], self.hours[company]
        day = asked.at.astimezone(ZoneInfo(own.timezone)).date()
        case = Case(asked, day, hours.is_open(asked.at), hours.holiday(day) is not None, own.timezone)
        rule, passed_over = _speaking(own.rule, case)
        is_open = case.is_open if rule is None or rule.open is None else rule.open
        return Decision(
            company=company,
            is_open=is_open,
            queue=(rule and rule.queue) or own.route.queue or _first(own.queues, day),
            priority=own.route.priority if rule is None or rule.priority is None else rule.priority,
            language=(rule and rule.language) or own.route.language,
            account_code=(rule and rule.account_code)
            or own.route.account_code
            or _first(own.account_codes, day),
            rule=rule.name if rule else None,
            why=(_of_day(hours, day), _of_hours(case, hours), *passed_over, _of_rule(rule, is_open=is_open)),
        )


def hours_of(company: Company) -> BusinessHours:
    """When the Company is open: its own, else those in which it calls back."""
    route, callbacks = company.route, company.callbacks
    closed = callbacks.holidays if route.closed_days is None else route.closed_days
    return BusinessHours(
        company.timezone,
        spans_of(callbacks.hours if route.hours is None else route.hours),
        frozenset(closed) - frozenset(route.working_days),
        route.calendar,
        frozenset(route.working_days),
    )


def spans_of(hours: tuple[Hours, ...]) -> tuple[Span, ...]:
    return tuple(Span(frozenset(each.days), each.begin, each.until) for each in hours)


def _first(owned: tuple[Owned, ...], day: date) -> str | None:
    """That is the Company's on the day."""
    begun = (each for each in owned if (each.valid_from or date.min) <= day)
    return next((each.value for each in begun if day < (each.valid_until or date.max)), None)


def _speaking(rules: tuple[Rule, ...], case: Case) -> tuple[Rule | None, list[str]]:
    """The first rule that holds, and why those before it do not."""
    passed_over: list[str] = []
    for rule in rules:
        wrong = [text for holds, text in (check(rule, case) for check in _CONDITIONS) if not holds]
        if not wrong:
            return rule, passed_over
        passed_over.append(f"rule {rule.name} does not hold: {'; '.join(wrong)}")
    return None, passed_over


def _by_did(rule: Rule, case: Case) -> tuple[bool, str]:
    return rule.dids is None or case.asked.did in rule.dids, "another DID"


def _by_state(rule: Rule, case: Case) -> tuple[bool, str]:
    state = {"open": case.is_open, "closed": not case.is_open, "holiday": case.is_holiday}
    return rule.when is None or state[rule.when], f"not {rule.when}"


def _by_hours(rule: Rule, case: Case) -> tuple[bool, str]:
    if rule.hours is None:
        return True, ""
    return BusinessHours(case.zone, spans_of(rule.hours)).is_open(case.asked.at), "outside its hours"


def _by_day(rule: Rule, case: Case) -> tuple[bool, str]:
    return rule.days is None or case.day in rule.days, "another day"


def _by_vip(rule: Rule, case: Case) -> tuple[bool, str]:
    return rule.vip in (
        None,
        case.asked.is_vip,
    ), "the caller is no VIP" if rule.vip else "the caller is a VIP"


_CONDITIONS: tuple[Callable[[Rule, Case], tuple[bool, str]], ...] = (
    *(_by_did, _by_state, _by_hours, _by_day, _by_vip),
)


def _of_day(hours: BusinessHours, day: date) -> str:
    if reason := hours.holiday(day):
        calendar = "" if day in hours.holidays else f", by the calendar {hours.calendar}"
        return f"{day} is a holiday: {reason}{calendar}"
    if day in hours.working_days:
        return f"{day} is a working day, as working_days says"
    return f"{day} is a {day:%A} like any other"


def _of_hours(case: Case, hours: BusinessHours) -> str:
    spans = ", ".join(f"{span.begin:%H:%M}-{_end(span)}" for span in hours.spans_of(case.day)) or "none"
    return f"{'open' if case.is_open else 'closed'}: the hours of the day are {spans}"


def _end(span: Span) -> str:
    return f"{span.until:%H:%M}" if span.until else "24:00"


def _of_rule(rule: Rule | None, *, is_open: bool) -> str:
    if rule is None:
        return "no rule speaks: [company.route] and the hours hold"
    return f"rule {rule.name} speaks" + ("" if rule.open is None else f": {'open' if is_open else 'closed'}")
