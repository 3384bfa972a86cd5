"""Every figure and every reason in words, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.worksheet.worksheet import Worksheet

from reports.figures import REASONS
from reports.page import Layout, Page, height_of
from reports.report import Report
from reports.sheets.heading import filled_term, heading
from reports.styles import HEAD, HEAD_BESIDE, SECTION, TEXT_BESIDE, TEXT_MUTED, TEXT_WRAPPED
from reports.texts import Term, Words, other
from reports.texts.words import CALLBACKS, CALLS, FIGURES, JSON_NAMES, PASSES, QUALITY

_WIDTHS = (38, 66, 28, 30, 62)


def write(sheet: Worksheet, report: Report, words: Words) -> Page:
    page = Page(sheet, heading(report, words, words.definitions, words.definitions_note), Layout(_WIDTHS))
    texts = (words.term, words.meaning, words.key, words.other_term, words.other_meaning)
    looks = (HEAD, HEAD, HEAD_BESIDE, HEAD, HEAD)
    page.add(*zip(texts, looks, strict=True), height=22)
    theirs = other(words.language)
    for title, keys, own, foreign in (
        (words.group_calls, CALLS, words.terms, theirs.terms),
        (words.group_figures, FIGURES, words.terms, theirs.terms),
        (words.group_reasons, REASONS, words.reasons, theirs.reasons),
        (words.group_passes, PASSES, words.terms, theirs.terms),
        (words.group_callbacks, CALLBACKS, words.terms, theirs.terms),
        (words.group_quality, QUALITY, words.terms, theirs.terms),
    ):
        page.add((title, SECTION), height=26)
        _add_terms(page, report, ((key, own[key], foreign[key]) for key in keys))
    sheet.print_area = f"A1:C{page.row_number}"  # both languages on a page would be too small to read
    return page


def _add_terms(page: Page, report: Report, terms: Iterable[tuple[str, Term, Term]]) -> None:
    for key, own, foreign in terms:
        name, meaning = filled_term(own, report)
        other_name, other_meaning = filled_term(foreign, report)
        page.add(
            (_capital(name), TEXT_WRAPPED),
            (meaning, TEXT_MUTED),
            (key if key in REASONS else JSON_NAMES.get(key, ""), TEXT_BESIDE),
            (_capital(other_name), TEXT_MUTED),
            (other_meaning, TEXT_MUTED),
            height=height_of(
                (name, _WIDTHS[0] * 0.9),
                (meaning, _WIDTHS[1]),
                (other_name, _WIDTHS[3]),
                (other_meaning, _WIDTHS[4]),
            ),
        )


def _capital(name: str) -> str:
    """`of which successful` stands alone here."""
    return name[:1].upper() + name[1:]
