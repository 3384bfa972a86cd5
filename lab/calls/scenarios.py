"""The scenarios by name. A scenario plays calls and writes down what they are: the words of docs/statistics.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lab.asterisk.companies import Company
from lab.calls.stage import Stage

Play = Callable[[Stage], Awaitable[None]]
Suits = Callable[[Company], bool]


@dataclass(frozen=True)
class Scenario:
    """`seconds` is about how long it takes, `calls` how many it makes; an exclusive one has Asterisk to itself."""

    name: str
    play: Play
    suits: Suits
    seconds: float
    calls: int
    weight: int
    is_exclusive: bool


SCENARIOS: dict[str, Scenario] = {}


def has_operators(company: Company) -> bool:
    return bool(company.operators)


def is_like_acme(company: Company) -> bool:
    return company.is_like_acme


def has_nobody(company: Company) -> bool:
    return not company.operators


def scenario(
    suits: Suits = has_operators,
    *,
    seconds: float = 6,
    calls: int = 1,
    weight: int = 1,
    is_exclusive: bool = False,
) -> Callable[[Play], Play]:
    """Enters a function into the scenarios, under its name."""

    def enter(play: Play) -> Play:
        name = play.__name__
        SCENARIOS[name] = Scenario(name, play, suits, seconds, calls, weight, is_exclusive)
        return play

    return enter


def load_all() -> dict[str, Scenario]:
    """All scenarios: importing their modules enters them."""
    from lab.calls import incoming, outgoing, restarts, transfers  # noqa: F401, PLC0415 - they import this module

    return SCENARIOS
