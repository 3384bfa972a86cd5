"""The table of calls: who rings whom, when, and what becomes of it. Everything else is derived from it."""

from dataclasses import dataclass

import polars as pl

from tests.generator import kinds
from tests.generator.days import AT_MIDNIGHT, CLOSES, DAY, LOCAL_SECONDS, OPENS, day_starts
from tests.generator.dice import Dice, exponential, look, quantiles, weighted
from tests.generator.people import callers, dialled
from tests.generator.stays import add_stays
from tests.generator.world import COMPANIES, DIRECT_LINES, PBX, World

COMPANY = weighted([company.share for company in COMPANIES])
GREETING = quantiles(lambda p: 12 * p - 3, 0, 12)
RING = exponential(4, 2, 25)
SHORT = quantiles(lambda p: 45 * p * p, 0, 45)
NARROW = (
    "company", "second", "midnight", "kind", "queue", "greeting", "hold_1", "hold_2", "last_ring_1",
    "last_ring_2", "rounds", "dead", "talk_1", "talk_2", "late", "position", "operator", "ring", "short",
    "form", "name", "hang_up",
)  # fmt: skip


@dataclass(frozen=True)
class Numbering:
    """The first number of the next call and of the next channel, and how many callers there are."""

    call: int
    channel: int
    pool: int


def draw_calls(people: World, dice: Dice, numbering: Numbering) -> pl.DataFrame:
    """One row per call, by start.

    call, callid, channel, start, end (epoch seconds), company, kind, number (the caller's, as the PBX writes
    it), dialled, queue_1, queue_2, operator (within the Company), ring, answer_after, the stays' columns.
    """
    drawn = pl.DataFrame(
        [
            *(dice.roll(name) for name in NARROW),
            dice.roll_wide("person"),
            day_starts(dice.counts).alias("day"),
        ]
    )
    placed = drawn.with_columns(company=look(COMPANY, pl.col("company")))
    started = _add_start(placed, people.offsets).sort("start", maintain_order=True)
    numbered = started.with_row_index("call", numbering.call).with_columns(pl.col("call").cast(pl.Int64))
    routed = _add_route(numbered, people)
    with_people = routed.with_columns(
        number=callers(numbering.pool),
        dialled=dialled(numbering.pool),
        late=(pl.col("late") % 20 == 0).cast(pl.Int64),
    )
    return _add_end(_add_channels(add_stays(with_people, people), numbering.channel))


def _add_start(calls: pl.DataFrame, shifts: pl.Series) -> pl.DataFrame:
    local = look(LOCAL_SECONDS, pl.col("second"))
    shift = look(shifts, pl.col("company"))
    last_minute = DAY - 1 - pl.col("second").cast(pl.Int64) % 60
    at_midnight = pl.col("midnight") < 2 * AT_MIDNIGHT
    utc = (
        pl.when(pl.col("midnight") < AT_MIDNIGHT)
        .then(last_minute)
        .when(at_midnight)
        .then((last_minute - shift) % DAY)
        .otherwise((local - shift) % DAY)
    )
    open_now = local.is_between(OPENS, CLOSES) | at_midnight
    kind = (
        pl.when(open_now)
        .then(look(kinds.BY_DAY, pl.col("kind")))
        .otherwise(look(kinds.BY_NIGHT, pl.col("kind")))
    )
    return calls.with_columns(start=pl.col("day") + utc, kind=kind)


def _add_route(calls: pl.DataFrame, people: World) -> pl.DataFrame:
    table = people.companies
    company = pl.col("company")
    fronts, first = look(table["fronts"], company), look(table["first_queue"], company)
    place = pl.col("queue").cast(pl.Int64) % fronts
    direct = kinds.is_kind("direct", "direct_unanswered")
    staff = look(table["operators"], company)
    again = look(kinds.REENTERS, pl.col("kind"))
    return calls.with_columns(
        front=place,
        queue_1=first + place,
        queue_2=pl.when(again).then(first + place).otherwise(first + fronts),
        operator=pl.col("operator").cast(pl.Int64) % pl.when(direct).then(DIRECT_LINES).otherwise(staff),
        greeting=look(GREETING, pl.col("greeting")),
        ring=look(RING, pl.col("ring")),
        short=look(SHORT, pl.col("short")),
    )


def _add_channels(calls: pl.DataFrame, first: int) -> pl.DataFrame:
    """Every call has its own run of channel numbers: the caller's, one per ringing member, a second leg's."""
    used = 2 + pl.col("rings_1") + pl.col("rings_2")
    numbered = calls.with_columns(channel=first + used.cum_sum() - used, channels=used)
    return numbered.with_columns(
        callid=pl.concat_str([pl.lit(f"{PBX}-"), pl.col("start"), pl.lit("."), pl.col("channel")])
    )


def _add_end(calls: pl.DataFrame) -> pl.DataFrame:
    """`answer_after` is when a call outside the queues was answered, in seconds from its start."""
    talk = pl.col("talk_1") + pl.col("late")
    unanswered = kinds.is_kind("direct_unanswered", "outgoing_unanswered", "outgoing_busy", "refused")
    at_once = kinds.is_kind("ivr", "queue_refused")
    after = pl.when(at_once).then(0).when(~unanswered).then(pl.col("ring"))
    spoken = kinds.is_kind("direct", "outgoing", "callback", "internal")
    brief = kinds.is_kind("refused", "queue_refused", "outgoing_busy", "callback_busy")
    outside = (
        pl.when(spoken)
        .then(pl.col("ring") + talk)
        .when(brief)
        .then(pl.col("short") % 2 + after.fill_null(0))
        .when(kinds.is_kind("ivr"))
        .then(pl.col("short"))
        .otherwise(pl.col("ring") + pl.col("short"))
    )
    queued = look(kinds.FIRST, pl.col("kind")) > 0
    end = pl.when(queued).then(pl.col("queue_end")).otherwise(pl.col("start") + outside)
    return calls.with_columns(answer_after=after, end=end)
