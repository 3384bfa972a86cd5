"""Reports by themselves: written and mailed once, again where somebody asks, and never twice for a retry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, MultiPartitionKey, RetryPolicy
from openpyxl import load_workbook

from pipelines import mailings
from pipelines.assets.mailing import BY_SENSOR, mailed_report
from pipelines.mail import Answer, Outcome
from pipelines.partitions import COMPANIES, PERIODS
from pipelines.periods import KINDS, last_ended, read_period
from pipelines.sensors.mailing import MOST_RUNS, RETRY_AFTER, reports_due
from reports.figures import Period
from tests.pipelines.events import failure, materializations
from tests.pipelines.office import Office
from tests.pipelines.post_office import PostOffice, attachment, body, post_office
from tests.pipelines.test_sensors import partitions_added, requested, run_keys, skipped, tick

ANN, BOB = "ann@acme.example", "bob@acme.example"
SENDER = "reports@callcenter.example"
DAY, WEEK, MONTH = "2026-10-20", "2026-W43", "2026-10"


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with post_office() as opened:
        yield opened


@pytest.fixture
def mailing(office: Office, instance: DagsterInstance, post: PostOffice) -> Office:
    """An office with a day's calls, whose Company moscow mails all its reports to Ann and Bob."""
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {post.port}\nencryption = "none"\nsender = "{SENDER}"\n'
    both = json.dumps([ANN, BOB])
    reports = f'reports = {{ daily = {both}, weekly = {both}, monthly = {both}, hour = 7 }}\nname = "Moscow"'
    text = office.settings_file.read_text().replace('name = "Moscow"', reports)
    office.settings_file.write_text(f"{text}\n{mail}")
    instance.add_dynamic_partitions(str(COMPANIES.name), ["moscow", "kathmandu"])
    instance.add_dynamic_partitions(str(PERIODS.name), [DAY, WEEK, MONTH])
    office.call(f"{DAY} 09:00:00")
    office.fill()
    return office


def mail(
    office: Office,
    instance: DagsterInstance,
    period: str = DAY,
    *,
    by_hand: bool = False,
    succeeds: bool = True,
) -> ExecuteInProcessResult:
    return office.run(
        "mail_reports",
        instance,
        succeeds,
        partition_key=MultiPartitionKey({"company": "moscow", "period": period}),
        tags={} if by_hand else BY_SENSOR,
    )


def shown(result: ExecuteInProcessResult) -> dict[str, Any]:
    (only,) = (each for each in materializations(result) if each.asset_key.path == ["mailed_report"])
    return {name: value.value for name, value in only.metadata.items()}


def sent(office: Office) -> list[tuple[str, int, str]]:
    with office.open() as opened:
        return opened.con.execute(
            "SELECT recipient, number, outcome FROM ledger.mail ORDER BY rowid"
        ).fetchall()


@pytest.mark.parametrize("period", [DAY, WEEK, MONTH])
def test_a_report_is_written_and_mailed(
    mailing: Office, instance: DagsterInstance, post: PostOffice, period: str, tmp_path: Path
) -> None:
    found = shown(mail(mailing, instance, period))
    path = mailing.folder / "data" / "reports" / "moscow" / f"{period}.en.xlsx"
    assert (found["path"], found["number"]) == (str(path), 1)
    ((recipients, message),) = post.taken
    assert recipients == [ANN, BOB]
    assert str(message["Subject"]).startswith("Moscow — Calls of the ")
    assert "Incoming" in body(message, "plain")
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(attachment(message).get_content())
    assert copy.read_bytes() == path.read_bytes()
    assert load_workbook(copy).sheetnames[0] == "Summary"


def test_by_itself_once_and_by_hand_again(
    mailing: Office, instance: DagsterInstance, post: PostOffice
) -> None:
    mail(mailing, instance)
    assert shown(mail(mailing, instance))["mailed"] == "to everybody before"
    assert len(post.taken) == 1
    mail(mailing, instance, by_hand=True)
    assert len(post.taken) == 2
    first, second = (str(message["Message-ID"]) for _, message in post.taken)
    assert first != second
    assert first.endswith("@callcenter.example>")
    mail(mailing, instance)
    assert len(post.taken) == 2


def test_who_is_named_later_gets_it_alone(
    mailing: Office, instance: DagsterInstance, post: PostOffice
) -> None:
    mail(mailing, instance)
    text = mailing.settings_file.read_text()
    mailing.settings_file.write_text(
        text.replace(json.dumps(BOB), '"bob@acme.example", "eve@acme.example"', 1)
    )
    mail(mailing, instance)
    assert [recipients for recipients, _ in post.taken] == [[ANN, BOB], ["eve@acme.example"]]


def test_what_failed_is_retried_under_the_same_message_id(
    mailing: Office, instance: DagsterInstance, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mailed_report.op.retry_policy
    without_waiting = RetryPolicy(max_retries=mailed_report.op.retry_policy.max_retries)
    monkeypatch.setattr(mailed_report.op, "_retry_policy", without_waiting)
    post.answers = ["451 later", "451 later"]
    mail(mailing, instance)
    assert post.attempts == 3
    assert [(number, outcome) for _, number, outcome in sent(mailing)] == [
        *((1, "sending"), (1, "sending"), (1, "failed"), (1, "failed")) * 2,
        *((1, "sending"), (1, "sending"), (1, "sent"), (1, "sent")),
    ]
    assert len(post.taken) == 1


def test_a_refused_recipient_is_told_and_the_other_has_it(
    mailing: Office, instance: DagsterInstance, post: PostOffice
) -> None:
    post.refused = {ANN: "550 no such user"}
    assert failure(mail(mailing, instance, succeeds=False)) == f"not mailed to {ANN}: 550 no such user"
    post.refused = {}
    mail(mailing, instance)
    assert [recipients for recipients, _ in post.taken] == [[BOB], [ANN]]


def test_what_was_cut_off_is_not_mailed_again_by_itself_and_is_told(
    mailing: Office, instance: DagsterInstance, post: PostOffice
) -> None:
    post.answers = ["hang up"]
    for _ in range(2):
        told = failure(mail(mailing, instance, succeeds=False))
        assert told.startswith(f"nobody knows whether it was mailed to {ANN}, {BOB}")
    assert post.attempts == 1
    mail(mailing, instance, by_hand=True)
    assert post.attempts == 2


def test_a_run_killed_while_it_mails_leaves_the_same_doubt(
    mailing: Office, instance: DagsterInstance
) -> None:
    """Written down before it begins, so that the next run does not begin it again."""
    with mailing.open() as opened:
        begun = mailings.begin(opened.con, ("moscow", DAY), [ANN, BOB], datetime(2026, 10, 21), False)  # noqa: DTZ001
        mailings.note(opened.con, begun, {BOB: Answer(Outcome.sent)}, datetime(2026, 10, 21))  # noqa: DTZ001
    told = failure(mail(mailing, instance, succeeds=False))
    assert told.startswith(f"nobody knows whether it was mailed to {ANN}: ")


def test_without_a_recipient_it_is_written(
    mailing: Office, instance: DagsterInstance, post: PostOffice
) -> None:
    text = mailing.settings_file.read_text()
    mailing.settings_file.write_text(text.replace(f"daily = {json.dumps([ANN, BOB])}", "daily = []"))
    found = shown(mail(mailing, instance))
    assert found["mailed"] == "nobody: the settings name no recipient"
    assert Path(found["path"]).exists()
    assert post.taken == []


class TestDue:
    @pytest.mark.parametrize(
        ("now", "daily", "weekly", "monthly"),
        [
            ("2026-11-30 03:59:59", "2026-11-28", "2026-W47", "2026-10"),
            ("2026-11-30 04:00:00", "2026-11-29", "2026-W48", "2026-10"),
            ("2026-12-01 04:00:00", "2026-11-30", "2026-W48", "2026-11"),
            ("2027-01-04 04:00:00", "2027-01-03", "2026-W53", "2026-12"),
        ],
    )
    def test_at_the_hour_on_the_companys_clock(self, now: str, daily: str, weekly: str, monthly: str) -> None:
        """Seven o'clock in Moscow is four in UTC."""
        at = datetime.fromisoformat(now).replace(tzinfo=UTC)
        assert [last_ended(each, "Europe/Moscow", 7, at) for each in KINDS] == [daily, weekly, monthly]

    def test_a_period_by_its_name(self) -> None:
        assert read_period("2026-W53") == ("weekly", Period(date(2026, 12, 28), date(2027, 1, 4)))
        assert read_period("2026-12") == ("monthly", Period(date(2026, 12, 1), date(2027, 1, 1)))
        assert read_period("2026-12-31") == ("daily", Period(date(2026, 12, 31), date(2027, 1, 1)))
        with pytest.raises(ValueError, match="month must be"):
            read_period("2026-13-01")

    def test_each_is_asked_for_once(self, mailing: Office, instance: DagsterInstance) -> None:
        found = requested(tick(reports_due, mailing, instance))
        keys = [each.partition_key for each in found.run_requests or []]
        assert len(keys) == 3
        assert all(each.tags["callcenter/by"] == "sensor" for each in found.run_requests or [])
        (periods,) = (each for each in partitions_added(found) if "moscow" not in each)
        assert len(set(periods) | {DAY, WEEK, MONTH}) >= 3
        assert run_keys(tick(reports_due, mailing, instance, found.cursor)) == []

    def test_nobody_asks_for_any(self, office: Office, instance: DagsterInstance) -> None:
        assert "no report is due" in skipped(tick(reports_due, office, instance))

    def test_a_run_that_failed_is_tried_again_later(
        self, mailing: Office, instance: DagsterInstance, post: PostOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = requested(tick(reports_due, mailing, instance))
        request = (found.run_requests or [])[0]
        assert request.partition_key
        instance.add_dynamic_partitions(str(PERIODS.name), partitions_added(found)[-1])
        post.refused = {ANN: "550 no such user", BOB: "550 no such user"}
        mailing.run("mail_reports", instance, False, partition_key=request.partition_key, tags=request.tags)
        assert run_keys(tick(reports_due, mailing, instance, found.cursor)) == []
        monkeypatch.setattr("pipelines.sensors.mailing.RETRY_AFTER", timedelta())
        again = requested(tick(reports_due, mailing, instance, found.cursor))
        assert run_keys(again) == [f"{request.tags['callcenter/report']} 2"]
        spent = json.dumps(dict.fromkeys(json.loads(found.cursor or "{}"), MOST_RUNS))
        assert run_keys(tick(reports_due, mailing, instance, spent)) == []
        assert timedelta(minutes=10) < RETRY_AFTER
