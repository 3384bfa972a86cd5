"""The console's words, in English and Russian; a test holds the two to each other and to the pages."""

from __future__ import annotations

import re
from typing import Final

from relay.console.texts.en import EN
from relay.console.texts.ru import RU
from relay.console.texts.statistics_en import STATISTICS_EN
from relay.console.texts.statistics_ru import STATISTICS_RU

Texts = dict[str, str]

LANGUAGES: Final[dict[str, Texts]] = {"en": EN | STATISTICS_EN, "ru": RU | STATISTICS_RU}
DEFAULT: Final = "en"


def language_of(chosen: str, accepted: str) -> str:
    """The chosen one, else the first of the browser's that there is."""
    if chosen in LANGUAGES:
        return chosen
    wanted = [_weighed(each) for each in accepted[:500].split(",")]
    known = [(weight, name) for weight, name in wanted if name in LANGUAGES and weight > 0]
    return max(known, key=lambda each: each[0])[1] if known else DEFAULT


def _weighed(text: str) -> tuple[float, str]:
    name, _, weight = text.strip().lower().partition(";q=")
    found = re.fullmatch(r"[01](?:\.[0-9]{0,3})?", weight or "1")
    return (float(weight or "1") if found else 0.0), name.partition("-")[0]
