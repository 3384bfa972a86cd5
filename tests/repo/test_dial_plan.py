"""The dial plan in the docs is the one the lab runs, and all it plays is spoken and written down in both languages."""

from __future__ import annotations

import re

import pytest

from lab.asterisk.companies import ETC
from lab.asterisk.settings import SOUNDS
from tests.repo.documents import blocks
from tests.repo.repository import ROOT

PAGE = ROOT / "docs" / "dial-plan.md"
PLAN = (ETC / "ivr.conf").read_text("utf-8")
GSM = 1650  # bytes a second
TEXTS = {
    name: {"ru": russian, "en": english}
    for name, russian, english in (
        line.split("\t") for line in (SOUNDS / "texts.tsv").read_text("utf-8").splitlines()
    )
}
SPOKEN = [(name, language) for name, texts in TEXTS.items() for language in texts if texts[language]]


def test_the_docs_have_the_very_file() -> None:
    assert PLAN in [block.text for block in blocks(PAGE)]


def test_all_that_is_played_has_a_text() -> None:
    """Also what is chosen while it runs, by an IF and as the noun behind a number; and to who waits in a queue."""
    played = set(re.findall(r"\$\{SPEECH\}/([a-z0-9-]+)", PLAN))
    played |= {each for pair in re.findall(r"/\$\{IF\(.+?\?([a-z-]+):([a-z-]+)\)\}", PLAN) for each in pair}
    played |= set(re.findall(r"(?m)^FACTOR_PROMPT=([a-z-]+) .*; or ([a-z-]+),", PLAN)[0])
    played |= {f"{unit}-{form}" for unit in ("points", "bonus") for form in ("one", "few", "many")}
    queues = (ETC / "queues.conf").read_text("utf-8")
    played |= set(re.findall(r"periodic-announce = callcenter/([a-z-]+)", queues))
    assert {f"callcenter/{each}" for each in played} == {
        name for name in TEXTS if name.startswith("callcenter/")
    }


def test_the_docs_have_each_text() -> None:
    rows = re.findall(r"(?m)^\| `([a-z0-9/-]+)` \| ([^|`]+) \|(?: ([^|`]+) \|)?$", PAGE.read_text("utf-8"))
    written = {
        name if "/" in name else f"callcenter/{name}": (russian, english.replace("–", ""))
        for name, russian, english in rows
    }
    assert written == {name: (texts["ru"], texts["en"]) for name, texts in TEXTS.items()}


@pytest.mark.parametrize(("name", "language"), SPOKEN)
def test_each_text_is_spoken(name: str, language: str) -> None:
    """About as long as it takes to say it."""
    seconds = (SOUNDS / language / f"{name}.gsm").stat().st_size / GSM
    assert 0.05 < seconds / len(TEXTS[name][language]) < 0.35


def test_nothing_else_is_there() -> None:
    found = {
        (path.relative_to(SOUNDS / language).with_suffix("").as_posix(), language)
        for language in ("ru", "en")
        for path in (SOUNDS / language).rglob("*.gsm")
    }
    assert found == set(SPOKEN)
