"""The first day against a real Asterisk: its logs, its settings and its manager, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from callcenter.settings import load_settings
from lab.asterisk.companies import COMPANIES
from lab.asterisk.settings import RELAY
from lab.calls.__main__ import main as play
from lab.calls.check import compare, expected_figures
from lab.calls.truth import read_truth
from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab

PLAYED = "answered,abandoned,overflow_answered,dialled_answered,direct_line_answered,blind_to_member,refused"


def callcenter(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """In an empty folder, as a person would start it there; nothing can be asked."""
    command = [str(Path(sys.executable).with_name("callcenter")), *words]
    return subprocess.run(  # noqa: S603 - our own
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_from_nothing_to_the_figures_that_are_true(lab: Lab, tmp_path: Path) -> None:
    calls, folder, secret = tmp_path / "calls", tmp_path / "new", tmp_path / "ami"
    options = ["--seed", "17", "--count", "7", "--scenarios", PLAYED, "--output", str(calls)]
    assert play([*options, *lab.folders]) == 0
    folder.mkdir()
    secret.write_text(RELAY[1])
    secret.chmod(0o600)
    place = lab.place()
    companies = [word for each in COMPANIES for word in ("--company", f"{each.id}={each.id.title()}")]
    ran = callcenter(
        folder,
        *("init", "--yes", "--asterisk", str(place.etc), "--logs", str(place.log), *companies),
        *("--timezone", "Europe/Moscow", "--country", "RU"),
        *("--ami", f"127.0.0.1:{place.ami_port}", "--ami-secret-file", str(secret)),
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert callcenter(folder, "check-config").returncode == 0
    found = json.loads(callcenter(folder, "doctor", "--json").stdout)
    assert [each for each in found if each["level"] == "fault"] == []
    _is_true(calls, folder)
    _knows_everybody(folder)


def _is_true(calls: Path, folder: Path) -> None:
    """The figures that people are shown, and each call with the settings that init wrote."""
    truth = read_truth(calls / "truth.json")
    period = ("--from", "2020-01-01", "--to", "2100-01-01")
    shown = json.loads(callcenter(folder, "statistics", *period, "--format", "json").stdout)
    by_company = {each["company"]: each for each in shown}
    for company in {call.company for call in truth.calls}:
        expected = expected_figures(truth, company)
        assert by_company[company]["incoming"] == expected["incoming"]
        assert by_company[company]["answered"] == expected["answered"]
        assert by_company[company]["outgoing"] == expected["outgoing"]
    (calls / "callcenter.toml").write_text((folder / "callcenter.toml").read_text("utf-8"), "utf-8")
    assert compare(calls).differences == []


def _knows_everybody(folder: Path) -> None:
    """Also who took no call and what nobody dialled: Asterisk itself told."""
    settings = load_settings(folder / "callcenter.toml")
    known = {(each.login, each.interface, each.member, each.companies) for each in settings.operators}
    assert known == {
        (operator.login, operator.interface, operator.name, (company.id,))
        for company in COMPANIES
        for operator in company.operators
    }
    assert {each.value for company in settings.companies for each in company.queues} == {
        queue for company in COMPANIES for queue in company.queues
    }
    assert settings.pbxs[0].name == "lab"
