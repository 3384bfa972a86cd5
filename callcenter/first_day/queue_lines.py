"""What queue_log shows of a call centre: its queues, who takes calls where, the numbers dialled; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_CALLS = 500_000
# Events of a member, whose name stands where the agent does.
_OF_MEMBERS = frozenset({"CONNECT", "RINGNOANSWER", "ADDMEMBER", "PAUSE", "COMPLETECALLER", "COMPLETEAGENT"})


@dataclass(slots=True)
class QueueSeen:
    """Counts of what came. `entered` and `connected` have the first pass of a callid: (epoch, number), who took it.

    `rang` has whose phones rang in vain for a callid.
    """

    lines: int = 0
    queues: Counter[str] = field(default_factory=Counter)  # calls that entered
    members: Counter[tuple[str, str]] = field(default_factory=Counter)  # (agent, queue)
    dids: Counter[str] = field(default_factory=Counter)
    entered: dict[str, tuple[int, str]] = field(default_factory=dict)
    connected: dict[str, str] = field(default_factory=dict)
    rang: dict[str, set[str]] = field(default_factory=dict)

    def take(self, line: str) -> None:
        fields = line.split("|", 8)
        if len(fields) < 5 or not fields[0].isdecimal():
            return
        epoch, callid, queue, agent, event, *data = fields
        self.lines += 1
        if event == "ENTERQUEUE":
            self.queues[queue] += 1
            if len(self.entered) < MOST_CALLS:
                self.entered.setdefault(callid, (int(epoch), data[1] if len(data) > 1 else ""))
        elif event == "DID" and data:
            self.dids[data[0].strip()] += 1
        elif event in _OF_MEMBERS and agent not in ("NONE", ""):
            self._take_member(event, callid, queue, agent)

    def _take_member(self, event: str, callid: str, queue: str, agent: str) -> None:
        self.members[agent, queue] += 1
        if event == "CONNECT" and len(self.connected) < MOST_CALLS:
            self.connected.setdefault(callid, agent)
        elif event == "RINGNOANSWER" and len(self.rang) < MOST_CALLS:
            self.rang.setdefault(callid, set()).add(agent)


def survey_queue_log(lines: Iterable[str]) -> QueueSeen:
    seen = QueueSeen()
    for line in lines:
        seen.take(line)
    return seen
