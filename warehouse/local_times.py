"""What a PBX's clock on the wall shows, as UTC."""

from __future__ import annotations

import polars as pl

_EPOCH_OF_UNIQUEID = r"(\d{9,10})\.\d+$"


def utc_of(local: str, timezone: str, uniqueid: str | None) -> pl.Expr:
    """The column `local` in UTC. Where autumn repeats an hour, the epoch in `uniqueid` tells which one it was.

    A time that spring leaves out is NULL.
    """
    if timezone == "UTC":
        return pl.col(local)
    early, late = (
        pl.col(local)
        .dt.replace_time_zone(timezone, ambiguous=choice, non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
        for choice in ("earliest", "latest")
    )
    if uniqueid is None:
        return early
    epoch = pl.col(uniqueid).str.extract(_EPOCH_OF_UNIQUEID).cast(pl.Int64, strict=False)
    is_late = (early.dt.epoch("s") + 1800 < epoch).fill_null(value=False)
    return pl.when(is_late).then(late).otherwise(early)
