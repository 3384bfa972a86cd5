"""Makes the files, some days at a time, so that memory does not grow with the history."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from tests.generator import truth
from tests.generator.calls import Numbering, draw_calls
from tests.generator.cdr import rows_of_calls, rows_of_rings, written
from tests.generator.days import calls_of_days, epoch
from tests.generator.dice import Dice
from tests.generator.members import member_lines, start_line
from tests.generator.parties import add_parties
from tests.generator.queue_log import lines_of_rings, lines_of_stays
from tests.generator.rings import rings, stays
from tests.generator.settings_file import settings_text
from tests.generator.stream import Stream
from tests.generator.world import World, build_world

FIRST_DAY = date(2026, 1, 1)
QUEUE_LOG, CDR, SETTINGS, TRUTH, TAIL = "queue_log", "Master.csv", "callcenter.toml", "truth.json", "next"
# Measured over millions; see tests/generator/test_generator.py for how near it is.
LINES_PER_CALL = 5.156
# Callers to choose from, per call: some call often, some never.
POOL_PER_CALL = 0.33
CALLS_AT_ONCE = 100_000


@dataclass
class Maker:
    """What has been made so far, and the files it goes into."""

    seed: int
    people: World
    pool: int
    log: Stream
    cdr: Stream
    calls: int = 0
    channels: int = 1
    days: list[pl.DataFrame] = field(default_factory=list)
    queues: list[pl.DataFrame] = field(default_factory=list)
    numbers: list[pl.Series] = field(default_factory=list)

    def make(self, batch: Sequence[tuple[date, int]]) -> None:
        """The calls of these days; what happens after them waits for the next turn."""
        dice = Dice(self.seed, batch)
        calls = draw_calls(self.people, dice, Numbering(self.calls, self.channels, self.pool))
        parties = add_parties(calls, self.people)
        lines, rows = member_lines(self.people, dice), rows_of_calls(parties, self.people)
        for each in (stays(calls, 1), stays(calls, 2)):
            rung = rings(each, self.people)
            lines += [*lines_of_stays(each, self.people), lines_of_rings(rung, self.people)]
            rows.append(rows_of_rings(rung, parties, self.people))
            self.queues.append(truth.count_stays(each))
        until = epoch(batch[-1][0] + timedelta(days=1))
        self.log.write(lines, until)
        self.cdr.write([written(pl.concat(rows), parties)], until)
        self._count(calls)

    def _count(self, calls: pl.DataFrame) -> None:
        self.calls += len(calls)
        self.channels += int(calls["channels"].sum())
        self.days.append(truth.count_calls(calls))
        self.numbers.append(calls["number"].unique())

    def truth(self) -> truth.Truth:
        return truth.Truth(
            seed=self.seed,
            lines=self.log.lines,
            rows=self.cdr.lines,
            calls=self.calls,
            distinct_numbers=pl.concat(self.numbers).n_unique(),
            companies=truth.company_figures(self.days),
            queues=truth.queue_figures(self.queues, self.people),
            days=truth.day_figures(self.days),
        )


def generate(
    folder: Path, *, seed: int, lines: int, days: int, first_day: date = FIRST_DAY, tail_days: int = 0
) -> truth.Truth:
    """Writes queue_log (about `lines` lines), Master.csv, callcenter.toml and truth.json into the folder.

    What happens in the last `tail_days` UTC days goes into files of the same names in `next/`, for
    `append_tail`; the truth is that of all days. The same arguments give the same bytes, and with or without
    a tail the same lines.
    """
    if not 0 <= tail_days < days:
        message = f"tail_days={tail_days}: leave at least one of the {days} days before the tail"
        raise ValueError(message)
    calls = max(round(lines / LINES_PER_CALL), days)
    people = build_world(calls / days, first_day)
    counts = calls_of_days(seed, first_day, days, calls)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(settings_text(people), encoding="utf-8")
    with Stream(folder / QUEUE_LOG) as log, Stream(folder / CDR) as cdr:
        maker = Maker(seed, people, max(round(calls * POOL_PER_CALL), 10), log, cdr)
        log.write([start_line(first_day)], epoch(first_day))
        for batch in _batches(counts[: days - tail_days]):
            maker.make(batch)
        if tail_days:
            _turn_to_tail(folder / TAIL, log, cdr)
        for batch in _batches(counts[days - tail_days :]):
            maker.make(batch)
        log.write([], None)
        cdr.write([], None)
    result = maker.truth()
    result.save(folder / TRUTH)
    return result


def append_tail(folder: Path) -> None:
    """Appends the files in `next/` to those before them, as Asterisk goes on writing, and removes `next/`."""
    for name in (QUEUE_LOG, CDR):
        with (folder / TAIL / name).open("rb") as source, (folder / name).open("ab") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    shutil.rmtree(folder / TAIL)


def _turn_to_tail(folder: Path, log: Stream, cdr: Stream) -> None:
    folder.mkdir(exist_ok=True)
    log.turn_to(folder / QUEUE_LOG)
    cdr.turn_to(folder / CDR)


def _batches(counts: Sequence[tuple[date, int]]) -> Iterator[list[tuple[date, int]]]:
    """Whole days, together about CALLS_AT_ONCE calls."""
    batch: list[tuple[date, int]] = []
    for day, count in counts:
        batch.append((day, count))
        if sum(each for _, each in batch) >= CALLS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
