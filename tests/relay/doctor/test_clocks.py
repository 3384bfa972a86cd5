"""Clocks and dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relay.doctor.clocks import clock_finding, header_date

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "level"),
    [(0, "ok"), (4, "ok"), (-4, "ok"), (30, "warning"), (-30, "warning"), (90, "fault"), (-90, "fault")],
)
def test_clocks_that_differ_are_told(ahead: int, level: str) -> None:
    found = clock_finding("loymax", NOW + timedelta(seconds=ahead), NOW, NOW + timedelta(milliseconds=80))
    assert found.level == level
    assert (
        level == "ok" or f"{abs(ahead) - (ahead < 0)} s {'ahead of' if ahead > 0 else 'behind'}" in found.text
    )


@pytest.mark.parametrize("header", [None, "", "yesterday", "Wed, 25 Nov 2026 09:00:00"])
def test_a_date_that_is_none_says_nothing(header: str | None) -> None:
    assert header_date(header) is None
