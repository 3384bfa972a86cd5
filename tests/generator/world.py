"""Who is there: Companies with their queues, numbers and operators, sized for the calls of a day."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

PBX = "pbx"
FIRST_NAMES = ("Alice", "Bob", "Carol", "Dave", "Анна", "Иван", "Ольга", "Пётр", "Erin", "Zoë", "O'Neil")
CALLS_PER_OPERATOR = 40
FEWEST_OPERATORS = 6
DIRECT_LINES = 4


@dataclass(frozen=True)
class Company:
    id: str
    name: str
    timezone: str
    country: str | None
    share: float
    fronts: tuple[str, ...]

    @property
    def queues(self) -> tuple[str, ...]:
        return (*(f"{self.id}-{front}" for front in self.fronts), f"{self.id}-overflow")


@dataclass(frozen=True)
class Queue:
    name: str
    company: int
    timeout: int
    rings_all: bool


@dataclass(frozen=True)
class Operator:
    company: int
    extension: str
    first_name: str

    @property
    def member(self) -> str:
        return f"{self.first_name} {self.extension}"


COMPANIES = (
    Company("acme", "ACME", "Europe/Moscow", "RU", 30, ("support", "sales")),
    Company("globex", "Globex", "Europe/Moscow", "RU", 22, ("sales",)),
    Company("initech", "Initech", "Asia/Kathmandu", None, 6, ("vip",)),
    Company("umbrella", "Umbrella", "Asia/Yekaterinburg", "RU", 12, ("orders", "returns")),
    Company("hooli", "Hooli", "Asia/Vladivostok", "RU", 9, ("help",)),
    Company("vandelay", "Vandelay", "Europe/Berlin", "RU", 8, ("import", "export")),
    Company("soylent", "Soylent", "Asia/Almaty", "RU", 7, ("desk",)),
    Company("kontora", "Контора «Рога и копыта»", "Europe/Kaliningrad", "RU", 6, ("priem",)),
)


@dataclass(frozen=True)
class World:
    """Queues and operators by number; a Company's stand together."""

    queues: tuple[Queue, ...]
    operators: tuple[Operator, ...]
    # Seconds east of Greenwich per Company on the first day: for the shape of all days, not for the truth.
    offsets: pl.Series

    @cached_property
    def companies(self) -> pl.DataFrame:
        """Per Company: first_queue, fronts (its last queue is the overflow), first_operator, operators."""
        queues = [queue.company for queue in self.queues]
        operators = [operator.company for operator in self.operators]
        numbers = range(len(COMPANIES))
        return pl.DataFrame(
            {
                "first_queue": [queues.index(number) for number in numbers],
                "fronts": [queues.count(number) - 1 for number in numbers],
                "first_operator": [operators.index(number) for number in numbers],
                "operators": [operators.count(number) for number in numbers],
            }
        )

    @cached_property
    def queue_names(self) -> pl.Series:
        return pl.Series([queue.name for queue in self.queues])

    @cached_property
    def members(self) -> pl.Series:
        return pl.Series([operator.member for operator in self.operators])

    @cached_property
    def extensions(self) -> pl.Series:
        return pl.Series([operator.extension for operator in self.operators])


def build_world(calls_per_day: float, first_day: date) -> World:
    """As many operators as those calls need."""
    queues, operators = [], []
    shares = sum(company.share for company in COMPANIES)
    for number, company in enumerate(COMPANIES):
        for place, name in enumerate(company.queues):
            queues.append(Queue(name, number, 30 + 15 * ((number + place) % 3), (number + place) % 2 == 1))
        count = max(FEWEST_OPERATORS, round(calls_per_day * company.share / shares / CALLS_PER_OPERATOR))
        for place in range(count):
            first_name = FIRST_NAMES[(number + place) % len(FIRST_NAMES)]
            operators.append(Operator(number, str(10000 * (number + 1) + place + 1), first_name))
    return World(tuple(queues), tuple(operators), _offsets(first_day))


def front_did(company: int, place: int) -> str:
    return f"555{company + 1}{place:03}"


def ivr_did(company: int) -> str:
    return f"555{company + 1}900"


def direct_did(company: int, place: int) -> str:
    return f"555{company + 1}{100 + place}"


def dids(company: int) -> list[str]:
    fronts = [front_did(company, place) for place in range(len(COMPANIES[company].fronts))]
    return [*fronts, ivr_did(company), *(direct_did(company, place) for place in range(DIRECT_LINES))]


def account(company: int) -> str:
    """What the PBX writes; initech's is in no settings file, as in the recording."""
    return COMPANIES[company].id


def _offsets(day: date) -> pl.Series:
    noon = datetime.combine(day, time(12))
    zones = (ZoneInfo(company.timezone) for company in COMPANIES)
    shifts = (noon.replace(tzinfo=zone).utcoffset() for zone in zones)
    return pl.Series([int(shift.total_seconds()) if shift else 0 for shift in shifts], dtype=pl.Int64)
