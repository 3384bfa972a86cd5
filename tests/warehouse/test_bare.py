"""Settings with less in them than usual, and a marts file that somebody removed."""

from __future__ import annotations

import re
from pathlib import Path

from tests.warehouse.harness import copy_recording
from warehouse.engine import marts_path

INCOMING = {"acme": 19, "globex": 12, "initech": 1}


def incoming(marts: dict[str, list[tuple[object, ...]]]) -> dict[str, int]:
    """Incoming calls by Company, from the calls themselves: company_id is the third column, direction the fourth."""
    found: dict[str, int] = {}
    for call in marts["fct_call"]:
        if call[3] == "incoming":
            found[str(call[2])] = found.get(str(call[2]), 0) + 1
    return found


def test_settings_without_operators_count_the_same_calls(tmp_path: Path) -> None:
    center = copy_recording(tmp_path)
    without = center.with_settings(lambda text: re.sub(r"(?ms)^\[\[operator\]\].*?(?=^\[|\Z)", "", text))
    assert without.settings.operators == ()
    assert incoming(without.run()) == INCOMING


def test_facts_come_back_from_the_raw_lines_when_the_marts_file_is_gone(tmp_path: Path) -> None:
    center = copy_recording(tmp_path)
    before = center.run()
    marts_path(center.settings).unlink()
    assert center.run() == before
    assert incoming(before) == INCOMING
