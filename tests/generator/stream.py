"""A file that grows in order of time, although calls end after the days they are made in."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import polars as pl

from tests.generator.text import ORIGIN, SECOND

EMPTY = pl.DataFrame(schema={"order": pl.Int64, "text": pl.String})


class Stream:
    """Takes frames of `order` and `text`; writes what is before `until`, keeps the rest for the next turn."""

    def __init__(self, path: Path) -> None:
        self.lines = 0
        self._waiting = EMPTY
        self._file: BinaryIO = path.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def turn_to(self, path: Path) -> None:
        """What comes next goes into another file."""
        self._file.close()
        self._file = path.open("wb")

    def write(self, frames: list[pl.DataFrame], until: int | None) -> None:
        """`until` is an epoch second; None writes everything."""
        ordered = pl.concat([self._waiting, *frames]).sort("order")
        limit = len(ordered) if until is None else ordered["order"].search_sorted((until - ORIGIN) * SECOND)
        self._waiting = ordered[limit:]
        ready = ordered[:limit].select("text")
        self.lines += len(ready)
        ready.write_csv(self._file, include_header=False, quote_style="never")
