"""What operators and the PBX itself write into queue_log: pauses, shifts, reloads."""

from datetime import date

import polars as pl

from tests.generator.days import DAY, day_starts, epoch
from tests.generator.dice import Dice, exponential, look
from tests.generator.text import order
from tests.generator.world import World

PAUSES_PER_CALL = 0.07
SLOTS, SLOT_SECONDS, FIRST_SLOT = 4, 9000, 9 * 3600
# A prime: multiples of it visit every (operator, slot) pair of a day once, so that no two pauses overlap.
STRIDE = 1_000_003
LENGTH = exponential(600, 20, 3000)
REASONS = pl.Series(["lunch", "break", "wrap-up", "training", "обед"])
SHIFT_STARTS, SHIFT_ENDS = 8 * 3600, 20 * 3600
# Every so manieth operator logs in and out of the queues instead of being a static member.
DYNAMIC = 5
# Line numbers above those of calls; SHIFT_LINE has room for 100 queues, twice.
PAUSE_LINE, SHIFT_LINE, SYSTEM_LINE = 9000, 10000, 11000


def member_lines(people: World, dice: Dice) -> list[pl.DataFrame]:
    """All lines of these days that belong to no call: frames of `order` and `text`."""
    days = [day for day, _ in dice.counts]
    return [*_pause_lines(people, dice), *_shift_lines(people, days), _reloads(days)]


def start_line(day: date) -> pl.DataFrame:
    return _system(pl.DataFrame({"at": [epoch(day)]}), SYSTEM_LINE, "QUEUESTART")


def _queues(people: World) -> pl.DataFrame:
    companies = [queue.company for queue in people.queues]
    return pl.DataFrame({"company": companies, "queue": people.queue_names, "place": range(len(companies))})


def _operators(people: World) -> pl.DataFrame:
    companies = pl.Series("company", [operator.company for operator in people.operators])
    return pl.DataFrame(
        [companies, people.members.alias("member"), people.offsets.gather(companies).alias("shift")]
    )


def _pauses(people: World, dice: Dice) -> pl.DataFrame:
    """One row per pause: at, until, company, member, reason."""
    pairs = len(people.operators) * SLOTS
    counts = [(day, min(int(count * PAUSES_PER_CALL), pairs)) for day, count in dice.counts]
    drawn = Dice(dice.seed, counts)
    table = pl.DataFrame([drawn.roll("pause"), drawn.roll("length"), day_starts(counts).alias("day")])
    turn = (pl.int_range(pl.len()).over("day") * STRIDE + pl.col("day") // DAY * 7) % pairs
    placed = table.with_columns(
        operator=turn // SLOTS, slot=turn % SLOTS, length=look(LENGTH, pl.col("length"))
    )
    staff = _operators(people)
    known = placed.with_columns(look(staff[name], pl.col("operator")).alias(name) for name in staff.columns)
    local = FIRST_SLOT + pl.col("slot") * SLOT_SECONDS + pl.col("pause") % 5400
    return known.select(
        "company",
        "member",
        number=pl.col("day") // DAY * pairs + turn,
        at=pl.col("day") + (local - pl.col("shift")) % DAY,
        length=pl.col("length"),
        reason=look(REASONS, pl.col("pause") % len(REASONS)),
    )


def _pause_lines(people: World, dice: Dice) -> list[pl.DataFrame]:
    pauses = _pauses(people, dice)
    begin = pauses.with_columns(event=pl.lit("PAUSE"))
    end = pauses.with_columns(event=pl.lit("UNPAUSE"), at=pl.col("at") + pl.col("length"), reason=pl.lit(""))
    both = pl.concat([begin, end])
    alone = both.with_columns(
        event=pl.col("event") + "ALL", queue=pl.lit("NONE"), place=pl.lit(0, dtype=pl.Int64)
    )
    each = both.join(_queues(people).with_columns(pl.col("place") + 1), on="company").select(alone.columns)
    # A pause may end in the second in which another of the same number begins.
    line = PAUSE_LINE + pl.col("place") + 100 * pl.col("event").str.starts_with("UN").cast(pl.Int64)
    text = [
        pl.col("at"),
        pl.lit("NONE"),
        pl.col("queue"),
        pl.col("member"),
        pl.col("event"),
        pl.col("reason"),
    ]
    return [_lines(frame, line, text) for frame in (alone, each)]


def _shift_lines(people: World, days: list[date]) -> list[pl.DataFrame]:
    staff = _operators(people).with_row_index("number").filter(pl.col("number") % DYNAMIC == 0)
    places = staff.with_columns(pl.col("number").cast(pl.Int64)).join(_queues(people), on="company")
    daily = places.join(pl.DataFrame({"day": [epoch(day) for day in days]}), how="cross")
    frames = []
    for place, (event, local) in enumerate([("ADDMEMBER", SHIFT_STARTS), ("REMOVEMEMBER", SHIFT_ENDS)]):
        late = pl.col("number") * 37 % 600
        at = daily.with_columns(at=pl.col("day") + (local + late - pl.col("shift")) % DAY)
        text = [pl.col("at"), pl.lit("MANAGER"), pl.col("queue"), pl.col("member"), pl.lit(event), pl.lit("")]
        frames.append(_lines(at, SHIFT_LINE + 100 * place + pl.col("place"), text))
    return frames


def _reloads(days: list[date]) -> pl.DataFrame:
    return _system(pl.DataFrame({"at": [epoch(day) + 3 * 3600 for day in days]}), SYSTEM_LINE, "CONFIGRELOAD")


def _system(times: pl.DataFrame, line: int, event: str) -> pl.DataFrame:
    text = [pl.col("at"), pl.lit(f"NONE|NONE|NONE|{event}|")]
    return _lines(times.with_columns(number=pl.lit(0, dtype=pl.Int64)), pl.lit(line, dtype=pl.Int64), text)


def _lines(frame: pl.DataFrame, line: pl.Expr, text: list[pl.Expr]) -> pl.DataFrame:
    return frame.select(order(pl.col("at"), pl.col("number"), line), text=pl.concat_str(text, separator="|"))
