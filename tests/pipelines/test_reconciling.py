"""The relay is told of the calls it missed: who waits is in its queue once, and nobody who was served."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, MetadataValue
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from callcenter.phone import number_key as key_of
from callcenter.settings import number_key
from pipelines.reconciling import BATCH, Reconciled, batches, reconcile
from pipelines.unseen import UnseenCall, unseen_calls
from relay.store.schema import callback
from tests.pipelines.events import evaluations, materializations
from tests.pipelines.office import Office
from tests.pipelines.recording import RECORDING
from tests.pipelines.relay_beside import Beside, relay_beside
from tests.relay.site import SECRETS
from tests.warehouse.feed import Feed
from warehouse.build import build_dirty_days
from warehouse.load import load_new_bytes
from warehouse.load_facts import load_facts, load_new_facts
from warehouse.relay_api import RelayFault, client_of

BEFORE, AFTER = datetime(2026, 11, 23, 5, tzinfo=UTC), datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def same_number_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay and the pipelines have one settings file, and so one key."""
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY", SECRETS["number"])


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Beside]:
    (tmp_path / "relay").mkdir()
    with relay_beside(tmp_path / "relay", BEFORE) as found:
        yield found


def load_and_reconcile(office: Office, now: datetime) -> Reconciled:
    """As the load's steps do, without Dagster; at another time."""
    settings = office.settings
    assert settings.relay_api is not None
    with office.open() as opened:
        load_new_bytes(opened.con, settings)
        load_new_facts(opened.con, settings)
        build_dirty_days(opened.con, settings, number_key(settings))
        calls = unseen_calls(opened.con, settings, number_key(settings), now)
    with client_of(settings.relay_api) as client:
        return reconcile(client, calls)


def waiting_by_truth() -> set[tuple[str, str]]:
    """(company, number key) of each caller whose last call to a queue nobody answered."""
    last: dict[tuple[str, str], int] = {}
    for each in json.loads((RECORDING / "truth.json").read_text("utf-8")):
        if each.get("caller", "").isdigit() and (each["queued"] or each["answered"]):
            key = key_of(SECRETS["number"].encode(), f"+{each['caller']}")
            last[each["company"], key] = each["answered"]
    return {caller for caller, answered in last.items() if not answered}


def test_after_an_outage_the_recordings_callers_wait_once(recording: Office, beside: Beside) -> None:
    """Nothing of the recording was seen: the relay was down, or its line to Asterisk."""
    beside.begin()
    beside.known_to(recording)
    beside.now = AFTER
    done = load_and_reconcile(recording, AFTER)
    assert (done.failure, done.results["opened"]) == (None, len(waiting_by_truth()))
    rows = beside.do(beside.site.rows(select(callback).where(callback.c.state == "open")))
    sent = [each for each in beside.site.wire if each.to == "relay" and each.url.endswith("/reconcile")]
    assert len(sent) == 2
    assert 0 < done.count_numbers < sum(done.results.values())
    first = key_of(SECRETS["number"].encode(), "+79165550100")
    assert {(row.company, row.number_key) for row in rows if row.number_key != first} == waiting_by_truth()
    shown = [each | {"ticket": None} for each in beside.entries()]
    again = load_and_reconcile(recording, AFTER)
    assert not again.results["opened"] + again.results["joined"] + again.results["closed"]
    assert again.count_numbers == 0
    assert [each | {"ticket": None} for each in beside.entries()] == shown


def test_calls_from_before_the_relay_was_there_are_not_told(recording: Office, beside: Beside) -> None:
    beside.now = AFTER
    beside.begin()
    beside.known_to(recording)
    done = load_and_reconcile(recording, AFTER)
    assert (done.results, beside.entries()) == ({}, [])


def test_a_load_tells_the_relay_and_shows_what_came_of_it(
    office: Office, instance: DagsterInstance, beside: Beside
) -> None:
    now = datetime.now(UTC)
    beside.now = now - timedelta(hours=3)
    beside.begin()
    beside.known_to(office)
    settings = office.settings_file.read_text("utf-8")
    office.settings_file.write_text(settings.replace("moscow", "acme"))
    beside.now = now
    missed, called_again, answered = (now - timedelta(minutes=each) for each in (90, 80, 70))
    _abandon(office, missed, "79160010001")
    _abandon(office, called_again, "79160010002")
    _answer(office, answered, "79160010002")
    result = office.load(instance)
    shown = {each.asset_key.to_user_string(): each.metadata for each in materializations(result)}
    (entry,) = beside.entries()
    assert (entry["number"], entry["company"]) == ("+7 916 ***-**-01", "acme")
    counted = {"missed": 2, "sent": 3, "numbers_sent": 2, "opened": 1, "closed": 0}
    assert {name: shown["callbacks_reconciled"][name].value for name in counted} == counted
    assert evaluations(result)["relay_takes_them"].passed
    assert shown["callbacks_reconciled"]["source"] == MetadataValue.text(str(beside.site.url))


def test_the_cdr_of_a_dial_whose_outcome_the_relay_does_not_know_is_told(office: Office) -> None:
    """The lab's Asterisk called back; nobody saw how it went. The caller of another call was missed unseen."""
    case = Path(__file__).parents[1] / "fixtures/cases/30-called-back-by-the-relay"
    for name in ("callcenter.toml", "queue_log", "Master.csv"):
        (office.folder / name).write_bytes((case / name).read_bytes())
    first, claim = "lab:lab-1795647127.0", "f5ed407e"
    feed, key = Feed(), key_of(SECRETS["number"].encode(), "81160777001")
    opened = {"callback": 1, "reason": "abandoned", "isVip": False}
    feed.tell("started", call="lab:lab-1795647100.0", at="2026-11-25T22:50:00+00:00")
    for kind, data in (("missed", {"reason": "abandoned"}), ("callback_opened", opened)):
        feed.tell(kind, call=first, at="2026-11-25T22:52:09+00:00", numberKey=key, data=data)
    with office.open() as opened_warehouse:
        con, settings = opened_warehouse.con, opened_warehouse.settings
        load_new_bytes(con, settings)
        load_facts(con, feed, "http://relay.test")
        build_dirty_days(con, settings, number_key(settings))
        calls = unseen_calls(con, settings, number_key(settings), datetime(2026, 11, 25, 23, 30, tzinfo=UTC))
    of_caller = [each for each in calls if each.told["callerKey"] == key[:32]]
    assert [(each.told["outcome"], each.told["uniqueids"][0][:17]) for each in of_caller] == [
        ("reached", f"callback-{claim}"),
        ("missed", "lab-1795647176.12"),
        ("missed", "lab-1795647183.15"),
        ("reached", "callback-20e972bb"),
    ]
    assert [each.number for each in of_caller] == [None, "81160777001", "81160777001", None]
    assert (of_caller[0].told["operator"], of_caller[0].told["answeredAt"]) == (
        "alice",
        "2026-11-25T22:52:10+00:00",
    )


def test_who_asked_is_told_as_asking_and_who_was_served_in_the_menu_is_not_told(office: Office) -> None:
    """Of the calls of tests/fixtures/cases/31-ivr-outcomes; that of …08 the relay heard itself."""
    case = Path(__file__).parents[1] / "fixtures/cases/31-ivr-outcomes"
    for name in ("callcenter.toml", "queue_log", "Master.csv"):
        (office.folder / name).write_bytes((case / name).read_bytes())
    feed = Feed()
    feed.tell("started", call="lab:lab-1795424300.0", at="2026-11-23T08:50:00+00:00")
    feed.tell("callback_asked", call="lab:lab-1795424570.14", data={"callback": 1})
    with office.open() as opened_warehouse:
        con, settings = opened_warehouse.con, opened_warehouse.settings
        load_new_bytes(con, settings)
        load_facts(con, feed, "http://relay.test")
        build_dirty_days(con, settings, number_key(settings))
        calls = unseen_calls(con, settings, number_key(settings), datetime(2026, 11, 23, 10, tzinfo=UTC))
    told = {each.number[-2:]: each.told["reason"] for each in calls if each.number}
    assert sorted(key for key, reason in told.items() if reason == "asked") == [
        *("02", "09", "11", "13", "16", "17", "19")
    ]
    others = {key: reason for key, reason in told.items() if reason != "asked"}
    assert others == {"07": "abandoned", "12": "left_queue", "14": "queue_refused"}


def _abandon(office: Office, at: datetime, number: str) -> None:
    begun, uniqueid = f"{at.timestamp():.0f}", f"{at.timestamp():.0f}.1"
    office.log(
        f"{begun}|{uniqueid}|acme-queue|NONE|ENTERQUEUE||{number}|1",
        f"{at.timestamp() + 20:.0f}|{uniqueid}|acme-queue|NONE|ABANDON|1|1|20",
    )


def _answer(office: Office, at: datetime, number: str) -> None:
    begun, uniqueid = f"{at.timestamp():.0f}", f"{at.timestamp():.0f}.1"
    office.log(f"{begun}|{uniqueid}|acme-queue|NONE|ENTERQUEUE||{number}|1")
    office.answer(uniqueid, f"{at + timedelta(seconds=5):%Y-%m-%d %H:%M:%S}", "acme")


@dataclass
class Answering:
    """A relay that answers with these words, call by call; fails after so many requests."""

    words: dict[str, str] = field(default_factory=dict)
    fails_after: int = 1000
    asked: list[list[dict[str, Any]]] = field(default_factory=list)

    def post(self, path: str, body: Mapping[str, object]) -> bytes:
        assert path == "/api/v1/callbacks/reconcile"
        if len(self.asked) >= self.fails_after:
            raise RelayFault("cannot be reached")
        calls: list[dict[str, Any]] = body["calls"]  # type: ignore[assignment] # a JSON list
        self.asked.append(calls)
        words = [self.words.get(each["uniqueids"][0], "known") for each in calls]
        told = [
            "opened" if word == "number_wanted" and "number" in each else word
            for word, each in zip(words, calls, strict=True)
        ]
        return json.dumps({"calls": [{"result": each} for each in told]}).encode()


def unseen(nth: int, caller: str | None, number: str | None = None) -> UnseenCall:
    told = {"company": "acme", "callerKey": caller, "uniqueids": [f"1.{nth}"]}
    return UnseenCall(f"lab:1.{nth}", told, number)


def test_a_number_goes_where_it_is_wanted_and_is_there() -> None:
    relay = Answering({"1.1": "number_wanted", "1.2": "number_wanted"})
    done = reconcile(relay, [unseen(1, "a", "+1"), unseen(2, "b"), unseen(3, "c", "+3")])
    assert done.results == {"opened": 1, "number_wanted": 1, "known": 1}
    assert ["number" in each for each in relay.asked[1]] == [True, False, False]


def test_what_was_told_before_a_relay_fails_is_counted() -> None:
    relay = Answering(fails_after=1)
    done = reconcile(relay, [unseen(nth, str(nth)) for nth in range(BATCH + 1)])
    assert (done.results, done.failure) == ({"known": BATCH}, "cannot be reached")


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"calls": [{}]}', b'{"calls": []}'])
def test_an_answer_that_is_none_is_a_failure(answer: bytes) -> None:
    class Odd:
        def post(self, _path: str, _body: Mapping[str, object]) -> bytes:
            return answer

    assert "the answer is not" in (reconcile(Odd(), [unseen(1, "a")]).failure or "")


@given(st.lists(st.sampled_from("abcde"), max_size=40).map(sorted), st.integers(1, 9))
def test_batches_are_full_and_hold_a_callers_calls_together(callers: list[str], most: int) -> None:
    calls = [unseen(nth, caller) for nth, caller in enumerate(callers)]
    found = list(batches(calls, most))
    assert [each for batch in found for each in batch] == calls
    assert all(0 < len(batch) <= most for batch in found)
    for caller in {each for each in callers if callers.count(each) <= most}:
        assert sum(any(each.caller[1] == caller for each in batch) for batch in found) == 1
