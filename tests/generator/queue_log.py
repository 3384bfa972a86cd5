"""Lines of queue_log: `time|callid|queue|agent|EVENT|data…`."""

import polars as pl

from tests.generator.dice import look
from tests.generator.kinds import Outcome, connected
from tests.generator.rings import CLOSING_LINE, CONNECT_LINE, is_canceled
from tests.generator.text import order
from tests.generator.world import World

COLUMN, NOBODY = pl.lit("|"), pl.lit("NONE")


def colleague(people: World) -> pl.Expr:
    """The extension an operator sends callers to, and calls within the house."""
    count = look(people.companies["operators"], pl.col("company"))
    first = look(people.companies["first_operator"], pl.col("company"))
    return look(people.extensions, first + (pl.col("operator") + 3) % count)


def overflow_extension(people: World) -> pl.Expr:
    """The extension of the Company's overflow queue."""
    overflow = people.companies["first_queue"] + people.companies["fronts"]
    return pl.lit("6") + look(overflow, pl.col("company")).cast(pl.String)


def lines_of_stays(each: pl.DataFrame, people: World) -> list[pl.DataFrame]:
    """ENTERQUEUE, CONNECT and the closing events: frames of `order` and `text`."""
    count = look(people.companies["operators"], pl.col("company"))
    operator = look(people.companies["first_operator"], pl.col("company")) + pl.col("operator") % count
    named = each.with_columns(
        queue=look(people.queue_names, pl.col("queue")),
        agent=look(people.members, operator),
        target=pl.when(pl.col("outcome") == Outcome.TRANSFER_QUEUE)
        .then(overflow_extension(people))
        .otherwise(colleague(people)),
        position=1 + pl.col("position") % 16 // 11 + pl.col("position") % 128 // 120,
    )
    spoken = named.filter(connected(pl.col("outcome")))
    connect = [pl.lit("CONNECT"), pl.col("wait"), _member_channel(), pl.col("last_ring")]
    return [
        _lines(
            named, pl.col("enter"), 0, NOBODY, [pl.lit("ENTERQUEUE|"), pl.col("number"), pl.col("position")]
        ),
        _lines(spoken, pl.col("enter") + pl.col("wait"), CONNECT_LINE, pl.col("agent"), connect),
        *(_closing(named.filter(pl.col("outcome") == outcome), outcome) for outcome in Outcome if outcome),
    ]


def lines_of_rings(each: pl.DataFrame, people: World) -> pl.DataFrame:
    """RINGNOANSWER and RINGCANCELED; who lost to the one who answered gets no line."""
    unanswered = pl.col("is_dead") | ~(pl.col("is_last") & connected(pl.col("outcome")))
    heard = each.filter(unanswered).with_columns(queue=look(people.queue_names, pl.col("queue")))
    canceled = is_canceled() & ~pl.col("is_dead")
    milliseconds = (pl.col("stopped") - pl.col("began")) * 1000
    cut = milliseconds - pl.col("channel") * 7919 % 1000
    event = pl.when(canceled).then(pl.lit("RINGCANCELED")).otherwise(pl.lit("RINGNOANSWER"))
    data = [event, pl.when(canceled).then(cut).otherwise(milliseconds)]
    return _lines(heard, pl.col("stopped"), pl.col("line"), pl.col("member"), data)


def _member_channel() -> pl.Expr:
    """The uniqueid of the member's channel, made when it began to ring: the last round's first."""
    channel = pl.col("first_channel") + (pl.col("rounds") - 1) * pl.col("width")
    rang_at = pl.col("enter") + pl.col("wait") - pl.col("last_ring")
    return pl.concat_str([pl.lit("pbx-"), rang_at, pl.lit("."), channel])


def _closing(each: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    wait, talk, position = pl.col("wait"), pl.col("talk"), pl.col("position")
    by_caller = pl.col("hang_up") % 10 < 7
    complete = pl.when(by_caller).then(pl.lit("COMPLETECALLER")).otherwise(pl.lit("COMPLETEAGENT"))
    moved_up = pl.max_horizontal(position - 1, 1)
    left = [moved_up, position, wait]
    context = {Outcome.TRANSFER: "agents", Outcome.TRANSFER_QUEUE: "queues"}.get(outcome, "")
    transfer = [pl.lit("BLINDTRANSFER"), pl.col("target"), pl.lit(context), wait, talk, position]
    data = {
        Outcome.CONNECT: [complete, wait, talk, position],
        Outcome.TRANSFER: transfer,
        Outcome.TRANSFER_QUEUE: transfer,
        Outcome.ABANDON: [pl.lit("ABANDON"), *left],
        Outcome.TIMEOUT: [pl.lit("EXITWITHTIMEOUT"), *left],
        Outcome.KEY: [pl.lit("EXITWITHKEY"), pl.lit("1"), *left],
        Outcome.EMPTY: [pl.lit("EXITEMPTY"), *left],
    }[outcome]
    agent = pl.col("agent") if outcome <= Outcome.TRANSFER_QUEUE else NOBODY
    return _lines(each, pl.col("left"), CLOSING_LINE, agent, data)


def _lines(
    each: pl.DataFrame, at: pl.Expr, line: pl.Expr | int, agent: pl.Expr, data: list[pl.Expr]
) -> pl.DataFrame:
    return each.select(
        order(at, pl.col("call"), pl.col("first_line") + line),
        text=pl.concat_str([at, pl.col("callid"), pl.col("queue"), agent, *data], separator="|"),
    )
