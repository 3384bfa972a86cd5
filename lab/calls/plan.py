"""Which scenarios are played, and by which Company: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from lab.asterisk.companies import COMPANIES, Company
from lab.calls.scenarios import Scenario


@dataclass(frozen=True)
class Turn:
    """`number` counts from 0 and is the turn's alone."""

    number: int
    scenario: Scenario
    company: Company


def make_plan(scenarios: Sequence[Scenario], seed: int, count: int) -> list[Turn]:
    """Turns that make `count` calls, or one more. Each scenario once, as far as they go; then by their weight."""
    dice = random.Random(f"plan {seed}")  # noqa: S311 - repeatable, not secret
    drawn = dice.sample(scenarios, len(scenarios))
    chosen: list[Scenario] = []
    while sum(scenario.calls for scenario in chosen) < count:
        rest = [
            scenario for scenario in scenarios if scenario.calls and not scenario.is_exclusive
        ] or scenarios
        weights = [scenario.weight for scenario in rest]
        chosen.append(drawn.pop() if drawn else dice.choices(rest, weights)[0])
    # Long ones first: they end together.
    chosen.sort(key=lambda scenario: -scenario.seconds)
    busy = dict.fromkeys((company.id for company in COMPANIES), 0.0)
    turns = []
    for number, scenario in enumerate(chosen):
        suited = [company for company in COMPANIES if scenario.suits(company)]
        company = min(suited, key=lambda each: (busy[each.id], dice.random()))
        busy[company.id] += 0 if scenario.is_exclusive else scenario.seconds
        turns.append(Turn(number, scenario, company))
    return turns
