"""Both languages have every word, and mean the same by it."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import fields

import pytest

from reports.figures import REASONS
from reports.texts import Language, Term, Words, other, words
from reports.texts.words import TERMS
from reports.workbook import sheet_titles
from tests.reports.reading import LANGUAGES
from warehouse.lines import split_lines

_SAME_IN_BOTH = {"queue_log", "CDR", "Call Center for Loymax"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_and_every_reason_has_its_words(language: Language) -> None:
    own = words(language)
    assert set(own.terms) == set(TERMS)
    assert len(TERMS) == len(set(TERMS))
    assert tuple(own.reasons) == REASONS
    assert all(term.name and term.meaning for term in (*own.terms.values(), *own.reasons.values()))
    assert (len(own.months), len(own.weekdays), len(own.weekdays_short)) == (12, 7, 7)
    assert all(text.strip() == text and text for text in _texts(own))


def test_russian_is_russian_and_english_is_english() -> None:
    ru, en = words("ru"), words("en")
    assert (other("ru"), other("en")) == (en, ru)
    english_in_russian = [text for text in _prose(ru) if not re.search("[а-яё]", text, re.IGNORECASE)]
    assert set(english_in_russian) <= {ru.other_term, ru.other_meaning}
    russian_in_english = [text for text in _prose(en) if re.search("[а-яё]", text, re.IGNORECASE)]
    assert set(russian_in_english) <= {en.other_term, en.other_meaning}


def test_both_languages_leave_the_same_blanks() -> None:
    ru, en = words("ru"), words("en")
    for name in (each.name for each in fields(Words)):
        one, another = getattr(ru, name), getattr(en, name)
        if isinstance(one, str):
            assert _blanks(one) == _blanks(another), name
    for key in TERMS:
        assert _blanks(ru.terms[key].name) == _blanks(en.terms[key].name), key
        assert _blanks(ru.terms[key].meaning) == _blanks(en.terms[key].meaning), key
    assert set(ru.kinds) == set(en.kinds)
    assert set(ru.faults) == set(en.faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_have_names_excel_takes(language: Language) -> None:
    titles = sheet_titles(words(language), has_callbacks=True)
    assert len(set(titles)) == 9
    assert all(len(title) <= 31 and not re.search(r"[\[\]:*?/\\']", title) for title in titles)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_loaders_reasons_have_words(language: Language) -> None:
    _, rejects = split_lines(b"a\0b\n\xff\xfe\n" + b"x" * (1 << 20) + b"y\n", 0)
    faults = words(language).faults
    assert len(rejects) == 3
    for reject in rejects:
        assert any(reject.reason.startswith(begin) for begin in faults), reject.reason


def _texts(own: Words) -> Iterator[str]:
    for each in fields(Words):
        value = getattr(own, each.name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from value
        else:
            for term in value.values():
                yield from (term.name, term.meaning, term.short) if isinstance(term, Term) else (term,)


def _prose(own: Words) -> Iterator[str]:
    """Without formats, and without what is the same in every language."""
    formats = {own.date_format, own.datetime_format, own.python_date, own.chart_date, own.language}
    return (text for text in _texts(own) if text not in formats | _SAME_IN_BOTH)


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
