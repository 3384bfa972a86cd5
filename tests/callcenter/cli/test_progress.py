"""Progress: bars for people, a line now and then for logs, nothing where none is wanted."""

from __future__ import annotations

import io
import sys

import pytest

from callcenter.cli.progress import Bars, Lines, Silent, shown


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_at_most_a_line_in_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Lines(clock) as progress:
        progress.stage("reading", 1000)
        for _ in range(30):
            clock.now += 1
            progress.advance(10)
    assert capsys.readouterr().err.splitlines() == ["reading: 10 %", "reading: 20 %", "reading: 30 %"]


def test_short_work_leaves_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(Clock()) as progress:
        progress.stage("reading", 10)
        progress.advance(10)
    assert capsys.readouterr() == ("", "")


def test_more_than_was_guessed_is_never_more_than_all(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Lines(clock) as progress:
        progress.stage("building", 0)
        clock.now += 10
        progress.advance(5)
    assert capsys.readouterr().err == "building: 100 %\n"


def test_what_suits_the_terminal_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert isinstance(shown(), Lines)
    assert isinstance(shown(quiet=True), Silent)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(shown(), Bars)


def test_a_bar_is_drawn_on_stderr_and_is_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Bars() as progress:
        progress.stage("reading", 10)
        progress.advance(12)
        progress.say("somebody else is writing")
    assert capsys.readouterr().out == ""
