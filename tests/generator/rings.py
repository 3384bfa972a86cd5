"""Members called from a queue: one row per member and attempt, those that failed at once included."""

import polars as pl

from tests.generator.dice import look
from tests.generator.kinds import Outcome, connected
from tests.generator.stays import RETRY, RING
from tests.generator.world import World

# Line numbers within a call: a stay begins at its FIRST_LINE, and ends with CONNECT and its closing event.
FIRST_LINE = {1: 0, 2: 4000}
CONNECT_LINE, CLOSING_LINE = 3998, 3999
LEG_LINE, HANGUP_LINE = 8000, 8001
SHARED = ("call", "callid", "company", "kind", "number", "position", "hang_up", "dead")
OWN = ("queue", "outcome", "enter", "wait", "talk", "left", "last_ring", "ends_ringing", "rounds", "width")


def stays(calls: pl.DataFrame, n: int) -> pl.DataFrame:
    """The n-th stays (1 or 2), without the suffix in their columns' names."""
    own = [pl.col(f"{name}_{n}").alias(name) for name in OWN]
    return calls.filter(pl.col(f"outcome_{n}") > 0).select(
        *SHARED,
        *own,
        # another operator answers in the second
        operator=pl.col("operator") + 2 * (n - 1),
        first_channel=pl.col("channel") + 1 + (pl.col("rings_1") if n == 2 else 0),
        first_line=pl.lit(FIRST_LINE[n], dtype=pl.Int64),
    )


def rings(each: pl.DataFrame, people: World) -> pl.DataFrame:
    """Adds to the stays: member, extension, channel, began, stopped, is_dead, is_answered, is_last, line."""
    per_round = pl.col("width") + pl.col("dead")
    # ranges of nothing explode into a null
    rows = (
        each.filter(pl.col("rounds") > 0)
        .with_columns(slot=pl.int_ranges(0, pl.col("rounds") * per_round))
        .explode("slot")
    )
    placed = rows.with_columns(
        # rounds are counted back from the last; one that is cut short is number 0
        back=pl.col("slot") // per_round + 1 - pl.col("ends_ringing"),
        slot=pl.col("slot") % per_round,
        round=pl.col("slot") // per_round,
    )
    return _add_member(_add_times(placed), people)


def _add_times(rows: pl.DataFrame) -> pl.DataFrame:
    is_last = pl.col("back") == 0
    is_dead = pl.col("slot") >= pl.col("width")
    waited_until = pl.col("enter") + pl.col("wait")
    began = waited_until - pl.col("last_ring") - pl.col("back") * (RING + RETRY)
    rang = pl.when(is_dead).then(0).when(is_last).then(pl.col("last_ring")).otherwise(RING)
    place = (pl.col("rounds") - 1 - pl.col("round")) * 20 + pl.col("slot")
    return rows.with_columns(
        is_last=is_last,
        is_dead=is_dead,
        began=began,
        stopped=began + rang,
        is_answered=connected(pl.col("outcome")) & is_last & (pl.col("slot") == 0),
        line=1 + place,
        channel=pl.col("first_channel")
        + (pl.col("rounds") - 1 - pl.col("round")) * pl.col("width")
        + pl.col("slot"),
    )


def _add_member(rows: pl.DataFrame, people: World) -> pl.DataFrame:
    table = people.companies
    # A dead member is tried twice in the same second: identical lines that are not duplicates.
    other = pl.when(pl.col("is_dead")).then(pl.col("width") + (pl.col("slot") - pl.col("width")) // 2)
    seat = (
        pl.col("operator")
        + other.otherwise(pl.col("slot"))
        + pl.col("back") * (~pl.col("is_dead")).cast(pl.Int64)
    )
    member = look(table["first_operator"], pl.col("company")) + seat % look(
        table["operators"], pl.col("company")
    )
    return rows.with_columns(member=look(people.members, member), extension=look(people.extensions, member))


def is_canceled() -> pl.Expr:
    """The caller left while the member was ringing."""
    return pl.col("is_last") & pl.col("outcome").is_in([int(Outcome.ABANDON), int(Outcome.KEY)])
