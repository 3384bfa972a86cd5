"""callcenter report: a whole Excel file where it was asked for, or a word on why not."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.callcenter.cli.running import NOVEMBER, Site


def sheets(path: Path) -> list[str]:
    return openpyxl.load_workbook(path).sheetnames


def test_writes_the_file_and_prints_its_path(loaded: Site, tmp_path: Path) -> None:
    path = tmp_path / "acme.xlsx"
    ran = loaded("report", *NOVEMBER, "--company", "acme", "--output", path)
    assert (ran.code, ran.out, ran.err) == (0, f"{path}\n", "")
    assert sheets(path)[0] == "Summary"


def test_in_russian(loaded: Site, tmp_path: Path) -> None:
    path = tmp_path / "acme.xlsx"
    loaded("report", *NOVEMBER, "--company", "acme", "--language", "ru", "--output", path)
    assert sheets(path)[0] == "Сводка"


def test_takes_the_place_of_an_older_file(loaded: Site, tmp_path: Path) -> None:
    path = tmp_path / "acme.xlsx"
    path.write_text("old")
    assert loaded("report", *NOVEMBER, "--company", "acme", "--output", path).code == 0
    assert sheets(path)
    assert [each.name for each in tmp_path.iterdir()] == ["acme.xlsx"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output", "acme.xlsx"], "--company must be given"),
        (["--company", "acme"], "--output must be given, such as --output acme-2026-11.xlsx"),
        (["--company", "acme", "--output", "acme.csv"], "--output acme.csv must end in .xlsx"),
        (
            ["--company", "acme", "--output", "folder.xlsx"],
            "--output folder.xlsx is a folder: name a file in it",
        ),
        (["--company", "acme", "--output", "no/acme.xlsx"], "there is no folder no; make it first"),
        (["--company", "akme", "--output", "acme.xlsx"], "unknown Company 'akme'. Did you mean acme?"),
        (["--company", "acme", "--output", "acme.xlsx", "--language", "de"], "'de' is not one of 'en', 'ru'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_use_is_explained(
    words: list[str], said: str, loaded: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.xlsx").mkdir()
    ran = loaded("report", *NOVEMBER, *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert [each.name for each in tmp_path.iterdir()] == ["folder.xlsx"]


def test_a_company_that_was_not_loaded_yet_is_told(copy: Site, tmp_path: Path) -> None:
    copy.edit('id = "initech"', 'id = "hooli"')
    ran = copy("report", *NOVEMBER, "--company", "hooli", "--output", tmp_path / "hooli.xlsx")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("run `callcenter load` if it is new in the settings\n")
    assert not (tmp_path / "hooli.xlsx").exists()


def test_a_file_that_cannot_be_written_is_told(loaded: Site, tmp_path: Path) -> None:
    long = tmp_path / f"{'a' * 300}.xlsx"
    ran = loaded("report", *NOVEMBER, "--company", "acme", "--output", long)
    assert (ran.code, ran.out) == (1, "")
    assert "File name too long" in ran.err
