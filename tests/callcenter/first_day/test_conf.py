"""Asterisk's settings files, as Asterisk reads them."""

from __future__ import annotations

from pathlib import Path

from callcenter.first_day.conf import is_true, parse_conf, read_conf, value_of
from tests.repo.repository import ROOT


def test_sections_comments_and_both_ways_to_set() -> None:
    text = r"""
    ; a comment
    [general](!)
    queue_log = yes   ; behind a value
    name => a \; b
    ;-- a comment
    of = several lines --;
    last = 1
    last = 2
    [general](+)
    more = 3
    """
    conf = parse_conf(text.splitlines())
    assert conf == {
        "general": [("queue_log", "yes"), ("name", "a ; b"), ("last", "1"), ("last", "2"), ("more", "3")]
    }
    assert value_of(conf, "general", "last") == "2"
    assert value_of(conf, "general", "none") is None


def test_what_asterisk_takes_for_yes() -> None:
    assert [is_true(text) for text in ("yes", "On", "1", "no", "", None)] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_includes_are_read_in_their_place() -> None:
    conf = read_conf(ROOT / "lab/asterisk/etc/queues.conf")
    assert ("member", "PJSIP/101,0,Alice") in conf["acme-support"]


def test_includes_without_end_end(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("[a]\nb = 1\n#include a.conf\n#include a.conf\n")
    assert read_conf(tmp_path / "a.conf")["a"][0] == ("b", "1")


def test_one_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_conf(tmp_path / "queues.conf") == {}
