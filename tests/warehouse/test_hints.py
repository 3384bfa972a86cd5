"""Whatever a dial plan says of a call, in both places and of any call: one outcome, and incoming is their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import combinations, product
from pathlib import Path

import pytest

from reports.figures import REASONS, Period, calls, company_figures
from tests.warehouse.harness import CASES, CDR, QUEUE_LOG, SETTINGS, fast_folder, inconsistencies, open_folder

BEGIN = 1795424400  # 2026-11-23 09:00 UTC
EVENTS = {
    "callback_asked": "CALLBACK_ASKED",
    "queue_refused": "QUEUE_REFUSED",
    "ivr_served": "IVR_SERVED",
    "closed": "CLOSED",
    "ivr": "IVR",
}
STRONGEST_FIRST = tuple(EVENTS)
TOLD = [(), *((each,) for each in EVENTS), *combinations(EVENTS, 2)]


@dataclass(frozen=True)
class Shape:
    """A call but for what the dial plan says of it: what it is then, its CDR row, its queue_log after ENTERQUEUE."""

    outcome: str
    row: str = '"","Hangup","","{start}","{start}","{end}",9,9,"ANSWERED"'
    passes: tuple[str, ...] = ()


_QUEUE = '"PJSIP/101-{nth:08x}","Queue","acme-support,tT,,,60","{start}","{start}","{end}",9,9,"NO ANSWER"'
_DIAL = '"PJSIP/101-{nth:08x}","Dial","PJSIP/101,8","{start}",'
SHAPES = (
    Shape("ended_before_queue"),
    Shape("refused", '"","Hangup","17","{start}",,"{end}",9,0,"BUSY"'),
    Shape("no_answer_direct", _DIAL + ',"{end}",9,0,"NO ANSWER"'),
    Shape("answered", _DIAL + '"{start}","{end}",9,9,"ANSWERED"'),
    Shape("abandoned", _QUEUE, ("NONE|ABANDON|1|1|6",)),
    Shape("key", _QUEUE, ("NONE|EXITWITHKEY|1|1|1|6",)),
    Shape("lost", _QUEUE),
    Shape("answered", _QUEUE, ("Alice|CONNECT|2|x|1", "Alice|COMPLETECALLER|2|4|1")),
)


@dataclass(frozen=True)
class Told:
    """A call of a shape, with what is said of it in queue_log and in userfield."""

    nth: int
    shape: Shape
    events: tuple[str, ...]
    userfield: str

    @property
    def uniqueid(self) -> str:
        return f"{BEGIN + 20 * self.nth}.{self.nth}"

    @property
    def outcome(self) -> str:
        """As docs/statistics.md says."""
        said = [each for each in STRONGEST_FIRST if each in (*self.events, self.userfield)]
        if self.shape.outcome == "answered":
            return "answered"
        if "callback_asked" in said:
            return "callback_asked"
        return said[0] if said and self.shape.outcome == "ended_before_queue" else self.shape.outcome

    def lines(self) -> Iterator[str]:
        begun = BEGIN + 20 * self.nth
        for each in self.events:
            yield f"{begun}|{self.uniqueid}|NONE|NONE|{EVENTS[each]}|"
        if "Queue" in self.shape.row:
            yield f"{begun + 1}|{self.uniqueid}|acme-support|NONE|ENTERQUEUE||7916{self.nth:07}|1"
        for at, each in enumerate(self.shape.passes, 3):
            yield f"{begun + 2 * at}|{self.uniqueid}|acme-support|{each}"

    def row(self) -> str:
        begun = datetime.fromtimestamp(BEGIN + 20 * self.nth, UTC).replace(tzinfo=None)
        shape = self.shape.row.format(nth=self.nth, start=begun, end=begun.replace(second=begun.second + 9))
        number = f"7916{self.nth:07}"
        whose = f'"acme","{number}","5551000","incoming","""""  <{number}>","PJSIP/trunk-{self.nth:08x}"'
        return f'{whose},{shape},"DOCUMENTATION","{self.uniqueid}","{self.userfield}"'


CALLS = [Told(nth, *each) for nth, each in enumerate(product(SHAPES, TOLD, ("", *(word for word in EVENTS))))]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with fast_folder() as name:
        folder = Path(name)
        (folder / SETTINGS).write_bytes((CASES / "26-hints" / SETTINGS).read_bytes())
        lines = [
            f"{BEGIN - 60}|NONE|NONE|NONE|QUEUESTART|",
            *(line for each in CALLS for line in each.lines()),
        ]
        (folder / QUEUE_LOG).write_text("".join(f"{line}\n" for line in lines))
        (folder / CDR).write_text("".join(f"{each.row()}\n" for each in CALLS))
        open_folder(folder).run(is_published=True)
        yield folder


def test_each_call_has_the_outcome_its_definition_says_and_incoming_is_their_sum(folder: Path) -> None:
    period = Period(date(2026, 11, 1), date(2026, 12, 1))
    with open_folder(folder).published() as con:
        found = {each.call_id.partition(":")[2]: each.outcome for each in calls(con, period)}
        assert found == {each.uniqueid: each.outcome for each in CALLS}
        assert inconsistencies(con) == {}
        figures = {each.company: each for each in company_figures(con, period)}["acme"]
    counted = Counter(each.outcome for each in CALLS)
    assert figures.not_answered == {reason: counted[reason] for reason in REASONS}
    assert figures.incoming == len(CALLS) == counted["answered"] + sum(figures.not_answered.values())
    assert figures.abandoned_short == 0
