"""What the page is asked for: a Company and days, and the days to compare them with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlencode

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from relay.errors import BadRequest
from relay.http.bodies import Query
from reports.calls_list import LISTS, Place
from reports.figures import Period

Preset = Literal["today", "yesterday", "this_week", "last_week", "this_month", "last_month"]
PRESETS: Final[tuple[Preset, ...]] = (
    *("today", "yesterday", "this_week", "last_week"),
    *("this_month", "last_month"),
)
DEFAULT: Final[Preset] = "this_month"
MOST_DAYS: Final = 1_100  # three years
_EARLIEST, _LATEST = date(2000, 1, 1), date(2199, 12, 31)
_DAY: Final = timedelta(days=1)

# A form sends an empty field for one that was left out.
Day = Annotated[
    Annotated[date, Field(ge=_EARLIEST, le=_LATEST)] | None, BeforeValidator(lambda value: value or None)
]


_Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - the marts' times are naive UTC


def _check_list(name: str) -> str:
    if name not in LISTS:
        raise ValueError("no list of calls")
    return name


class StatisticsQuery(Query):
    """Days are inclusive, and win over the preset."""

    company: Annotated[str, Field(max_length=32)] = ""
    period: Preset | Literal[""] = ""
    first: Day = None
    last: Day = None
    language: Annotated[str, Field(max_length=8)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise ValueError("from after to, or too long")
        return self

    def address(self, path: str) -> str:
        return f"{path}?{self._said()}".rstrip("?")

    def kept(self) -> str:
        """What a link that says one thing more begins with."""
        return f"{said}&" if (said := self._said()) else ""

    def _said(self) -> str:
        return urlencode(
            self.model_dump(mode="json", exclude_defaults=True, exclude={"language"}, by_alias=True)
        )


class CallsQuery(StatisticsQuery):
    """`list` is one of `reports.calls_list.LISTS`; `after` is where the page before ended."""

    which: Annotated[str, Field(alias="list"), AfterValidator(_check_list)] = "all"
    queue: _Name = ""
    operator: _Name = ""
    weekday: Annotated[int | None, Field(ge=0, le=6)] = None
    hour: Annotated[int | None, Field(ge=0, le=23)] = None
    after: Annotated[str, Field(pattern=r"^([0-9]{1,17}_[!-~]{1,200})?$")] = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.weekday is None) != (self.hour is None):
            raise ValueError("an hour of a weekday has both")
        return self

    @property
    def place(self) -> Place | None:
        at, _, call = self.after.partition("_")
        return Place(_EPOCH + timedelta(microseconds=int(at)), call) if call else None

    def next_page(self, path: str, following: Place) -> str:
        after = f"{(following.at - _EPOCH) // timedelta(microseconds=1)}_{following.call}"
        return self.model_copy(update={"after": after}).address(path)

    def first_page(self, path: str) -> str:
        return self.model_copy(update={"after": ""}).address(path)


class CallQuery(Query):
    company: Annotated[str, Field(max_length=32)]
    call: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    language: Annotated[str, Field(max_length=8)] = ""

    def kept(self) -> str:
        return urlencode({"company": self.company, "call": self.call}) + "&"


@dataclass(frozen=True, slots=True)
class Selection:
    company: str
    period: Period
    before: Period
    preset: Preset | None  # None: days of their own
    is_partial: bool  # it has today, which is not over
    has_future: bool

    @property
    def last(self) -> date:
        return self.period.last

    def query(self, **more: str) -> str:
        """The same days for ever, whatever `today` then is."""
        said = {"company": self.company, "first": str(self.period.first), "last": str(self.last)}
        return urlencode(said | more)


def selection_of(query: StatisticsQuery, company: str, today: date) -> Selection:
    """`today` is the Company's. BadRequest where a first day alone would be too many days until today."""
    preset: Preset | None = query.period or DEFAULT
    if query.first or query.last:
        first = query.first or query.last or today
        period, preset = Period(first, (query.last or max(first, today)) + _DAY), None
        if (period.until - period.first).days > MOST_DAYS:
            raise BadRequest("wrong or missing: first")
    else:
        period = preset_period(preset or DEFAULT, today)
    is_partial = period.first <= today < period.until
    has_future = period.until > today + _DAY
    return Selection(company, period, period_before(period), preset, is_partial, has_future)


def preset_period(preset: Preset, today: date) -> Period:
    """Those that are not over end with today."""
    monday, first_of_month = today - today.weekday() * _DAY, today.replace(day=1)
    last_month = first_of_month - _DAY
    return {
        "today": Period(today, today + _DAY),
        "yesterday": Period(today - _DAY, today),
        "this_week": Period(monday, today + _DAY),
        "last_week": Period(monday - 7 * _DAY, monday),
        "this_month": Period(first_of_month, today + _DAY),
        "last_month": Period(last_month.replace(day=1), first_of_month),
    }[preset]


def period_before(period: Period) -> Period:
    """As many days right before it; of a week's beginning the same weekdays of the week before, of a month's the
    same days of the month before, and of a whole month the whole month before.
    """
    first, last = period.first, period.until - _DAY
    days = last - first + _DAY
    if first.weekday() == 0 and _DAY < days <= 7 * _DAY:
        return Period(first - 7 * _DAY, period.until - 7 * _DAY)
    if first.day == 1 and last.month == first.month and last.year == first.year and days > _DAY:
        begun = (first - _DAY).replace(day=1)
        is_whole = period.until.day == 1
        return Period(begun, first if is_whole else min(begun + days, first))
    return Period(first - days, first)
