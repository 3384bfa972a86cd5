"""The words: the same in both languages, all of them used, and one for whatever a page says."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from relay.callbacks.facts import Outcome, Result
from relay.calls.facts import MissedReason
from relay.console.desk import CallState
from relay.console.faults import fault_key
from relay.console.rendering import FOLDER
from relay.console.signing_in import Why
from relay.console.texts import DEFAULT, LANGUAGES, language_of
from relay.errors import AsteriskUnavailable, BadRequest, Conflict, NotAllowed, NotFound, Refused

EN = LANGUAGES[DEFAULT]
TEMPLATES = "".join(path.read_text("utf-8") for path in (FOLDER / "templates").iterdir())
MADE = {
    "missed": get_args(MissedReason),
    "result": get_args(Result),
    "outcome": get_args(Outcome),
    "refused": (*get_args(Why), "stale"),
}


def test_both_languages_have_the_same_words_and_none_is_empty() -> None:
    for texts in LANGUAGES.values():
        assert texts.keys() == EN.keys()
        assert all(text.strip() for text in texts.values())


def test_a_word_for_everything_that_can_happen() -> None:
    wanted = {f"{prefix}_{each}" for prefix, known in MADE.items() for each in known}
    assert sorted((wanted | set(get_args(CallState))) - EN.keys()) == []


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    named = set(re.findall(r"\bt\.(\w+)", TEMPLATES)) | set(re.findall(r"\bt\[\"(\w+)\"\]", TEMPLATES))
    made = set(re.findall(r"\bt\[\"(\w+_)\" ~", TEMPLATES))
    assert sorted(named - EN.keys()) == []
    faults = {key for key in EN if key.startswith("fault_")}
    unused = EN.keys() - named - faults - set(get_args(CallState))
    assert sorted(key for key in unused if not key.startswith(tuple(made))) == []


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (Conflict("claimed by another"), "fault_claimed_by_another"),
        (Conflict("not due before 2026-11-25T12:00:00+00:00"), "fault_not_due"),
        (Conflict("closed: reached"), "fault_closed"),
        (Conflict("something new"), "fault_other"),
        (NotFound(), "fault_not_found"),
        (NotAllowed(), "fault_not_allowed"),
        (BadRequest(), "fault_wrong"),
        (AsteriskUnavailable("away"), "fault_not_now"),
        (Refused(), "fault_other"),
    ],
)
def test_every_refusal_has_a_word(fault: Refused | AsteriskUnavailable, key: str) -> None:
    assert fault_key(fault) == key
    assert key in EN


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "ru", "ru"),
        ("", "ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("", "en;q=0.4, ru;q=0.5", "ru"),
        ("", "de, ru;q=0", "en"),
        ("", "ru;q=x, en", "en"),
        ("en", "ru", "en"),
        ("xx", "ru", "ru"),
    ],
)
def test_the_chosen_language_then_the_browsers(chosen: str, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language
