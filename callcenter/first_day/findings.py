"""What was found of a call centre, before anybody was asked; pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.first_day.cdr_rows import CdrSeen
from callcenter.first_day.conf import Conf
from callcenter.first_day.places import Places
from callcenter.first_day.queue_lines import QueueSeen
from callcenter.first_day.zone import ZoneFound


@dataclass(frozen=True, slots=True)
class Member:
    """Who takes calls: `interface` as queues.conf has it, `name` as queue_log has it; both may be the same."""

    interface: str
    name: str
    queues: frozenset[str]


@dataclass(frozen=True, slots=True)
class ManagerSeen:
    """What a PBX told over its manager interface. `refused` are the actions its user may not send.

    Of the lists in `too_long` only the beginning was read.
    """

    version: str
    members: tuple[Member, ...] = ()
    queues: frozenset[str] = frozenset()
    trunks: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()
    too_long: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableSeen:
    """A table that has what a file would have: `kind` is cdr or queue_log; `zone` None where its times do not tell."""

    kind: str
    url: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """All of it. `pjsip` and `queues` are Asterisk's settings files, empty where they were not seen."""

    places: Places
    queue_log: QueueSeen
    cdr: CdrSeen
    zone: ZoneFound | None
    queues: Conf = field(default_factory=dict)
    pjsip: Conf = field(default_factory=dict)
    manager: ManagerSeen | None = None
    machine_zone: str | None = None
    tables: tuple[TableSeen, ...] = ()

    @property
    def counted_queues(self) -> Mapping[str, int]:
        """Every queue, with the calls that were seen to enter it."""
        named = {name for _, name in self.queue_log.members} | (
            self.manager.queues if self.manager else set()
        )
        counted = dict.fromkeys(sorted(named), 0) | dict(self.queue_log.queues)
        return {name: count for name, count in counted.items() if name not in ("NONE", "")}
