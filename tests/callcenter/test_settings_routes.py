"""Rules that cannot mean what they say are faults, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.settings import SettingsError, load_settings
from tests.callcenter.test_routing import SITE


def rule(text: str, name: str = "one") -> str:
    return f'[[company.rule]]\nname = "{name}"\n{text}\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            'route = { calendar = "ZZ" }',
            "company[0].route.calendar: must be a country's, such as 'RU', or of a part of one, such as 'DE-BY': 'ZZ'",
        ),
        ('route = { calendar = "DE-" }', "company[0].route.calendar: must be a country's"),
        ('route = { hours = ["9-18"] }', "company[0].route.hours[0]: must be days and hours"),
        (
            "route = { closed_days = [2027-01-09], working_days = [2027-01-09] }",
            "company[0].route.working_days: has 2027-01-09, and so has closed_days",
        ),
        (
            'route = { queue = "acme-suport" }',
            "company[0].route.queue: no queue of this Company: 'acme-suport'; did you mean 'acme-support'?",
        ),
        ("route = { prio = 1 }", "company[0].route.prio: unknown key; did you mean 'priority'?"),
        (rule("vip = true"), "company[0].rule[0]: says nothing: it needs one of open, queue, priority"),
        (rule('dids = ["1"]\nopen = true'), "company[0].rule[0].dids[0]: no DID of this Company: '1'"),
        (rule('account_code = "x"'), "company[0].rule[0].account_code: no account code of this Company: 'x'"),
        (
            rule('when = "night"\nopen = true'),
            "company[0].rule[0].when: must be 'open', 'closed' or 'holiday', not 'night'",
        ),
        (rule('wen = "open"\nopen = true'), "company[0].rule[0].wen: unknown key; did you mean 'when'?"),
        (
            rule("vip = true\nopen = true") + rule("open = false"),
            "company[0].rule[1].name: 'one' is taken: company[0].rule[0] has it",
        ),
        (
            rule("open = true") + rule("vip = true\nopen = false", "two"),
            "company[0].rule[1]: never speaks: rule 'one' holds always",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "callcenter.toml"
    path.write_text(f"{SITE}{text}\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    (told,) = caught.value.faults
    assert told.removeprefix(f"{path}: ").startswith(fault)
