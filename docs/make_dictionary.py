"""The made parts of the documentation: analysts.md's data dictionary, glossary.md's names of figures.

Run: .venv/bin/python docs/make_dictionary.py

With --check nothing is written: the exit code is 1 where a page is not up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from reports.texts import words
from warehouse import catalog

DOCS = Path(__file__).parent

_GROUPS = {
    "fct_": "Facts",
    "agg_": "Aggregates",
    "dim_": "Dimensions",
    "dq_": "Data quality",
}


def pages() -> dict[Path, str]:
    """Each page with a made part, as it should be."""
    return {
        DOCS / "analysts.md": _filled("analysts.md", "dictionary", dictionary(catalog.in_layer("marts"))),
        DOCS / "glossary.md": _filled("glossary.md", "names", names()),
    }


def dictionary(models: Sequence[catalog.Model]) -> str:
    """Markdown: the published tables by kind, each with its grain, its columns and its SQL."""
    return "\n".join(line for prefix, title in _GROUPS.items() for line in _group(models, prefix, title))


def names() -> str:
    """Markdown: what the reports call each figure and each reason, in both languages."""
    english, russian = words("en"), words("ru")
    lines = ["| key | English | Russian |", "|---|---|---|"]
    for ours, theirs in ((english.terms, russian.terms), (english.reasons, russian.reasons)):
        lines += [
            f"| `{key}` | {_cell(term.name)} | {_cell(theirs[key].name)} |" for key, term in ours.items()
        ]
    return "\n".join([*lines, ""])


def _filled(name: str, part: str, made: str) -> str:
    begin, end = f"<!-- {part}: made by docs/make_dictionary.py -->", f"<!-- /{part} -->"
    before, found, rest = (DOCS / name).read_text("utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{name} has no {begin} ... {end}")
    return f"{before}{begin}\n\n{made}\n{end}{after}"


def _group(models: Sequence[catalog.Model], prefix: str, title: str) -> Iterator[str]:
    yield from (f"### {title}", "")
    for model in models:
        if model.name.startswith(prefix):
            yield from _table(model)


def _table(model: catalog.Model) -> Iterator[str]:
    in_company_files = any(column.name == "company_id" for column in model.columns)
    where = "" if in_company_files else " Not in a Company's own file."
    yield from (f"#### {model.name}", "")
    yield f"{model.description} **One row is {model.grain}.**{where}"
    yield f"[SQL](../warehouse/models/{model.layer}/{model.name}.sql)"
    yield from ("", "| column | type | |", "|---|---|---|")
    for column in model.columns:
        yield f"| `{column.name}` | {column.type} | {_cell(column.description)} |"
    yield ""


def _cell(text: str) -> str:
    seconds = text.replace("{service_level}", "N").replace("{short_abandon}", "N")
    return seconds.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str]) -> int:
    stale = {page: text for page, text in pages().items() if page.read_text("utf-8") != text}
    if "--check" not in arguments:
        for page, text in stale.items():
            page.write_text(text, "utf-8")
        return 0
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
