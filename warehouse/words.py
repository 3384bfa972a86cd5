"""The words that lines repeat, such as a queue, a member and an event: each combination is kept once, with a number.

A text costs four times what a number costs to store, in each line of millions. What was delivered is put together
again by stg_as_delivered_queue_log and stg_as_delivered_cdr.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from warehouse import catalog
from warehouse.sources import Kind

WORDS: Mapping[Kind, tuple[str, ...]] = {
    "queue_log": ("queue", "agent", "event"),
    "cdr": ("accountcode", "dcontext", "lastapp", "disposition", "amaflags"),
}


KNOWN_MAX = 100_000


class Words:
    """The combinations of one PBX's words that are known, and those met since: `words_id` and the words.

    `free` is the first number that no combination of any PBX has. Where there are more than `most`, as with an
    account code per call, older ones are forgotten and get a second number when they come again.
    """

    def __init__(
        self,
        names: Sequence[str],
        known: pl.DataFrame | None = None,
        free: int = 1,
        most: int = KNOWN_MAX,
    ) -> None:
        self._names = list(names)
        schema: dict[str, type[pl.DataType]] = {"words_id": pl.Int32} | dict.fromkeys(names, pl.String)
        self._known = pl.DataFrame(schema=schema) if known is None else known
        self._free = free
        self._most = most

    def numbered(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows with their `words_id` instead of their words, and the combinations that were not known."""
        words, added = frame.select(self._names), self._known.clear()
        numbers = self._numbers(words)
        unknown = numbers.is_null().arg_true()
        if len(unknown):
            added = self._added(words[unknown])
            numbers = numbers.scatter(unknown, self._numbers(words[unknown]))
        return frame.drop(self._names).with_columns(numbers), added

    def _numbers(self, words: pl.DataFrame) -> pl.Series:
        found = words.join(self._known, on=self._names, how="left", nulls_equal=True, maintain_order="left")
        return found["words_id"]

    def _added(self, unknown: pl.DataFrame) -> pl.DataFrame:
        added = unknown.unique(maintain_order=True).with_row_index("words_id", self._free)
        added = added.cast({"words_id": pl.Int32})
        self._free += added.height
        is_full = self._known.height + added.height > self._most
        self._known = added if is_full else pl.concat([self._known, added])
        return added


def known_words(con: duckdb.DuckDBPyConnection, kind: Kind, pbx: str) -> Words:
    table, names = f"raw.{kind}_words", ", ".join(WORDS[kind])
    known = con.execute(
        f"SELECT words_id, {names} FROM {table} WHERE pbx = $pbx"  # noqa: S608 - our own names
        " ORDER BY words_id DESC LIMIT $most",
        {"pbx": pbx, "most": KNOWN_MAX},
    ).pl()
    row = con.execute(f"SELECT coalesce(max(words_id), 0) + 1 FROM {table}").fetchone()  # noqa: S608
    return Words(WORDS[kind], known, row[0] if row else 1)


def insert_words(con: duckdb.DuckDBPyConnection, kind: Kind, pbx: str, added: pl.DataFrame) -> None:
    """Combinations that `numbered` gave their numbers: in the transaction of the rows that have them."""
    if not added.height:
        return
    table, names = f"raw.{kind}_words", ", ".join(("words_id", *WORDS[kind]))
    con.register("added_words", added.to_arrow())
    con.execute(
        f"INSERT INTO {table} (pbx, {names}) SELECT $pbx, {names} FROM added_words",  # noqa: S608 - our own names
        {"pbx": pbx},
    )
    con.unregister("added_words")


def insert_delivered(con: duckdb.DuckDBPyConnection, kind: Kind, found: str) -> None:
    """Rows of a table that has the columns of stg_as_delivered_queue_log or stg_as_delivered_cdr."""
    table, words = f"raw.{kind}", ("pbx", *WORDS[kind])
    names = ", ".join(words)
    con.execute(
        f"INSERT INTO {table}_words (words_id, {names})"  # noqa: S608 - our own names
        f" SELECT (SELECT coalesce(max(words_id), 0) FROM {table}_words) + row_number() OVER (), {names}"
        f" FROM (SELECT {names} FROM {found} EXCEPT SELECT {names} FROM {table}_words)"
    )
    columns = ", ".join(_columns_of(kind))
    where = " AND ".join(f"known.{name} IS NOT DISTINCT FROM given.{name}" for name in words)
    con.execute(
        f"INSERT INTO {table} (words_id, {columns}) SELECT known.words_id, {columns} FROM {found} AS given"  # noqa: S608
        f" JOIN (SELECT min(words_id) AS words_id, {names} FROM {table}_words GROUP BY ALL) AS known ON {where}"
    )


def _columns_of(kind: Kind) -> list[str]:
    names = (column.name for column in catalog.models()[kind].columns)
    return [f'"{name}"' for name in names if name != "words_id"]


def erase_unused_words(con: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    """A member may be a person's number: words go with the last line that has them."""
    table = f"raw.{kind}"
    con.execute(
        f"DELETE FROM {table}_words WHERE words_id NOT IN (SELECT words_id FROM {table})"  # noqa: S608 - our own names
    )
