"""A half goes up, as in Excel, whatever binary or Python's rule of the even digit make of it."""

from fractions import Fraction

import pytest

from reports.figures import average_minutes, minutes, rate
from reports.rounding import decimal_text, percent_text, rounded


def half_up(exact: Fraction, digits: int) -> float:
    scaled = exact * 10**digits
    return float(Fraction((2 * scaled + 1) // 2, 10**digits))


def test_one_of_sixteen_is_as_in_the_workbook() -> None:
    assert [percent_text(part / 16) for part in (1, 3, 5, 9)] == ["6.3", "18.8", "31.3", "56.3"]


def test_rates_of_small_counts_are_rounded_as_on_paper() -> None:
    for of in range(1, 161):
        for part in range(of + 1):
            share = rate(part, of)
            assert share is not None
            assert float(percent_text(share)) == half_up(Fraction(100 * part, of), 1)


def test_averages_are_rounded_as_on_paper() -> None:
    for count in range(1, 41):
        for seconds in range(0, 3600, 3):
            assert average_minutes(seconds, count) == half_up(Fraction(seconds, 60 * count), 2)


def test_sums_are_rounded_as_on_paper() -> None:
    assert all(minutes(seconds) == half_up(Fraction(seconds, 60), 2) for seconds in range(10_000))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.025, 2, "1.03"),
        (2.5, 0, "3"),
        (0.0, 2, "0.00"),
        (1234567.125, 2, "1,234,567.13"),
        (-0.25, 1, "-0.3"),
    ],
)
def test_a_half_goes_up(value: float, digits: int, text: str) -> None:
    assert decimal_text(value, digits) == text
    assert rounded(value, digits) == float(text.replace(",", ""))


def test_neither_large_nor_small_numbers_are_written_with_an_exponent() -> None:
    assert decimal_text(1e16, 2) == "10,000,000,000,000,000.00"
    assert decimal_text(1e-7, 2) == "0.00"
