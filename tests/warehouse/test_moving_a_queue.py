"""A queue or a DID goes to another Company on a day: what was before stays with the one that had it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reports.figures import Period, company_figures
from tests.warehouse.harness import SETTINGS, CallCenter, Marts, differences, fast_folder, open_folder

TEXT = """
[warehouse]
path = "data/warehouse.duckdb"
published = "data/callcenter.duckdb"

[[pbx]]
name = "lab"
queue_log = ["queue_log"]
trunks = ["PJSIP/trunk"]

[[company]]
id = "acme"
name = "ACME"
timezone = "Europe/Moscow"
queues = ["support"]

[[company]]
id = "globex"
name = "Globex"
timezone = "Asia/Kathmandu"
queues = ["sales"]
"""
MOVE = (
    ('queues = ["support"]', 'queues = [{ name = "support", until = 2026-11-24 }]'),
    ('queues = ["sales"]', 'queues = ["sales", { name = "support", from = 2026-11-24 }]'),
)
# The queue goes at the new owner's midnight, which is 18:15 UTC.
BEFORE, AFTER = ("2026-11-22 09:00:00", "2026-11-23 18:14:59"), ("2026-11-23 18:15:00", "2026-11-25 09:00:00")


@pytest.fixture
def center() -> Iterator[CallCenter]:
    with fast_folder() as name:
        yield made(Path(name), *BEFORE, AFTER[0])


def made(folder: Path, *calls: str) -> CallCenter:
    (folder / SETTINGS).write_text(TEXT, "utf-8")
    write(folder, *calls)
    return open_folder(folder)


def write(folder: Path, *calls: str) -> None:
    """Calls that begin at these times (UTC), wait 5 s and talk 60 s."""
    with (folder / "queue_log").open("a") as log:
        for at in calls:
            epoch = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
            log.write(f"{epoch}|{epoch}.1|support|NONE|ENTERQUEUE||79160010002|1\n")
            log.write(f"{epoch + 5}|{epoch}.1|support|PJSIP/101|CONNECT|5|{epoch}.2|4\n")
            log.write(f"{epoch + 65}|{epoch}.1|support|PJSIP/101|COMPLETECALLER|5|60|1\n")


def move(center: CallCenter) -> CallCenter:
    for old, new in MOVE:
        center = center.with_settings(lambda text, old=old, new=new: text.replace(old, new))  # type: ignore[misc]
    return center


def owners(marts: Marts) -> dict[str, str]:
    return {str(row[5]): row[2] for row in marts["fct_call"]}


def test_each_call_is_whose_the_queue_was_when_it_began(center: CallCenter) -> None:
    assert set(owners(center.run()).values()) == {"acme"}
    moved = move(center)
    write(center.folder, AFTER[1])
    assert owners(moved.run()) == {**dict.fromkeys(BEFORE, "acme"), **dict.fromkeys(AFTER, "globex")}


def test_the_past_keeps_its_figures(center: CallCenter) -> None:
    """Days that were over before the move, of both Companies, are what they were."""
    past = Period(date(2026, 11, 1), date(2026, 11, 23))
    with center.opened() as con:
        center.bring_up_to_date(con)
        con.execute("USE marts")
        before = company_figures(con, past)
    moved = move(center)
    with moved.opened() as con:
        moved.bring_up_to_date(con)
        con.execute("USE marts")
        assert company_figures(con, past) == before
    assert [(each.company, each.incoming) for each in before] == [("acme", 1), ("globex", 0)]


@pytest.mark.parametrize("is_moved_first", [True, False])
def test_moved_before_or_after_the_lines_came_is_the_same(
    center: CallCenter, tmp_path: Path, is_moved_first: bool
) -> None:
    center.run()
    if is_moved_first:
        center = move(center)
        center.run()
    write(center.folder, AFTER[1])
    found = center.run() if is_moved_first else move(center).run()
    anew = move(made(tmp_path, *BEFORE, *AFTER)).run()
    assert not differences(found, anew)
