"""A slow, plain reading of queue_log and Master.csv by the definitions in docs/statistics.md.

It shares nothing with what writes them: where both agree, the generator's truth can be believed. It knows no
attended transfers, restarts or hints of the dial plan, as the generated logs have none.
"""

import csv
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

REASON_OF = {
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "timeout",
    "EXITEMPTY": "empty",
    "EXITWITHKEY": "key",
}
COMPLETE = ("COMPLETECALLER", "COMPLETEAGENT")


@dataclass
class Stay:
    queue: str
    entered: int
    connected: bool = False
    talk: int = 0
    wait: int = 0
    end: str = "open"


@dataclass
class Call:
    stays: list[Stay] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    @property
    def incoming(self) -> bool:
        return self.rows[0][5].startswith("PJSIP/trunk")

    @property
    def outgoing(self) -> bool:
        return not self.incoming and any(row[6].startswith("PJSIP/trunk") for row in self.rows)

    @property
    def direct_talk(self) -> list[int]:
        """Billsec of each answered operator leg outside a queue."""
        return [int(row[13]) for row in self.rows if row[7] == "Dial" and row[14] == "ANSWERED"]

    @property
    def answered(self) -> bool:
        return any(stay.connected for stay in self.stays) or bool(self.direct_talk)

    @property
    def started_at(self) -> datetime:
        return datetime.fromisoformat(self.rows[0][9]).replace(tzinfo=UTC)

    def reason(self) -> str:
        if self.stays:
            return REASON_OF[self.stays[-1].end]
        if any(row[6] for row in self.rows):
            return "no_answer_direct"
        return "ended_before_queue" if any(row[10] for row in self.rows) else "refused"


def read_calls(folder: Path) -> dict[str, Call]:
    calls: dict[str, Call] = defaultdict(Call)
    for line in (folder / "queue_log").read_text(encoding="utf-8").splitlines():
        epoch, callid, queue, _, event, *data = line.split("|")
        if event == "ENTERQUEUE":
            calls[callid].stays.append(Stay(queue, int(epoch)))
        elif callid in calls:
            _note(calls[callid].stays[-1], event, data)
    with (folder / "Master.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.reader(source):
            calls[row[16]].rows.append(row)
    return calls


def _note(stay: Stay, event: str, data: list[str]) -> None:
    if event == "CONNECT":
        stay.connected, stay.wait = True, int(data[0])
    elif event in COMPLETE:
        stay.end, stay.talk = event, int(data[1])
    elif event == "BLINDTRANSFER":
        stay.end, stay.talk = event, int(data[3])
    elif event in REASON_OF:
        stay.end, stay.wait = event, int(data[-1])


class Directory:
    """Who owns a call, from callcenter.toml."""

    def __init__(self, folder: Path) -> None:
        settings = tomllib.loads((folder / "callcenter.toml").read_text(encoding="utf-8"))
        self.zones = {company["id"]: ZoneInfo(company["timezone"]) for company in settings["company"]}
        self.owner: dict[str, str] = {}
        for company in settings["company"]:
            for name in (*company["queues"], *company["dids"], *company.get("account_codes", [])):
                self.owner[name] = company["id"]
        for operator in settings["operator"]:
            self.owner[operator["interface"]] = operator["companies"][0]

    def company(self, call: Call) -> str:
        """By queue, DID, account code and operator, in this order."""
        first = call.rows[0]
        queue = call.stays[0].queue if call.stays else ""
        names = (queue, first[2] if call.incoming else "", first[0], first[5].rpartition("-")[0])
        return next((self.owner[name] for name in names if name in self.owner), "unassigned")


def read_figures(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """By local day and Company; without the figures that are 0."""
    directory = Directory(folder)
    figures: dict[tuple[str, str], dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for call in read_calls(folder).values():
        company = directory.company(call)
        day = call.started_at.astimezone(directory.zones[company]).date().isoformat()
        if call.incoming:
            _count_incoming(figures[day, company], call)
        elif call.outgoing:
            _count_outgoing(figures[day, company], call)
    return figures


def _count_incoming(figures: dict[str, Any], call: Call) -> None:
    figures["incoming"] += 1
    figures["queued"] += bool(call.stays)
    figures["answered"] += call.answered
    figures["incoming_talk_seconds"] += sum(stay.talk for stay in call.stays) + sum(call.direct_talk)
    if not call.answered:
        figures[call.reason()] += 1


def _count_outgoing(figures: dict[str, Any], call: Call) -> None:
    figures["outgoing"] += 1
    figures["outgoing_successful"] += bool(call.direct_talk)
    figures["outgoing_talk_seconds"] += sum(call.direct_talk)


def read_queues(folder: Path) -> dict[str, dict[str, int]]:
    """Stays per queue, as in QueueFigures."""
    figures: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for call in read_calls(folder).values():
        for stay in call.stays:
            figures[stay.queue]["offered"] += 1
            figures[stay.queue]["answered" if stay.connected else "not_answered"] += 1
            figures[stay.queue]["talk_seconds"] += stay.talk
            figures[stay.queue]["wait_seconds"] += stay.wait
    return figures
