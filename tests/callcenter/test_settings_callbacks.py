"""How a Company calls back, as the settings say it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.callcenter.files import SMALLEST, Faults, Load


def test_callbacks_are_as_written_and_have_defaults(load: Load) -> None:
    written = (
        'callbacks = { retry_minutes = [5, 30], hours = ["mon-fri 09:00-18:00", "sun 10:00-24:00"], '
        'holidays = [2027-01-01], vip_file = "vips" }'
    )
    settings = load(SMALLEST.replace('id = "acme"', f'id = "acme"\n{written}'))
    found = settings.companies[0].callbacks
    assert (found.retry_minutes, found.most_attempts, found.holidays) == ((5, 30), 4, (date(2027, 1, 1),))
    assert [(each.days, str(each.begin), each.until and str(each.until)) for each in found.hours] == [
        ((0, 1, 2, 3, 4), "09:00:00", "18:00:00"),
        ((6,), "10:00:00", None),
    ]
    assert found.vip_file == settings.path.parent / "vips"


@pytest.mark.parametrize(
    "wrong",
    [
        *('hours = ["mon-fri 9-18"]', 'hours = ["fri-mon 09:00-18:00"]', 'hours = ["mon 18:00-09:00"]'),
        *(
            "hours = []",
            "retry_minutes = []",
            "retry_minutes = [0]",
            'caller_id = "Acme"',
            "most_attempts = 0",
        ),
    ],
)
def test_callbacks_that_make_no_sense_are_refused(faults: Faults, wrong: str) -> None:
    (fault,) = faults(SMALLEST.replace('id = "acme"', f'id = "acme"\ncallbacks = {{ {wrong} }}'))
    assert f": company[0].callbacks.{wrong.partition(' ')[0]}" in fault
