"""Stays in queues: at most two per call, `_1` and `_2`, and the member calls within them."""

import polars as pl

from tests.generator import kinds
from tests.generator.dice import exponential, look, quantiles, weighted
from tests.generator.kinds import Outcome, connected
from tests.generator.world import World

RING, RETRY = 12, 3
HOLD = exponential(20, 1, 600)
PATIENCE = exponential(22, 0, 600)
TALK = quantiles(lambda p: 95 * (p / (1 - p)) ** 0.55, 1, 3000)
LAST_RING = quantiles(lambda p: 9 * p, 0, RING)
ROUNDS = weighted([35, 33, 20, 12])
WIDTH = 3
# Calls to members who cannot be reached, per round: RINGNOANSWER after 0 ms, no channel and so no CDR.
DEAD = weighted([27, 17, 26, 7, 23])


def add_stays(calls: pl.DataFrame, people: World) -> pl.DataFrame:
    """Adds per stay: outcome, enter, wait, talk, left (its end), last_ring, rounds, rings; and queue_end."""
    shared = calls.with_columns(
        outcome_1=look(kinds.FIRST, pl.col("kind")),
        outcome_2=look(kinds.SECOND, pl.col("kind")),
        rounds=look(ROUNDS, pl.col("rounds")),
        dead=look(DEAD, pl.col("dead")),
        talk_1=look(TALK, pl.col("talk_1")),
        talk_2=look(TALK, pl.col("talk_2")),
        enter_1=pl.col("start") + pl.col("greeting"),
    )
    first = _add_stay(shared, people, "_1")
    second = _add_stay(first.with_columns(enter_2=pl.col("left_1") + pl.col("call") % 2), people, "_2")
    return second.with_columns(
        queue_end=pl.when(kinds.is_kind("transfer"))
        .then(pl.col("left_1") + pl.col("talk_2") + pl.col("late"))
        .when(kinds.is_kind("transfer_unanswered"))
        .then(pl.col("left_1") + pl.col("ring"))
        .when(pl.col("outcome_2") > 0)
        .then(pl.col("left_2"))
        .otherwise(pl.col("left_1"))
    )


def _add_stay(calls: pl.DataFrame, people: World, n: str) -> pl.DataFrame:
    timeout = look(pl.Series([queue.timeout for queue in people.queues]), pl.col(f"queue{n}"))
    rings_all = look(pl.Series([queue.rings_all for queue in people.queues]), pl.col(f"queue{n}"))
    outcome = pl.col(f"outcome{n}")
    spoke = connected(outcome)
    patience = look(PATIENCE, pl.col(f"hold{n}"))
    wait = (
        pl.when(outcome == Outcome.TIMEOUT)
        .then(timeout)
        .when(spoke)
        .then(pl.min_horizontal(look(HOLD, pl.col(f"hold{n}")), timeout - 1))
        .otherwise(pl.min_horizontal(patience, timeout - 1))
    )
    talked = pl.when(spoke).then(pl.col(f"talk{n}") + pl.col("late")).otherwise(0)
    waited = calls.with_columns(
        wait.alias(f"wait{n}"),
        pl.when(rings_all).then(1 + pl.col("call") % WIDTH).otherwise(1).alias(f"width{n}"),
        (pl.col(f"enter{n}") + wait + talked).alias(f"left{n}"),
    )
    return _add_rounds(waited, n)


def _add_rounds(calls: pl.DataFrame, n: str) -> pl.DataFrame:
    """Counted back from the end of the wait: the last ring, and before it full rings with their pauses."""
    outcome, wait = pl.col(f"outcome{n}"), pl.col(f"wait{n}")
    ringing = pl.min_horizontal(look(LAST_RING, pl.col(f"last_ring{n}")), wait)
    # Nobody is left to ring when a queue empties, and often all are busy when a caller gives up.
    silent = (outcome == Outcome.EMPTY) | ((pl.col("hang_up") % 3 == 0) & ~connected(outcome))
    last_ring = pl.when(silent).then(0).otherwise(ringing)
    ends_ringing = (connected(outcome) | (last_ring > 0)).cast(pl.Int64)
    full = pl.min_horizontal(pl.col("rounds"), (wait - last_ring) // (RING + RETRY))
    rounds = pl.when(outcome > 0).then(full + ends_ringing).otherwise(0)
    return calls.with_columns(
        last_ring.alias(f"last_ring{n}"),
        ends_ringing.alias(f"ends_ringing{n}"),
        rounds.alias(f"rounds{n}"),
        (rounds * pl.col(f"width{n}")).alias(f"rings{n}"),
    )
