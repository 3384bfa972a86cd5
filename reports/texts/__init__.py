"""The words of reports, in Russian and in English."""

from __future__ import annotations

from reports.texts import en, ru
from reports.texts.words import Language, Term, Words

__all__ = ["Language", "Term", "Words", "other", "words"]

_WORDS: dict[Language, Words] = {"ru": ru.WORDS, "en": en.WORDS}


def words(language: Language) -> Words:
    return _WORDS[language]


def other(language: Language) -> Words:
    """The language a definition is given in beside the report's own."""
    return _WORDS["en" if language == "ru" else "ru"]
