"""The data dictionary of analysts.md, made from the models' .yml.

Run: .venv/bin/python docs/make_dictionary.py

With --check nothing is written: the exit code is 1 where the page is not up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from warehouse import catalog

PAGE = Path(__file__).with_name("analysts.md")
BEGIN = "<!-- dictionary: made by docs/make_dictionary.py -->"
END = "<!-- /dictionary -->"

_GROUPS = {
    "fct_": "Facts",
    "agg_": "Aggregates",
    "dim_": "Dimensions",
    "dq_": "Data quality",
}


def dictionary(models: Sequence[catalog.Model]) -> str:
    """Markdown: the published tables by kind, each with its grain, its columns and its SQL."""
    return "\n".join(line for prefix, title in _GROUPS.items() for line in _group(models, prefix, title))


def with_dictionary(page: str, models: Sequence[catalog.Model]) -> str:
    """The page with a new dictionary between its markers; ValueError where it has no markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{dictionary(models)}\n{END}{after}"


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
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str]) -> int:
    page = PAGE.read_text("utf-8")
    fresh = with_dictionary(page, catalog.in_layer("marts"))
    if "--check" in arguments:
        return int(fresh != page)
    PAGE.write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
