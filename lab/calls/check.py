"""Loads a run's logs with the pipelines' own functions and compares the figures with what really happened.

    python -m lab.calls.check FOLDER [--quiet]

Prints a table of calls and exits with 1 where anything differs. The folder is not changed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from callcenter.settings import load_settings
from lab.calls.truth import Call, Pause, Truth, read_truth
from reports.figures import REASONS, CompanyFigures, Period, company_figures
from warehouse.build import build_dirty_days
from warehouse.engine import open_warehouse
from warehouse.load import load_new_bytes
from warehouse.publish import publish

PBX = "lab"
EVER = Period(date(2020, 1, 1), date(2100, 1, 1))
# Asterisk counts whole seconds, from one tick of the clock to another: up to a second off, and what it takes to
# notice an answer and a hang-up (5.001 s of talk were billed as 4).
TOLERANCE = 1.25
_SETTINGS = "callcenter.toml"


@dataclass(frozen=True)
class Row:
    """A call as it was and as it was counted."""

    call: Call
    found: str
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """`others` are differences that are no single call's."""

    rows: list[Row]
    others: list[str]

    @property
    def differences(self) -> list[str]:
        of_calls = [
            f"{row.call.scenario} {row.call.uniqueid}: {each}"
            for row in self.rows
            for each in row.differences
        ]
        return of_calls + self.others


@contextmanager
def loaded(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file of a copy of the folder, after one load."""
    with tempfile.TemporaryDirectory(prefix="lab-check-") as copy:
        for path in folder.iterdir():
            if path.is_file() and not path.name.startswith("ami"):
                shutil.copy(path, copy)
        settings = load_settings(Path(copy) / _SETTINGS)
        with open_warehouse(settings) as con:
            load_new_bytes(con, settings)
            build_dirty_days(con, settings, b"a key of the lab alone, of no use")
            publish(con, settings)
        with duckdb.connect(str(settings.warehouse.published), read_only=True) as con:
            yield con


def compare(folder: Path) -> Verdict:
    truth = read_truth(folder / "truth.json")
    with loaded(folder) as con:
        calls = {row["call_id"]: row for row in _rows(con, "SELECT * FROM fct_call")}
        passes = _rows(con, "SELECT * FROM fct_queue_pass ORDER BY entered_at, connected_at")
        rows = [_compared(call, calls.get(f"{PBX}:{call.uniqueid}"), passes) for call in truth.calls]
        others = [
            *_unknown_calls(truth, calls.values()),
            *_company_differences(truth, company_figures(con, EVER)),
        ]
        others += _pause_differences(truth.pauses, con)
        others += [f"quarantined: {row}" for row in _rows(con, "SELECT * FROM dq_quarantine")]
    return Verdict(rows, others)


def _rows(con: duckdb.DuckDBPyConnection, statement: str) -> list[dict[str, Any]]:
    cursor = con.execute(statement)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _compared(call: Call, found: dict[str, Any] | None, passes: list[dict[str, Any]]) -> Row:
    if found is None:
        return Row(call, "", ("it was not counted",))
    own = [row for row in passes if row["call_id"] == found["call_id"]]
    known = call.to_dict()
    expected = {
        "company_id": call.company,
        "direction": call.direction,
        "outcome": call.outcome,
        "count_passes": known["passes"],
        "is_queued": known["is_queued"],
        "is_answered": known["is_answered"],
        "is_successful": known["is_successful"],
        "is_talk_upper_bound": call.upper_bound_seconds is not None,
    }
    if call.is_answered or known["is_successful"]:
        expected["is_talk_known"] = call.is_talk_known
    differences = [
        f"{key} {found[key]}, not {value}" for key, value in expected.items() if found[key] != value
    ]
    queues = [row["queue"] for row in own]
    differences += [f"queues {queues}, not {call.queues}"] if queues != call.queues else []
    differences += _talk_differences(call, found, own)
    return Row(call, f"{found['outcome']}, {len(own)} passes, {found['talk_seconds']} s", tuple(differences))


def _talk_differences(call: Call, found: dict[str, Any], passes: list[dict[str, Any]]) -> Iterator[str]:
    """Each leg by itself: those in queues by their pass, the others together, since only their sum is published."""
    if not call.is_talk_known:
        return
    if call.direction == "outgoing":
        most = call.upper_bound_seconds or call.talk_seconds
        talk = found["talk_seconds"] or 0
        if not call.talk_seconds - TOLERANCE <= talk <= most + TOLERANCE:
            yield f"talk {talk} s, not {call.talk_seconds:.1f}"
        return
    answered = [row for row in passes if row["is_answered"]]
    in_queues = [leg for leg in call.legs if leg.is_in_queue]
    if len(answered) != len(in_queues):
        yield f"{len(answered)} answered passes, not {len(in_queues)}"
        return
    for row, leg in zip(answered, in_queues, strict=True):
        if row["operator"] != leg.operator:
            yield f"{row['operator']} answered in {row['queue']}, not {leg.operator}"
        if abs((row["talk_seconds"] or 0) - leg.talk_seconds) > TOLERANCE:
            yield f"{leg.operator} talked {row['talk_seconds']} s in {row['queue']}, not {leg.talk_seconds:.1f}"
    outside = [leg for leg in call.legs if not leg.is_in_queue]
    talk = (found["talk_seconds"] or 0) - sum(row["talk_seconds"] or 0 for row in answered)
    spoken = sum(leg.talk_seconds for leg in outside)
    most = sum(leg.upper_bound_seconds or leg.talk_seconds for leg in outside)
    tolerance = TOLERANCE * max(1, len(outside))
    if not spoken - tolerance <= talk <= most + tolerance:
        yield f"talk outside queues {talk} s, not {spoken:.1f}"


def _unknown_calls(truth: Truth, found: Iterable[dict[str, Any]]) -> list[str]:
    known = {f"{PBX}:{call.uniqueid}" for call in truth.calls}
    return [
        f"counted, and nobody made it: {row['call_id']}, {row['direction']}, {row['outcome']}, {row['company_id']}"
        for row in found
        if row["direction"] != "internal" and row["call_id"] not in known
    ]


def expected_figures(truth: Truth, company: str) -> dict[str, int]:
    """What can be counted of a Company without a clock."""
    calls = [call for call in truth.calls if call.company == company]
    incoming = [call for call in calls if call.direction == "incoming"]
    outcomes = Counter(call.outcome for call in incoming)
    counts = {
        "incoming": len(incoming),
        "queued": sum(bool(call.queues) for call in incoming),
        "answered": outcomes["answered"],
        "outgoing": len(calls) - len(incoming),
        "outgoing_successful": sum(call.outcome == "successful" for call in calls),
        "without_cdr": sum(not call.has_cdr for call in incoming),
    }
    return counts | {reason: outcomes[reason] for reason in REASONS}


def _company_differences(truth: Truth, found: list[CompanyFigures]) -> Iterator[str]:
    by_company = {figures.company: figures for figures in found}
    for company in sorted({call.company for call in truth.calls} | (by_company.keys() & {"unassigned"})):
        for figure, value in expected_figures(truth, company).items():
            counted = getattr(by_company[company], figure)
            if counted != value:
                yield f"{company}: {figure} {counted}, not {value}"


def _pause_differences(pauses: list[Pause], con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    events = _rows(
        con, "SELECT * FROM fct_operator_event WHERE event LIKE '%PAUSE%' ORDER BY logged_at, event"
    )
    for pause in pauses:
        own = [row for row in events if row["operator"] == pause.operator]
        begins = [
            row["logged_at"]
            for row in own
            if row["event"].startswith("PAUSE") and row["reason"] == pause.reason
        ]
        ends = [row["logged_at"] for row in own if row["event"].startswith("UNPAUSE")]
        if not begins or not ends:
            yield f"{pause.operator}'s pause was not counted"
        elif abs((max(ends) - min(begins)).total_seconds() - pause.seconds) > TOLERANCE:
            yield f"{pause.operator}'s pause is {max(ends) - min(begins)}, not {pause.seconds:.1f} s"


def table(verdict: Verdict) -> str:
    head = f"{'scenario':26} {'company':9} {'outcome':18} {'passes':>6} {'talk, s':>14}  counted"
    lines = [head, "-" * len(head)]
    for row in verdict.rows:
        call = row.call
        talks = "+".join(f"{leg.talk_seconds:.1f}" for leg in call.legs) or (
            f"{call.talk_seconds:.1f}" if call.talk_seconds else ""
        )
        was = f"{call.scenario:26} {call.company:9} {call.outcome:18} {len(call.queues):>6} {talks:>14}"
        lines += [f"{was}  {row.found}", *(f"    DIFFERENT: {each}" for each in row.differences)]
    return "\n".join([*lines, *(f"DIFFERENT: {each}" for each in verdict.others)])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.calls.check", description=__doc__)
    parser.add_argument("folder", type=Path, help="what `python -m lab.calls --output` wrote")
    parser.add_argument("--quiet", action="store_true", help="only what differs")
    options = parser.parse_args(arguments)
    if not (options.folder / "truth.json").exists():
        print(f"lab.calls.check: {options.folder} has no truth.json", file=sys.stderr)
        return 2
    verdict = compare(options.folder)
    if not options.quiet:
        print(table(verdict))
    count = len(verdict.differences)
    if options.quiet and count:
        print("\n".join(verdict.differences))
    print(f"{len(verdict.rows)} calls, {count} differences")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
