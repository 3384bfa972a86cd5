"""Who talks to whom in a call: what all its CDR rows share."""

import polars as pl

from tests.generator.dice import look
from tests.generator.kinds import is_kind
from tests.generator.people import caller_id
from tests.generator.queue_log import colleague
from tests.generator.text import hexadecimal
from tests.generator.world import COMPANIES, World, account

NEXT = pl.lit('","')
ACCOUNTS = pl.Series([account(number) for number in range(len(COMPANIES))])


def add_parties(calls: pl.DataFrame, people: World) -> pl.DataFrame:
    """Adds what all rows of a call share: dst, context, extension, and quoted text: head, middle, tail."""
    incoming = ~is_kind("outgoing", "outgoing_busy", "outgoing_unanswered", "internal") & ~_is_callback()
    place = (
        pl.when(is_kind("ivr"))
        .then(900)
        .when(is_kind("direct", "direct_unanswered"))
        .then(100 + pl.col("operator"))
        .otherwise(pl.col("front"))
    )
    did = (5_551_000 + 1000 * pl.col("company") + place).cast(pl.String)
    own = look(people.companies["first_operator"], pl.col("company")) + pl.col("operator")
    named = calls.with_columns(
        extension=look(people.extensions, own),
        incoming=incoming,
        dst=pl.when(incoming).then(did).when(is_kind("internal")).then(colleague(people)).otherwise(pl.col("dialled")),
        context=pl.when(incoming).then(pl.lit("incoming")).when(is_kind("internal")).then(pl.lit("agents"))
        .otherwise(pl.lit("outgoing")),
    )  # fmt: skip
    return named.with_columns(_head(), _middle(), _tail())


def _is_callback() -> pl.Expr:
    return is_kind("callback", "callback_busy", "callback_unanswered")


def _head() -> pl.Expr:
    source = (
        pl.when(pl.col("incoming")).then(pl.col("number")).when(_is_callback()).then(pl.col("dialled"))
        .otherwise(pl.col("extension"))
    )  # fmt: skip
    return pl.concat_str([pl.lit('"'), look(ACCOUNTS, pl.col("company")), NEXT, source, NEXT]).alias("head")


def _middle() -> pl.Expr:
    called = pl.when(_is_callback()).then(pl.lit('""Callback"" <') + pl.col("dialled"))
    own = called.otherwise(pl.lit('"""" <') + pl.col("extension")) + pl.lit(">")
    clid = pl.when(pl.col("incoming")).then(caller_id()).otherwise(own)
    name = pl.when(pl.col("incoming")).then(pl.lit("trunk")).otherwise(pl.col("extension"))
    parts = [NEXT, clid, pl.lit('","PJSIP/'), name, pl.lit("-"), hexadecimal(pl.col("channel")), NEXT]
    return pl.concat_str(parts).alias("middle")


def _tail() -> pl.Expr:
    userfield = pl.when(_is_callback()).then(pl.lit('","callback"')).otherwise(pl.lit('",""'))
    return pl.concat_str([pl.lit('","DOCUMENTATION","'), pl.col("callid"), userfield]).alias("tail")
