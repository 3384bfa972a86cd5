"""What a correct reading must find, from the generator's intents: never from the logs."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

import polars as pl

from tests.generator.dice import look
from tests.generator.kinds import KINDS, REASONS, connected, is_kind
from tests.generator.world import COMPANIES, World


class Figures(TypedDict):
    """The names are those of `callcenter statistics --format json`."""

    incoming: int
    queued: int
    answered: int
    outgoing: int
    outgoing_successful: int
    incoming_talk_seconds: int
    outgoing_talk_seconds: int
    not_answered: dict[str, int]


class QueueFigures(TypedDict):
    """Counted in stays (queue passes)."""

    offered: int
    answered: int
    not_answered: int
    talk_seconds: int
    wait_seconds: int


@dataclass(frozen=True)
class Truth:
    """`days` is by local date of the call's start, then by Company; `lines` and `rows` are of all files."""

    seed: int
    lines: int
    rows: int
    calls: int
    distinct_numbers: int
    companies: dict[str, Figures]
    queues: dict[str, QueueFigures]
    days: dict[str, dict[str, Figures]]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Truth":
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**content)


FIGURES = (
    "incoming", "queued", "answered", "outgoing", "outgoing_successful", "incoming_talk_seconds",
    "outgoing_talk_seconds",
)  # fmt: skip


def count_calls(calls: pl.DataFrame) -> pl.DataFrame:
    """Sums per Company and local day, one column per figure and reason."""
    incoming = _flag([kind.direction == "incoming" for kind in KINDS])
    successful = _flag([kind.successful for kind in KINDS])
    spoken = (connected(pl.col("outcome_1")) | is_kind("direct")) * pl.col("talk_1")
    spoken_again = (connected(pl.col("outcome_2")) | is_kind("transfer")) * pl.col("talk_2")
    told = calls.with_columns(_local_day(), incoming=incoming, successful=successful)
    counted = told.group_by("company", "day").agg(
        incoming=pl.col("incoming").sum(),
        queued=(pl.col("outcome_1") > 0).sum(),
        answered=_flag([kind.answered for kind in KINDS]).sum(),
        outgoing=_flag([kind.direction == "outgoing" for kind in KINDS]).sum(),
        outgoing_successful=pl.col("successful").sum(),
        incoming_talk_seconds=(spoken + spoken_again).sum(),
        outgoing_talk_seconds=(pl.col("successful") * pl.col("talk_1")).sum(),
        **{reason: _flag([kind.reason == reason for kind in KINDS]).sum() for reason in REASONS},
    )  # fmt: skip
    return counted.select("company", "day", pl.col(*FIGURES, *REASONS).cast(pl.Int64))


def count_stays(each: pl.DataFrame) -> pl.DataFrame:
    spoke = connected(pl.col("outcome"))
    return each.group_by("queue").agg(
        offered=pl.len().cast(pl.Int64),
        answered=spoke.sum().cast(pl.Int64),
        not_answered=(~spoke).sum().cast(pl.Int64),
        talk_seconds=(spoke * pl.col("talk")).sum(),
        wait_seconds=pl.col("wait").sum(),
    )


def company_figures(counted: Iterable[pl.DataFrame]) -> dict[str, Figures]:
    table = pl.concat(counted).group_by("company").agg(pl.col(*FIGURES, *REASONS).sum()).sort("company")
    return {COMPANIES[row["company"]].id: _figures(row) for row in table.iter_rows(named=True)}


def day_figures(counted: Iterable[pl.DataFrame]) -> dict[str, dict[str, Figures]]:
    table = (
        pl.concat(counted)
        .group_by("day", "company")
        .agg(pl.col(*FIGURES, *REASONS).sum())
        .sort("day", "company")
    )
    days: dict[str, dict[str, Figures]] = {}
    for row in table.iter_rows(named=True):
        days.setdefault(str(row["day"]), {})[COMPANIES[row["company"]].id] = _figures(row)
    return days


def queue_figures(counted: Iterable[pl.DataFrame], people: World) -> dict[str, QueueFigures]:
    table = pl.concat(counted).group_by("queue").agg(pl.all().sum()).sort("queue")
    return {
        people.queues[row["queue"]].name: QueueFigures(
            offered=row["offered"],
            answered=row["answered"],
            not_answered=row["not_answered"],
            talk_seconds=row["talk_seconds"],
            wait_seconds=row["wait_seconds"],
        )
        for row in table.iter_rows(named=True)
    }


def _flag(by_kind: list[bool]) -> pl.Expr:
    return look(pl.Series(by_kind), pl.col("kind"))


def _local_day() -> pl.Expr:
    start = pl.from_epoch("start").dt.replace_time_zone("UTC")
    local = pl.lit(None, dtype=pl.Date)
    for number, company in enumerate(COMPANIES):
        here = start.dt.convert_time_zone(company.timezone).dt.date()
        local = pl.when(pl.col("company") == number).then(here).otherwise(local)
    return local.alias("day")


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(
        incoming=row["incoming"],
        queued=row["queued"],
        answered=row["answered"],
        outgoing=row["outgoing"],
        outgoing_successful=row["outgoing_successful"],
        incoming_talk_seconds=row["incoming_talk_seconds"],
        outgoing_talk_seconds=row["outgoing_talk_seconds"],
        not_answered={reason: row[reason] for reason in REASONS},
    )
