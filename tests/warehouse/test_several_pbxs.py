"""Several PBXs, each with its own clock and time zone: the same calls at the same instants give the same figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.warehouse.harness import (
    EXAMPLE,
    RECORDING,
    SETTINGS,
    Marts,
    copy_recording,
    fast_folder,
    open_folder,
)

UTC = ZoneInfo("UTC")
FAST = timedelta(seconds=95)
PBX = """
[[pbx]]
name = "{name}"
queue_log = ["{name}/queue_log"]
cdr_csv = ["{name}/Master.csv"]
trunks = ["PJSIP/trunk"]
{more}
"""
# One that keeps Moscow's time, one Kathmandu's, one whose clock is 95 seconds ahead.
CLOCKS = {
    "lab": ('cdr_timezone = "Europe/Moscow"', "Europe/Moscow", timedelta()),
    "east": ('cdr_timezone = "Asia/Kathmandu"', "Asia/Kathmandu", timedelta()),
    "fast": ("clock_offset_seconds = 95", "UTC", FAST),
}


@pytest.fixture(scope="module")
def one() -> Iterator[Marts]:
    with fast_folder() as name:
        yield copy_recording(Path(name)).run()


@pytest.fixture(scope="module")
def several() -> Iterator[Marts]:
    with fast_folder() as name:
        folder = Path(name)
        for pbx, (_, zone, ahead) in CLOCKS.items():
            write_logs(folder / pbx, ZoneInfo(zone), ahead)
        text = EXAMPLE.read_text("utf-8")
        begin, end = text.index("[[pbx]]"), text.index("# One [[company]]")
        tables = "".join(PBX.format(name=pbx, more=more) for pbx, (more, _, _) in CLOCKS.items())
        (folder / SETTINGS).write_text(text[:begin] + tables + text[end:], "utf-8")
        yield open_folder(folder).run()


def write_logs(folder: Path, zone: ZoneInfo, ahead: timedelta) -> None:
    """The recording as a PBX with this clock would have written it."""
    folder.mkdir()
    lines = (RECORDING / "queue_log").read_bytes().splitlines(keepends=True)
    seconds = int(ahead.total_seconds())
    moved = (b"%d%s" % (int(line[:10]) + seconds, line[10:]) for line in lines)
    (folder / "queue_log").write_bytes(b"".join(moved))

    def local(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[0]).replace(tzinfo=UTC) + ahead
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    text = (RECORDING / "Master.csv").read_text("utf-8")
    (folder / "Master.csv").write_text(re.sub(r"2026-11-23 \d\d:\d\d:\d\d", local, text), "utf-8")


@pytest.mark.parametrize("pbx", CLOCKS)
@pytest.mark.parametrize("mart", ["fct_call", "fct_queue_pass", "agg_call_hour", "agg_queue_day"])
def test_each_pbx_has_the_figures_of_the_one_with_the_right_clock(
    one: Marts, several: Marts, pbx: str, mart: str
) -> None:
    def of_pbx(marts: Marts, name: str) -> list[str]:
        rows = (row for row in marts[mart] if name in row)
        return sorted(
            str([value for value in row if value != name]).replace(f"'{name}:", "'") for row in rows
        )

    assert of_pbx(one, "lab") != []
    assert of_pbx(several, pbx) == of_pbx(one, "lab")
