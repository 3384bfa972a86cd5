"""Whose a queue, a number or an account code is proposed to be; short names."""

from __future__ import annotations

import pytest

from callcenter.first_day.names import free_of, slug_of
from callcenter.first_day.owning import CompanyAsked, codes_of, owners_of

ACME = CompanyAsked("acme", "ACME", "UTC")
GLOBEX = CompanyAsked("globex", "Globex", "UTC", owns=("5552*", "sales"))


def test_of_one_company_it_is_everything() -> None:
    assert owners_of(["sales", "5551000"], [ACME], {}) == {"sales": "acme", "5551000": "acme"}


def test_of_several_what_was_said_then_the_account_code_then_the_name() -> None:
    names = ["sales", "5552001", "support", "acme-vip", "globexx", "other"]
    codes = {"support": "acme", "5552001": "acme"}
    assert owners_of(names, [ACME, GLOBEX], codes) == {
        "sales": "globex",
        "5552001": "globex",
        "support": "acme",
        "acme-vip": "acme",
    }


def test_a_code_is_a_things_own_where_most_of_its_calls_have_it() -> None:
    pairs = [(("support", "acme"), 8), (("support", ""), 2), (("sales", "acme"), 5), (("sales", "globex"), 5)]
    assert codes_of(pairs) == {"support": "acme"}


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("ООО «Ромашка»", "ooo-romashka"),
        ("ACME  Inc.", "acme-inc"),
        ("东京", "company"),
        ("Щука-1", "shchuka-1"),
    ],
)
def test_short_names(text: str, slug: str) -> None:
    assert slug_of(text, "company") == slug


def test_names_that_are_taken_get_a_number() -> None:
    assert free_of("alice", {"alice", "alice-2"}) == "alice-3"
