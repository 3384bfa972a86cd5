"""The first day against a real Asterisk: docs/quick-start.md, typed by somebody new, and no file edited.

From its logs, its settings and its manager to the statistics page in a browser and a workbook in the mail.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from dagster import DagsterInstance, SensorResult, SkipReason, build_sensor_context
from openpyxl import load_workbook
from playwright.async_api import expect
from yarl import URL

from callcenter.settings import load_settings
from lab.asterisk.companies import COMPANIES
from lab.asterisk.place import Place
from lab.asterisk.settings import RELAY
from lab.calls.__main__ import main as play
from lab.calls.check import compare, expected_figures
from lab.calls.truth import Truth, read_truth
from pipelines.definitions import defs
from pipelines.resource import CallCenter
from pipelines.sensors.mailing import reports_due
from tests.lab.conftest import Lab
from tests.lab.operators_browser import chromium, signed_in
from tests.lab.terminal import Typed, typed
from tests.pipelines.dagster_dev import running, wait_for
from tests.pipelines.post_office import PostOffice, attachment, body, post_office
from tests.pipelines.test_sensors import requested

pytestmark = pytest.mark.lab

PLAYED = "answered,abandoned,overflow_answered,dialled_answered,direct_line_answered,blind_to_member,refused"
# Reports are made at 7 o'clock, so the first day begins between 9 and 21: in one of these zones it does, at any hour.
ZONES = ("Europe/Moscow", "Asia/Vladivostok", "Pacific/Honolulu", "America/Sao_Paulo")
ZONE = next(each for each in ZONES if 9 <= datetime.now(ZoneInfo(each)).hour < 21)
DAY = timedelta(days=1)
OLGA = "a long password"
BOSS = "boss@acme.example"


@dataclass(frozen=True)
class FirstDay:
    """`folder` is where the administrator typed; `calls` has what was played today, and was the day before, too."""

    folder: Path
    calls: Path
    place: Place
    post: PostOffice
    began: Typed
    today: datetime

    @property
    def truth(self) -> Truth:
        return read_truth(self.calls / "truth.json")


@pytest.fixture(scope="module")
def day(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstDay]:
    """After `callcenter init`. Only to be read."""
    calls = tmp_path_factory.mktemp("calls") / "played"
    options = ["--seed", "17", "--count", "7", "--scenarios", PLAYED, "--output", str(calls)]
    assert play([*options, *lab.folders]) == 0
    place = lab.place()
    with _yesterday(place, calls), post_office() as post:
        folder = tmp_path_factory.mktemp("new")
        began = _init(folder, place, post)
        yield FirstDay(folder, calls, place, post, began, datetime.now(ZoneInfo(ZONE)))


def _init(folder: Path, place: Place, post: PostOffice) -> Typed:
    companies = [word for each in COMPANIES for word in ("--company", f"{each.id}={each.id.title()}")]
    listen = ("--listen", f"127.0.0.1:{_free_port()}", "--metrics-listen", f"127.0.0.1:{_free_port()}")
    words = ["init", "--asterisk", str(place.etc), "--logs", str(place.log), *companies, *listen]
    answers = [
        ("manager interface", f"127.0.0.1:{place.ami_port}"),
        ("Its user [relay]", ""),
        ("The secret of relay", RELAY[1]),
        ("Time zone", ZONE),
        ("Country of its callers", "RU"),
        ("Login of who will see the statistics page", "olga"),
        ("A password for it", OLGA),
        ("The same again", OLGA),
        ("Mail server for reports", f"127.0.0.1:{post.port}"),
        ("Who gets each day's", BOSS),
        ("Whom they come from", "reports@acme.example"),
        ("Encryption", ""),
        ("Write callcenter.toml?", ""),
    ]
    return typed(folder, words, answers)


def callcenter(folder: Path, *words: str, entered: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("callcenter")), *words]
    return subprocess.run(  # noqa: S603 - our own
        command, cwd=folder, input=entered or "", capture_output=True, text=True, check=False, timeout=300
    )


def test_init_finds_everything_and_the_doctor_has_no_fault(day: FirstDay) -> None:
    assert day.began.code == 0, day.began.screen
    assert "\nfault" not in day.began.screen
    assert RELAY[1] not in day.began.screen
    assert OLGA not in day.began.screen
    found = json.loads(callcenter(day.folder, "doctor", "--json").stdout)
    assert [each for each in found if each["level"] == "fault"] == []
    assert {"mail", "ami lab"} <= {each["part"] for each in found if each["level"] == "ok"}
    _knows_everybody(day.folder)


def test_the_figures_are_true_and_each_call_is_as_it_was_made(day: FirstDay) -> None:
    on = f"{day.today:%Y-%m-%d}"
    period = ("--from", on, "--to", f"{day.today + DAY:%Y-%m-%d}")
    shown = json.loads(callcenter(day.folder, "statistics", *period, "--format", "json").stdout)
    by_company = {each["company"]: each for each in shown}
    for company in {call.company for call in day.truth.calls}:
        expected = expected_figures(day.truth, company)
        for figure in ("incoming", "answered", "outgoing"):
            assert by_company[company][figure] == expected[figure]
    settings = (day.folder / "callcenter.toml").read_text("utf-8")
    for name in ("queue_log", "cdr-csv/Master.csv"):  # without the day before
        settings = settings.replace(f"{day.place.log}/{name}*", str(day.calls / Path(name).name))
    (day.calls / "callcenter.toml").write_text(settings, "utf-8")
    assert compare(day.calls).differences == []


def test_the_administrator_signs_in_and_sees_them_and_an_operator_gets_a_password(day: FirstDay) -> None:
    company = next(call.company for call in day.truth.calls)
    expected = expected_figures(day.truth, company)["incoming"]
    on = f"{day.today:%Y-%m-%d}"
    assert callcenter(day.folder, "passwd", "alice", entered=f"{OLGA}\n").returncode == 0

    async def scenario(url: URL) -> None:
        async with chromium() as browser:
            async with signed_in(browser, url, "olga", OLGA, "#tiles") as olga:
                await olga.goto(f"{url}statistics?company={company}&first={on}&last={on}")
                incoming = olga.locator("#tiles [data-term=incoming] .value")
                await expect(incoming).to_have_text(str(expected))
                await incoming.locator("a").click()
                await expect(olga.locator("#calls-list tbody tr")).to_have_count(expected)
            async with signed_in(browser, url, "alice", OLGA) as alice:
                await expect(alice.locator("#connection")).to_be_visible()

    with _relay(day.folder) as url:
        asyncio.run(scenario(url))


def test_the_workbook_of_the_day_before_comes_by_mail(day: FirstDay) -> None:
    """As Dagster's sensor asks for it, by the job it starts."""
    center = CallCenter(config_path=str(day.folder / "callcenter.toml"))
    company = next(call.company for call in day.truth.calls)
    with DagsterInstance.ephemeral() as instance:
        with build_sensor_context(
            instance=instance, resources={"call_center": center}, definitions=defs
        ) as context:
            due = requested(cast("SensorResult | SkipReason", reports_due(context)))
        for request in due.dynamic_partitions_requests or []:
            instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
        name = f"{company} {day.today - DAY:%Y-%m-%d}"
        (wanted,) = [each for each in due.run_requests or [] if each.tags["callcenter/report"] == name]
        result = defs.resolve_job_def("mail_reports").execute_in_process(
            instance=instance,
            resources={"call_center": center},
            partition_key=wanted.partition_key,
            tags=wanted.tags,
        )
    assert result.success
    _is_mailed(day, company)


@pytest.mark.soak
def test_the_same_by_dagster_itself_as_init_says_to_start_it(day: FirstDay) -> None:
    day.post.taken.clear()
    home = day.folder / "data/dagster-of-the-test"
    assert f"DAGSTER_HOME={day.folder}/data/dagster" in day.began.screen
    assert (day.folder / "data/dagster/dagster.yaml").exists()
    company = next(call.company for call in day.truth.calls)
    with running(home, day.folder / "callcenter.toml") as dagster:
        wait_for(
            lambda: any(company.title() in str(each["Subject"]) for _, each in day.post.taken),
            600,
            dagster.log,
        )
        assert "FAILURE" not in {status for status, _ in dagster.runs("mail_reports")}
    _is_mailed(day, company)


def _is_mailed(day: FirstDay, company: str) -> None:
    """To whom it was to go, with the figures of the truth in the letter and in the workbook's summary."""
    subject = f"{company.title()} — Звонки за день: {day.today - DAY:%d.%m.%Y}"
    (message,) = [each for _, each in day.post.taken if str(each["Subject"]).startswith(subject)]
    assert message["To"] == BOSS
    expected = expected_figures(day.truth, company)["incoming"]
    assert re.search(rf"Входящие\D+{expected}\b", body(message, "plain"))
    summary = load_workbook(io.BytesIO(attachment(message).get_content())).worksheets[0]
    rows = {row[0]: row[1] for row in summary.iter_rows(values_only=True)}
    assert rows["Входящие"] == expected


@contextmanager
def _relay(folder: Path) -> Iterator[URL]:
    command = [str(Path(sys.executable).with_name("callcenter")), "relay"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            assert process.stderr is not None
            line = next(each for each in process.stderr if each.startswith("relay: http://"))
            yield URL(line.split()[1]).with_path("/")
        finally:
            process.terminate()


@contextmanager
def _yesterday(place: Place, calls: Path) -> Iterator[None]:
    """Rotated logs beside today's, as a PBX has that did not begin today: the same calls, a day earlier."""
    earlier = {
        place.log / "queue_log.1": _day_earlier((calls / "queue_log").read_text("utf-8")),
        place.log / "cdr-csv/Master.csv.1": _day_earlier((calls / "Master.csv").read_text("utf-8")),
    }
    for path, text in earlier.items():
        path.write_text(text, "utf-8")
    try:
        yield
    finally:
        for path in earlier:
            path.unlink()


def _day_earlier(text: str) -> str:
    """Epochs, those in uniqueids too, and local times."""
    epochs = re.sub(r"\b1[7-9]\d{8}\b", lambda found: str(int(found[0]) - 86_400), text)
    pattern = r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b"
    return re.sub(pattern, lambda found: f"{datetime.fromisoformat(found[0]) - DAY}", epochs)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


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
