"""Rows of Master.csv: the stock 18 columns, one row per leg and ringing member, after their call's end."""

from dataclasses import dataclass

import polars as pl

from tests.generator.dice import look
from tests.generator.kinds import Outcome, is_kind
from tests.generator.parties import NEXT
from tests.generator.queue_log import colleague, overflow_extension
from tests.generator.rings import FIRST_LINE, HANGUP_LINE, LEG_LINE
from tests.generator.text import hexadecimal, order, timestamp
from tests.generator.world import World

ANSWERED, NO_ANSWER, BUSY = pl.lit("ANSWERED"), pl.lit("NO ANSWER"), pl.lit("BUSY")
HANGUP = pl.lit('Hangup","')
AT_ONCE = pl.lit(0, dtype=pl.Int64)
NEVER = pl.lit(None, dtype=pl.Int64)


@dataclass(frozen=True)
class Row:
    """A row that lasts until its call ends; `answer_after` counts from its beginning."""

    line: int
    application: pl.Expr
    began: pl.Expr
    answer_after: pl.Expr
    disposition: pl.Expr
    peer: pl.Expr = pl.lit("")  # noqa: RUF009 an expression is immutable

    def of(self, calls: pl.DataFrame) -> pl.DataFrame:
        return calls.select(
            "call",
            line=pl.lit(self.line, dtype=pl.Int64),
            dst="dst",
            context="context",
            peer=self.peer,
            application=self.application,
            began=self.began,
            answer_after=self.answer_after,
            ended="end",
            disposition=self.disposition,
        )


def rows_of_rings(each: pl.DataFrame, calls: pl.DataFrame, people: World) -> pl.DataFrame:
    """One row per ringing member; a transfer rewrites where the answered one went."""
    rang = each.filter(~pl.col("is_dead"))
    outcome, answered = pl.col("outcome"), pl.col("is_answered")
    second = pl.col("first_line") == FIRST_LINE[2]
    queued = answered & (outcome == Outcome.TRANSFER_QUEUE)
    sent_on = queued | (second & is_kind("transfer_queue", "transfer_queue_abandoned"))
    to_colleague = answered & (outcome == Outcome.TRANSFER)
    dst, context = (look(calls[name], pl.col("call") - calls["call"][0]) for name in ("dst", "context"))
    return rang.select(
        "call",
        line=pl.col("first_line") + pl.col("line"),
        dst=pl.when(sent_on)
        .then(overflow_extension(people))
        .when(to_colleague)
        .then(colleague(people))
        .otherwise(dst),
        context=pl.when(sent_on)
        .then(pl.lit("queues"))
        .when(to_colleague)
        .then(pl.lit("agents"))
        .otherwise(context),
        peer=_channel(pl.col("extension"), pl.col("channel")),
        application=look(_queue_applications(people), pl.col("queue")),
        began=pl.col("began"),
        answer_after=AT_ONCE,
        ended=pl.when(answered).then(pl.col("left")).otherwise(pl.col("stopped")),
        disposition=pl.when(answered).then(ANSWERED).otherwise(NO_ANSWER),
    )


def _queue_applications(people: World) -> pl.Series:
    return pl.Series([f'Queue","{queue.name},tT,,,{queue.timeout}' for queue in people.queues])


def _channel(name: pl.Expr, number: pl.Expr) -> pl.Expr:
    return pl.concat_str([pl.lit("PJSIP/"), name, pl.lit("-"), hexadecimal(number)])


def rows_of_calls(calls: pl.DataFrame, people: World) -> list[pl.DataFrame]:
    """The legs outside queues, and the rows without a second channel."""
    last = pl.when(pl.col("outcome_2") > 0).then(pl.col("outcome_2")).otherwise(pl.col("outcome_1"))
    last_queue = pl.when(pl.col("outcome_2") > 0).then(pl.col("queue_2")).otherwise(pl.col("queue_1"))
    nobody_rang = (pl.col("rings_1") + pl.col("rings_2") == 0) & (last == Outcome.ABANDON)
    alone = calls.filter(nobody_rang)
    queue = look(_queue_applications(people), last_queue)
    return [
        _dials(calls.filter(pl.col("outcome_1") == Outcome.NONE)),
        _transfers(calls.filter(is_kind("transfer", "transfer_unanswered")), people),
        Row(1, queue, pl.col("start"), AT_ONCE, ANSWERED).of(alone),
        *_hangups(calls, last, people),
    ]


def _dials(calls: pl.DataFrame) -> pl.DataFrame:
    """The first row of a call that met no queue."""
    number = pl.col("channel") + pl.col("channels") - 1
    alone = is_kind("ivr", "queue_refused", "refused")
    at_home = pl.col("incoming") | is_kind("internal")
    member = pl.when(is_kind("internal")).then(pl.col("dst")).otherwise(pl.col("extension"))
    far = pl.when(at_home).then(member).otherwise(pl.lit("trunk-out"))
    dial = (
        pl.when(at_home)
        .then(pl.concat_str([pl.lit('Dial","PJSIP/'), member, pl.lit(",20")]))
        .otherwise(pl.concat_str([pl.lit('Dial","PJSIP/'), pl.col("dialled"), pl.lit("@trunk-out,30")]))
    )
    hangup = pl.when(is_kind("refused")).then(pl.lit('Hangup","17')).otherwise(HANGUP)
    disposition = (
        pl.when(is_kind("refused", "outgoing_busy", "callback_busy")).then(BUSY)
        .when(is_kind("direct_unanswered", "outgoing_unanswered", "callback_unanswered")).then(NO_ANSWER)
        .otherwise(ANSWERED)
    )  # fmt: skip
    peer = pl.when(alone).then(pl.lit("")).otherwise(_channel(far, number))
    application = pl.when(alone).then(hangup).otherwise(dial)
    return Row(0, application, pl.col("start"), pl.col("answer_after"), disposition, peer).of(calls)


def _transfers(calls: pl.DataFrame, people: World) -> pl.DataFrame:
    """The leg after a blind transfer. The caller's channel is up: its billsec runs from the first ring."""
    target = colleague(people)
    moved = calls.with_columns(dst=target, context=pl.lit("agents"))
    peer = _channel(target, pl.col("channel") + pl.col("channels") - 1)
    dial = pl.concat_str([pl.lit('Dial","PJSIP/'), target, pl.lit(",20")])
    disposition = pl.when(is_kind("transfer")).then(ANSWERED).otherwise(NO_ANSWER)
    return Row(LEG_LINE, dial, pl.col("left_1"), AT_ONCE, disposition, peer).of(moved)


def _hangups(calls: pl.DataFrame, last: pl.Expr, people: World) -> list[pl.DataFrame]:
    """The row Asterisk adds when the dial plan goes on after a Queue() or Dial() that failed."""
    keyed = calls.filter(last == Outcome.KEY).with_columns(dst=pl.lit("1"), context=pl.lit("queue-exit"))
    in_vain = last.is_in([int(Outcome.TIMEOUT), int(Outcome.EMPTY)]) | is_kind("callback_busy")
    moved = calls.filter(is_kind("transfer_unanswered")).with_columns(
        dst=colleague(people), context=pl.lit("agents")
    )
    rings_on = is_kind("direct_unanswered") & (pl.col("hang_up") % 2 == 0)
    answered = Row(HANGUP_LINE, HANGUP, pl.col("end"), AT_ONCE, ANSWERED)
    unanswered = Row(HANGUP_LINE, HANGUP, pl.col("end"), NEVER, NO_ANSWER)
    busy = Row(HANGUP_LINE, HANGUP, pl.col("end"), NEVER, BUSY)
    return [
        *(answered.of(part) for part in (keyed, calls.filter(in_vain), moved)),
        unanswered.of(calls.filter(is_kind("outgoing_unanswered") | rings_on)),
        busy.of(calls.filter(is_kind("outgoing_busy"))),
    ]


def written(rows: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """The rows as text, with their `order`: by their call's end. Its first row counts from its start."""
    own = pl.col("call") - calls["call"][0]
    shared = {name: look(calls[name], own) for name in ("start", "end", "late", "head", "middle", "tail")}
    placed = rows.with_columns(**shared).with_columns(order(pl.col("end"), pl.col("call"), pl.col("line")))
    ordered = placed.sort("order")
    is_first = pl.col("call") != pl.col("call").shift(1, fill_value=-1)
    began = pl.when(is_first).then(pl.col("start")).otherwise(pl.col("began"))
    timed = ordered.with_columns(began=began).with_columns(answer=pl.col("began") + pl.col("answer_after"))
    billed = pl.max_horizontal(pl.col("ended") - pl.col("answer") - pl.col("late"), 0).fill_null(0)
    return timed.select("order", text=_text(billed))


def _text(billed: pl.Expr) -> pl.Expr:
    answer = pl.concat_str([pl.lit('"'), timestamp(pl.col("answer")), pl.lit('"')]).fill_null("")
    return pl.concat_str(
        [
            *(pl.col("head"), pl.col("dst"), NEXT, pl.col("context"), pl.col("middle"), pl.col("peer"), NEXT),
            *(pl.col("application"), NEXT, timestamp(pl.col("began")), pl.lit('",'), answer, pl.lit(',"')),
            *(timestamp(pl.col("ended")), pl.lit('",'), pl.col("ended") - pl.col("began"), pl.lit(",")),
            *(billed, pl.lit(',"'), pl.col("disposition"), pl.col("tail")),
        ]
    )
