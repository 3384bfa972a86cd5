"""What CDR rows show: channels and how they are used, numbers dialled, account codes, times; pure.

Rows are Asterisk's stock CSV of 16 to 18 columns, or of 21 with `newcdrcolumns` (cdr_csv.c).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.first_day.zone import of_uniqueid

STOCK = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
)
WITH_NEW = (*STOCK, "peeraccount", "linkedid", "sequence")
_SUFFIX = re.compile(r"-[0-9a-f]{8,}(?:;[12])?$")
_DIALLED = r"[0-9*#+]{3,}"
MOST_NUMBERS, MOST_CALLS = 20, 500_000


@dataclass(slots=True)
class Use:
    """How often a channel's owner was seen to do what: phones and the outside world differ in it."""

    called: int = 0
    called_a_queue: int = 0
    called_out: int = 0  # a number, through another
    called_as_itself: int = 0  # the number it calls from is its own name
    numbers: set[str] = field(default_factory=set)  # it called from
    rung_by_a_queue: int = 0
    rung_as_itself: int = 0
    dialled_through: int = 0


@dataclass(slots=True)
class CdrSeen:
    """`dialled` and `codes` count calls, the others rows. `samples` are (start as written, the uniqueid's epoch)."""

    rows: int = 0
    widths: Counter[int] = field(default_factory=Counter)
    uses: dict[str, Use] = field(default_factory=dict)
    contexts: Counter[tuple[str, str]] = field(default_factory=Counter)  # (channel's owner, context)
    dialled: Counter[tuple[str, str, str, str]] = field(
        default_factory=Counter
    )  # (owner, context, number, code)
    queue_codes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (queue, account code)
    codes: Counter[str] = field(default_factory=Counter)
    answered: dict[str, str] = field(default_factory=dict)  # whose channel took it, by uniqueid
    rung: dict[str, set[str]] = field(
        default_factory=dict
    )  # whose channels a queue rang in vain, by uniqueid
    samples: dict[str, tuple[datetime, int]] = field(default_factory=dict)  # one of each minute
    starts: dict[str, list[datetime]] = field(default_factory=dict)  # by number, where there is no uniqueid
    _calls: set[str] = field(default_factory=set)

    @property
    def columns(self) -> tuple[str, ...] | None:
        """Those of newcdrcolumns; None for the stock ones."""
        width = self.widths.most_common(1)[0][0] if self.widths else 0
        return WITH_NEW if width == len(WITH_NEW) else None

    @property
    def strange_width(self) -> int | None:
        """Of rows whose columns nobody can guess."""
        width = self.widths.most_common(1)[0][0] if self.widths else 18
        return None if width in (16, 17, 18, len(WITH_NEW)) else width

    def take(self, row: list[str]) -> None:
        self.widths[len(row)] += 1
        if len(row) not in (16, 17, 18, len(WITH_NEW)):
            return
        self.rows += 1
        named = dict(zip(WITH_NEW, row, strict=False))
        uniqueid = named.get("uniqueid", "")
        if of_uniqueid(uniqueid) is None:
            uniqueid = ""
        self._take_time(named, uniqueid)
        self._take_caller(named, uniqueid)
        self._take_called(named, uniqueid)

    def _take_time(self, row: dict[str, str], uniqueid: str) -> None:
        try:
            start = datetime.fromisoformat(row["start"])
        except ValueError:
            return
        if start.tzinfo is not None:
            return
        if (epoch := of_uniqueid(uniqueid)) is not None:
            self.samples[row["start"][:16]] = start, epoch
        elif row["src"] and len(self.starts) < MOST_CALLS:
            self.starts.setdefault(row["src"], []).append(start)

    def _take_caller(self, row: dict[str, str], uniqueid: str) -> None:
        owner, is_queue = owner_of(row["channel"]), row["lastapp"].lower() == "queue"
        if owner is None:
            return
        use = self.uses.setdefault(owner, Use())
        use.called += 1
        use.called_a_queue += is_queue
        use.called_as_itself += row["src"] == owner.partition("/")[2]
        if len(use.numbers) < MOST_NUMBERS and row["src"]:
            use.numbers.add(row["src"])
        if self._is_first(uniqueid):
            self.contexts[owner, row["dcontext"]] += 1
            self.dialled[owner, row["dcontext"], row["dst"], row["accountcode"]] += 1
            self.codes[row["accountcode"]] += 1
        if is_queue:
            self.queue_codes[row["lastdata"].partition(",")[0], row["accountcode"]] += 1

    def _take_called(self, row: dict[str, str], uniqueid: str) -> None:
        owner = owner_of(row["dstchannel"])
        if owner is None or not row["dstchannel"]:
            return
        use = self.uses.setdefault(owner, Use())
        if row["lastapp"].lower() == "queue":
            use.rung_by_a_queue += 1
            self._take_rung(uniqueid, owner, is_answered=row["disposition"] == "ANSWERED")
        elif is_through(row["lastdata"], owner):
            use.dialled_through += 1
            if caller := owner_of(row["channel"]):
                self.uses.setdefault(caller, Use()).called_out += 1
        elif is_itself(row["lastdata"], owner):
            use.rung_as_itself += 1

    def _take_rung(self, uniqueid: str, owner: str, *, is_answered: bool) -> None:
        if not uniqueid or len(self.answered) + len(self.rung) >= MOST_CALLS:
            return
        if is_answered:
            self.answered.setdefault(uniqueid, owner)
        else:
            self.rung.setdefault(uniqueid, set()).add(owner)

    def _is_first(self, uniqueid: str) -> bool:
        """Of a call's rows the first; each where the rows do not tell."""
        if not uniqueid or len(self._calls) >= MOST_CALLS:
            return True
        is_new = uniqueid not in self._calls
        self._calls.add(uniqueid)
        return is_new


def owner_of(channel: str) -> str | None:
    """`PJSIP/101` of `PJSIP/101-0000002a`; None of a Local channel, which is nobody's."""
    if not channel or channel.startswith("Local/") or "/" not in channel:
        return None
    if match := re.match(r"DAHDI/i\d+/", channel):
        return match[0]
    short = _SUFFIX.sub("", channel)
    return short if short != channel else channel.rpartition("-")[0] or channel


def is_through(dialled: str, owner: str) -> bool:
    """Whether a number was dialled at it: `PJSIP/8495@trunk`, `SIP/trunk/8495`."""
    technology, _, name = owner.rstrip("/").partition("/")
    ways = (rf"{technology}/{_DIALLED}@{re.escape(name)}", rf"{technology}/{re.escape(name)}/{_DIALLED}")
    return any(re.fullmatch(way, each) for each in re.split(r"[,&]", dialled) for way in ways)


def is_itself(dialled: str, owner: str) -> bool:
    """Whether a phone was dialled, and no number at it: `PJSIP/101`, `PJSIP/101/sip:101@192.0.2.1:5060`."""
    return any(each == owner or each.startswith(f"{owner}/sip") for each in re.split(r"[,&]", dialled))


def survey_cdr(lines: Iterable[str]) -> CdrSeen:
    """Lines whose quotes do not pair are passed over."""
    seen = CdrSeen()
    for line in lines:
        if line.count('"') % 2 == 0:
            seen.take(next(csv.reader([line]), []))
    return seen
