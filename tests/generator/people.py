"""Callers: mostly Russian mobiles written in several ways, some foreign, some hidden."""

import polars as pl

from tests.generator.dice import look

MOBILE = pl.Series(
    [7000 + code for code in (903, 905, 909, 910, 911, 912, 915, 916, 917, 921, 925, 926, 977, 985, 999)]
)
FOREIGN = pl.Series([77010000000, 77770000000, 375290000000, 4915100000000, 998900000000], dtype=pl.Int64)
SUBSCRIBERS = 10_000_000
# An odd multiplier not divisible by 5 walks through all subscribers before it repeats one.
STRIDE = 7_654_321
NAMES = pl.Series(["", "", "", "", "", "Иван", "Ann", "Smith, John", "O'Neil", 'ООО ""Ромашка""'])
WRITTEN_WITH_8 = 5000
FOREIGN_BELOW = 6500
HIDDEN_BELOW = 8000
ANONYMOUS_BELOW = 8700


def _person(pool: int) -> pl.Expr:
    """A person of 0..pool-1; the low numbers call often, the high ones once."""
    chance = pl.col("person").cast(pl.Float64) / 2**32
    return (chance * chance.sqrt() * pool).cast(pl.Int64)


def _mobile(pool: int) -> pl.Expr:
    person = _person(pool)
    subscriber = (person // len(MOBILE) * STRIDE + 10_002) % SUBSCRIBERS
    return look(MOBILE, person % len(MOBILE)) * SUBSCRIBERS + subscriber


def callers(pool: int) -> pl.Expr:
    """The caller's number as the PBX writes it; empty or `anonymous` when hidden."""
    form, mobile, person = pl.col("form"), _mobile(pool), _person(pool)
    foreign = look(FOREIGN, person % len(FOREIGN)) + person % 1_000_000
    number = (
        pl.when(form < WRITTEN_WITH_8)
        .then(mobile + 10_000_000_000)
        .when(form < FOREIGN_BELOW)
        .then(foreign)
        .otherwise(mobile)
    )
    hidden = form.is_between(FOREIGN_BELOW, HIDDEN_BELOW - 1)
    anonymous = form.is_between(HIDDEN_BELOW, ANONYMOUS_BELOW - 1)
    return (
        pl.when(hidden)
        .then(pl.lit(""))
        .when(anonymous)
        .then(pl.lit("anonymous"))
        .otherwise(number.cast(pl.String))
    )


def dialled(pool: int) -> pl.Expr:
    """The number an operator dials, as from a Russian phone."""
    return (_mobile(pool) + 10_000_000_000).cast(pl.String)


def caller_id() -> pl.Expr:
    """The CSV's clid, quotes doubled, without the outer ones."""
    number = pl.col("number")
    return (
        pl.when(number == "")
        .then(pl.lit(""))
        .when(number == "anonymous")
        .then(pl.lit('""Anonymous"" <anonymous>'))
        .otherwise(
            pl.concat_str(
                [pl.lit('""'), look(NAMES, pl.col("name") % len(NAMES)), pl.lit('"" <'), number, pl.lit(">")]
            )
        )
    )
