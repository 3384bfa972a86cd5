"""Text that is harmless wherever it is shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.cli.text import count, not_a_formula, printable, printable_json


@given(st.text())
def test_printable_text_has_nothing_a_terminal_obeys(text: str) -> None:
    assert printable(text).isprintable() or printable(text) == ""


@given(st.text(st.characters()))
def test_printable_json_says_the_same(text: str) -> None:
    shown = printable_json(json.dumps({text: [text]}, ensure_ascii=False, indent=2))
    assert json.loads(shown) == {text: [text]}
    assert all(c.isprintable() or c == "\n" for c in shown)


@pytest.mark.parametrize(
    ("text", "shown"), [("a\x1b[2Jb", r"a\x1b[2Jb"), ("a\nb", r"a\nb"), ("\u202eb", r"\u202eb")]
)
def test_what_is_not_printable_is_shown_by_its_code(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_begins_like_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert not_a_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "acme", "5551000", "a=b", "***02"])
def test_other_text_stays(text: str) -> None:
    assert not_a_formula(text) == text


def test_counts_have_their_plural() -> None:
    assert (count(1, "row"), count(0, "row"), count(12345, "row")) == ("1 row", "0 rows", "12,345 rows")
