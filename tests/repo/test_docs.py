"""The documentation is true: its links lead somewhere, its queries run, what it names exists."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest

from callcenter import settings as known
from docs.make_dictionary import pages
from reports.callbacks import CallbackFigures, CallbackOperatorFigures
from reports.figures import REASONS, CompanyFigures, PassFigures, Period, company_figures
from tests.repo.documents import PAGES, anchors, blocks, links
from tests.repo.repository import ROOT, relative
from warehouse import catalog

DOCS = ROOT / "docs"
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        if target.startswith(("https:", "http:")):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", [DOCS / "analysts.md", DOCS / "glossary.md"], ids=relative)
def test_made_parts_are_up_to_date(page: Path) -> None:
    """Where this fails, run .venv/bin/python docs/make_dictionary.py."""
    assert page.read_text("utf-8") == pages()[page]


def _queries() -> list[tuple[str, str | None]]:
    """Each query of the analysts' guide, and what it says comes out, where it does."""
    found = blocks(DOCS / "analysts.md")
    after = [*found[1:], None]
    return [
        (block.text, following.text if following and following.language == "text" else None)
        for block, following in zip(found, after, strict=True)
        if block.language == "sql"
    ]


@pytest.mark.parametrize(("query", "shown"), _queries(), ids=lambda text: str(text).split("\n", 1)[0][:40])
def test_queries_give_what_they_are_said_to(query: str, shown: str | None, published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as con:
        result = con.sql(query)
        assert shown is None or _cells(str(result)) == _cells(shown)


def _cells(table: str) -> list[list[str]]:
    """The rows of a table drawn by DuckDB, whatever lines it draws around them."""
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines() if "│" in line]


def test_python_of_the_analysts_guide_runs(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(published.parents[1])
    programs = [block.text for block in blocks(DOCS / "analysts.md") if block.language == "python"]
    assert programs != []
    for program in programs:
        exec(program, {})  # noqa: S102 - our own documentation


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "recordings/README.md"], ids=relative)
def test_the_recordings_table_is_what_is_counted(page: Path, published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as con:
        counted = {each.company: each for each in company_figures(con, NOVEMBER)}
    rows = re.findall(
        r"^\|? *(acme|globex|initech)\b[ |]+((?:\d+[ |]+){7})", page.read_text("utf-8"), re.MULTILINE
    )
    shown = {company: [int(number) for number in re.findall(r"\d+", numbers)] for company, numbers in rows}
    assert shown == {
        company: [
            *(each.incoming, each.queued, each.answered, each.outgoing, each.outgoing_successful),
            *(each.incoming_talk_seconds, each.outgoing_talk_seconds),
        ]
        for company, each in counted.items()
    }


def test_every_figure_has_its_definition() -> None:
    """README leads to statistics.md, and that has every name of the command line's JSON: two hops."""
    assert "docs/statistics.md" in links(ROOT / "README.md")
    names = {*REASONS, *_blank(CompanyFigures).to_dict(), *_blank(PassFigures).to_dict("queue")}
    names |= {*_blank(CallbackFigures).to_dict(), *_blank(CallbackOperatorFigures).to_dict()}
    text = (DOCS / "statistics.md").read_text("utf-8")
    assert sorted(name for name in names - {"company", "queue"} if f"`{name}`" not in text) == []


_Figures = TypeVar("_Figures", CompanyFigures, PassFigures, CallbackFigures, CallbackOperatorFigures)


def _blank(kind: type[_Figures]) -> _Figures:
    zeros: dict[str, Any] = dict.fromkeys((field.name for field in dataclasses.fields(kind)), 0)
    return kind(**zeros)


def test_every_hint_is_documented() -> None:
    hints = re.findall(r"\('(\w+)', 'hint'", catalog.sql("stg_event_shape"))
    words = re.findall(r"THEN '(\w+)'", catalog.sql("stg_cdr"))
    text = (DOCS / "statistics.md").read_text("utf-8")
    assert hints != []
    assert words != []
    assert [hint for hint in hints if not re.search(rf"\b{hint}\b", text)] == []
    assert [word for word in words if f"userfield)={word}" not in text] == []


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("`[warehouse]`", known.Warehouse),
        ("`[[pbx]]`", known.Pbx),
        ("`cdr_database` and `queue_log_database`", known.Database),
        ("`[[company]]`", known.Company),
        ("`[company.route]`", known.Route),
        ("`[[company.rule]]`", known.Rule),
        ("`[company.selfservice]`", known.Selfservice),
        ("`[[operator]]`", known.Operator),
        ("`[[administrator]]`", known.Administrator),
        ("`[relay]`", known.Relay),
        ("`[relay.keep]`", known.Keep),
        ("`[relay.agi]`", known.Agi),
        ("`[relay.log]`", known.Log),
        ("`[console]`", known.Console),
        ("`[console.jwt]`", known.Jwt),
        ("`[loymax]`", known.Loymax),
        ("`[loymax.paths]`", known.LoymaxPaths),
        ("`[loymax.statistics]`", known.LoymaxStatistics),
        ("`[otrs]`", known.Otrs),
        ("`[mail]`", known.Mail),
        ("Reports", known.Reports),
        ("`[[service]]`", known.Service),
        ("`[relay_api]`", known.RelayApi),
    ],
)
def test_documented_settings_exist_and_the_other_way_round(heading: str, kind: type) -> None:
    section = (DOCS / "settings.md").read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n##")[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert sorted(documented) == sorted(field.name for field in dataclasses.fields(kind))


def test_every_check_and_sensor_of_dagster_is_documented() -> None:
    from pipelines.definitions import defs  # noqa: PLC0415 - dagster takes two seconds

    text = (DOCS / "operate.md").read_text("utf-8")
    repository = defs.get_repository_def()
    named = {sensor.name for sensor in repository.sensor_defs} | {
        key.name for key in repository.asset_graph.asset_check_keys
    }
    named |= {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert named != set()
    assert sorted(name for name in named if f"`{name}`" not in text) == []
