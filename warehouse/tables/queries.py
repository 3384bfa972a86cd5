"""What is asked of a table: a page of rows by key, or those that ended in a span of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from callcenter.settings import Database
from warehouse.tables.connection import deadline
from warehouse.tables.shape import Shape, table_of

# A row of the CDR is written when its call ends, and has the time of its start: none lasts longer than this.
LONGEST_CALL = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Query:
    """One table, as it is asked. Rows come as (key or None, then the shape's columns in their order).

    Those with a time before `floor` (aware) are left alone, whatever is asked.
    """

    connection: sa.Connection
    database: Database
    shape: Shape
    floor: datetime | None = None

    def highest_key(self) -> int | None:
        found = self._scalar(sa.func.max(self._key))
        return None if found is None else int(found)

    def earliest(self) -> object:
        """The first time in the table that is one, as the table spells it; None where it is empty."""
        bound = self._spelt(datetime(2000, 1, 1, tzinfo=UTC))
        return self._scalar(sa.func.min(self._time), self._time >= bound)

    def time_of(self, key: int) -> object:
        return self._scalar(self._time, self._key == key)

    def latest(self) -> object:
        """The time of its newest row, as the table spells it; None where it is empty."""
        if self.shape.key is None:
            return self._scalar(sa.func.max(self._time))
        highest = self.highest_key()
        return None if highest is None else self.time_of(highest)

    def newest(self, most: int) -> Sequence[Sequence[Any]]:
        """The newest rows, the newest first."""
        order = self._time if self.shape.key is None else self._key
        key = sa.null() if self.shape.key is None else self._key
        return self._fetched(self._rows(key).order_by(order.desc()).limit(most))

    def page(self, after: int, most: int) -> Sequence[Sequence[Any]]:
        """The next rows in the order of their keys."""
        asked = self._rows(self._key).where(self._key > after).order_by(self._key).limit(most)
        return self._fetched(asked)

    def span(self, begin: datetime | None, end: datetime | None, most: int) -> Sequence[Sequence[Any]]:
        """Rows that ended from `begin` to before `end` (UTC, aware; None: without end), not more than `most`."""
        asked = self._rows(sa.null())
        ended = self._ended()
        if begin is not None:
            asked = asked.where(ended >= self._spelt(begin))
            if ended is not self._time:
                asked = asked.where(self._time >= self._spelt(begin - LONGEST_CALL))
        if end is not None:
            # What ended before it began before it: that the table's index knows.
            asked = asked.where(ended < self._spelt(end), self._time < self._spelt(end))
        return self._fetched(asked.limit(most))

    @property
    def _key(self) -> sa.ColumnElement[Any]:
        return sa.column(self.shape.key or "")

    @property
    def _time(self) -> sa.ColumnElement[Any]:
        return sa.column(self.shape.time)

    def _ended(self) -> sa.ColumnElement[Any]:
        duration = self.shape.columns.get("duration")
        if duration is None:
            return self._time
        seconds: sa.ColumnElement[Any] = sa.func.coalesce(sa.column(duration), 0)
        match self.connection.dialect.name:
            case "postgresql":
                return self._time + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
            case "mysql":
                return sa.func.timestampadd(sa.text("SECOND"), seconds, self._time)
            case _:
                return sa.func.datetime(self._time, sa.func.printf("%d seconds", seconds))

    def _rows(self, key: sa.ColumnElement[Any]) -> sa.Select[Any]:
        columns: list[sa.ColumnElement[Any]] = [sa.column(name) for name in self.shape.columns.values()]
        asked = sa.select(key, *columns).select_from(table_of(self.database))
        return asked if self.floor is None else asked.where(self._time >= self._spelt(self.floor))

    def _spelt(self, at: datetime) -> datetime | str | int:
        """An instant as the table's own times are spelt, to compare with them."""
        match self.shape.spelling:
            case "instant" if self.connection.dialect.name == "mysql":
                return at.astimezone(UTC).replace(tzinfo=None)  # the session's time zone is UTC
            case "instant":
                return at
            case "epoch":
                return str(int(at.timestamp()))
        local = at.astimezone(ZoneInfo(self.database.timezone)).replace(tzinfo=None)
        return local if self.shape.spelling == "local" else f"{local:%Y-%m-%d %H:%M:%S}"

    def _scalar(self, what: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> Any:
        asked = sa.select(what).select_from(table_of(self.database)).where(*where)
        with deadline(self.connection):
            return self.connection.execute(asked).scalar()

    def _fetched(self, asked: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        with deadline(self.connection):
            return self.connection.execute(asked).all()
