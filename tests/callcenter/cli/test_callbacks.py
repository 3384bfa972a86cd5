"""callcenter statistics: callbacks, of tests/fixtures/relay-facts beside the recording's calls."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from callcenter.settings import load_settings, number_key
from tests.callcenter.cli.running import NOVEMBER, Ran, Site
from tests.warehouse.facts_file import read_facts
from tests.warehouse.feed import URL
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load_facts import load_facts
from warehouse.publish import publish

THE_23RD = ("--from", "2026-11-23", "--to", "2026-11-24")
ACME = {
    "created": 8,
    "reached": 3,
    "self_served": 1,
    "refused": 1,
    "gave_up": 1,
    "expired": 1,
    "open": 1,
    "missed_calls": 9,
    "attempts": 5,
    "unknown_attempts": 1,
    "called_back": 4,
    "asked": 2,
    "asked_called_back": 1,
    "average_to_callback_seconds": 540.0,
    "median_to_callback_seconds": 400.0,
    "longest_to_callback_seconds": 1210,
}


@pytest.fixture(scope="module")
def told(loaded: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The recording, and a relay that told of it. Only to be read."""
    folder = tmp_path_factory.mktemp("told")
    shutil.copytree(loaded.folder, folder, dirs_exist_ok=True)
    settings = load_settings(folder / "callcenter.toml")
    with open_warehouse(settings) as con:
        load_facts(con, read_facts(), URL)
        build_dirty_days(con, settings, number_key(settings))
        publish(con, settings)
    return Site(folder)


def statistics(site: Site, *words: str | Path) -> Ran:
    ran = site("statistics", *THE_23RD, *words)
    assert (ran.code, ran.err) == (0, "")
    return ran


class TestWithARelay:
    def test_json_has_them_by_company(self, told: Site) -> None:
        rows = {row["company"]: row["callbacks"] for row in statistics(told, "--format", "json").json}
        assert rows["acme"] == ACME
        assert list(rows["acme"]) == list(ACME)
        assert (rows["globex"]["created"], rows["globex"]["median_to_callback_seconds"]) == (0, None)

    def test_json_has_them_by_operator_also_whom_no_queue_rang(self, told: Site) -> None:
        rows = statistics(told, "--by", "operator", "--format", "json", "--company", "acme").json
        found = {row["operator"]: row["callbacks"] for row in rows}
        assert found["alice"] == {"dials": 3, "attempts": 2, "answered": 2, "reached": 2, "talk_seconds": 65}
        assert found["bob"] == {"dials": 3, "attempts": 3, "answered": 0, "reached": 1, "talk_seconds": 0}

    def test_csv_has_a_column_for_each(self, told: Site) -> None:
        row = statistics(told, "--format", "csv").csv[0]
        assert {name: row[f"callbacks_{name}"] for name in ACME} == {
            name: str(of) for name, of in ACME.items()
        }

    def test_people_read_how_they_add_up(self, told: Site) -> None:
        out = statistics(told).out
        assert (
            "  acme: 8 = 3 reached + 1 self served + 1 refused + 1 gave up + 1 expired + 1 open;"
            " 4 called back, median 6.7 min, average 9.0 min\n"
            "    2 asked for by the caller, 1 of them called back\n"
        ) in out
        assert "  initech: 1 = 1 open; nobody was called back\n" in out

    def test_people_read_who_called_back(self, told: Site) -> None:
        lines = [line.split() for line in statistics(told, "--by", "operator").out.splitlines()]
        assert ["acme", "alice", "3", "2", "2", "2", "1.08"] in lines
        assert ["acme", "bob", "3", "3", "0", "1", "0.00"] in lines

    def test_figures_of_calls_are_as_without(self, told: Site, loaded: Site) -> None:
        with_relay, without = (statistics(site, "--format", "json").json for site in (told, loaded))
        assert [row | {"callbacks": None} for row in with_relay] == without


class TestWithoutASource:
    def test_they_are_empty_and_not_zero(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json").json
        assert [row["callbacks"] for row in rows] == [None] * 3
        rows = loaded("statistics", *NOVEMBER, "--by", "operator", "--format", "json").json
        assert {row["callbacks"] for row in rows} == {None}
        assert loaded("statistics", *NOVEMBER, "--format", "csv").csv[0]["callbacks_created"] == ""

    def test_so_they_are_before_the_relays_first_fact(self, told: Site) -> None:
        rows = told("statistics", "--from", "2026-11-01", "--to", "2026-11-22", "--format", "json").json
        assert [row["callbacks"] for row in rows] == [None] * 3

    def test_people_read_nothing_of_them(self, loaded: Site) -> None:
        assert "allback" not in statistics(loaded).out
        assert "allback" not in statistics(loaded, "--by", "operator").out
