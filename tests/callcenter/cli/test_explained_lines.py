"""What explain tells is what the models did: held against every call of every fixture and of the recording."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from callcenter.cli.explained_lines import told_lines
from callcenter.cli.explained_rules import company_rules, decided_company, outcome_rule
from callcenter.directory import Directory
from tests.warehouse.harness import CASES, CallCenter, copy_case, copy_recording, fast_folder
from warehouse.explain import Explained, explain_call, read_warehouse

NAMES = ["recording", *sorted(path.parent.name for path in CASES.glob("*/callcenter.toml"))]


@cache
def told_by(name: str) -> tuple[Directory, list[Explained]]:
    """Every call of a fixture, as explain reads it."""
    with fast_folder() as folder:
        center = copy_recording(Path(folder)) if name == "recording" else copy_case(name, Path(folder))
        center.run()
        return Directory.from_settings(center.settings), list(_calls(center))


def _calls(center: CallCenter) -> Iterator[Explained]:
    with read_warehouse(center.settings) as con:
        rows = con.execute(
            "SELECT pbx, substr(call_id, length(pbx) + 2) FROM marts.fct_call ORDER BY ALL"
        ).fetchall()
        for pbx, uniqueid in rows:
            yield explain_call(con, [pbx], uniqueid)


@pytest.mark.parametrize("name", NAMES)
class TestEveryCall:
    def test_talks_as_long_as_its_lines_say(self, name: str) -> None:
        directory, calls = told_by(name)
        told = {
            each.call.call_id: sum(line.talk_seconds or 0 for line in told_lines(each, directory))
            for each in calls
        }
        assert told == {each.call.call_id: each.call.talk_seconds or 0 for each in calls}

    def test_has_the_company_its_rules_say(self, name: str) -> None:
        directory, calls = told_by(name)
        told = {each.call.call_id: decided_company(company_rules(each, directory)) for each in calls}
        assert told == {each.call.call_id: each.call.company for each in calls}

    def test_has_every_line_told_once_and_in_order(self, name: str) -> None:
        directory, calls = told_by(name)
        for each in calls:
            told = told_lines(each, directory)
            assert len(told) == len(each.events) + len(each.legs) > 0
            assert all(line.made for line in told)
            assert [line.at for line in told] == sorted(line.at for line in told)

    def test_has_an_outcome_with_a_reason(self, name: str) -> None:
        _, calls = told_by(name)
        for each in calls:
            assert outcome_rule(each).startswith(f"{each.call.outcome}: ")


def made(name: str, uniqueid: str) -> list[str]:
    directory, calls = told_by(name)
    (found,) = [each for each in calls if each.call.uniqueid == uniqueid]
    return [line.made for line in told_lines(found, directory)]


def test_a_call_that_is_answered_at_once() -> None:
    assert made("recording", "lab-1795411630.2") == [
        (
            "the first leg, from a trunk: an incoming call to 5551000;"
            " alice answered in the queue, whose own lines say how long: not counted twice"
        ),
        "enters acme-support: pass 1 begins",
        "alice answers pass 1, after a wait of 1 s",
        "closes pass 1: answered, the caller hung up, talk 6 s",
    ]


def test_passes_are_numbered_through_the_call() -> None:
    told = made("recording", "lab-1795411639.7")
    assert "closes pass 1: timeout, the queue gave up" in told
    assert "enters acme-overflow: pass 2 begins" in told
    assert "pass 2: bob's phone rang in vain for 4 s" in told


def test_a_local_member_caps_what_the_queue_says() -> None:
    told = [line for _, calls in [told_by("05-local-member")] for each in calls for line in made_of(each)]
    assert any("behind the Local channel: pass 1 talks for 60 s at most" in line for line in told)
    assert any("talk 300 s, of which 60 s count" in line for line in told)


def test_a_restart_is_shown_where_it_cut_a_call() -> None:
    for name in ("09-restart-connect-open", "09-restart-enterqueue-open"):
        _, calls = told_by(name)
        cut = [each for each in calls if any(line.event == "QUEUESTART" for line in each.events)]
        assert cut
        assert all(any(of.ended_at is None for of in each.passes) for each in cut)


def made_of(explained: Explained) -> list[str]:
    directory, _ = told_by("05-local-member")
    return [line.made for line in told_lines(explained, directory)]
