"""Words that lines repeat: one number each, the lines as delivered, and old warehouses carried over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.harness import CallCenter, copy_recording, differences, fast_folder, read_marts
from warehouse import catalog
from warehouse.engine import WarehouseMissingError
from warehouse.explain import read_warehouse
from warehouse.load import load_new_bytes
from warehouse.words import WORDS, Words

NAMES = ("queue", "agent")
TEXTS = st.sampled_from(["", "a", "b", "|", None])
FRAMES = st.lists(st.lists(st.tuples(TEXTS, TEXTS), max_size=9), max_size=6)


def frame_of(rows: list[tuple[str | None, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.String), orient="row").with_row_index("line")


@settings(max_examples=60, deadline=None)
@given(frames=FRAMES, most=st.sampled_from([1, 3, 100]))
def test_a_number_has_the_words_of_its_line_however_many_are_forgotten(
    frames: list[list[tuple[str | None, str | None]]], most: int
) -> None:
    words, told = Words(NAMES, most=most), {}
    for rows in frames:
        numbered, added = words.numbered(frame_of(rows))
        assert numbered["line"].to_list() == list(range(len(rows)))
        for number, *combination in added.rows():
            assert number not in told
            told[number] = tuple(combination)
        assert [told[number] for number in numbered["words_id"]] == rows
    if most == 100:
        assert len(told) == len({row for rows in frames for row in rows})


@pytest.fixture
def center() -> Iterator[CallCenter]:
    with fast_folder() as folder:
        yield copy_recording(Path(folder))


DELIVERED = [
    f"SELECT * FROM stg_as_delivered_{kind} ORDER BY _source, _offset"  # noqa: S608 - our own names
    for kind in WORDS
]


def make_older(con: duckdb.DuckDBPyConnection) -> None:
    """The raw tables as they were when each line had its words itself."""
    for kind in WORDS:
        table, view = f"raw.{kind}", f"stg_as_delivered_{kind}"
        con.execute(f"CREATE TABLE {table}_older AS SELECT * FROM {view}")  # noqa: S608 - our own names
        con.execute(f"DROP TABLE {table}")
        con.execute(f"DROP TABLE {table}_words")
        con.execute(f"ALTER TABLE {table}_older RENAME TO {kind}")
    con.execute("UPDATE raw.definition SET fingerprint = 'of an older version'")


def test_an_older_warehouse_is_carried_over_and_has_the_same_figures(center: CallCenter) -> None:
    marts = center.run()
    with center.opened() as con:
        before = [con.execute(query).fetchall() for query in DELIVERED]
        make_older(con)
    assert all(len(lines) > 50 for lines in before)
    with center.opened() as con:
        assert [con.execute(query).fetchall() for query in DELIVERED] == before
        made = [row[0] for row in con.execute("DESCRIBE raw.queue_log").fetchall()]
        assert made == [column.name for column in catalog.models()["queue_log"].columns]
        center.bring_up_to_date(con)
        assert differences(read_marts(con), marts) == {}


def test_what_was_carried_over_goes_on_with_new_lines(center: CallCenter) -> None:
    center.run()
    with center.opened() as con:
        make_older(con)
    with (center.folder / "recordings" / "asterisk-22" / "queue_log").open("a") as log:
        log.write("1795425000|lab-1795425000.1|acme-support|NONE|ENTERQUEUE||79160010002|1\n")
        log.write("1795425009|lab-1795425000.1|acme-support|Somebody new|ABANDON|1|1|9\n")
    with center.opened() as con:
        center.bring_up_to_date(con)
        found = con.execute("SELECT line FROM stg_queue_line WHERE callid = 'lab-1795425000.1' ORDER BY ALL")
        assert [line.split("|")[3] for (line,) in found.fetchall()] == ["NONE", "Somebody new"]
        numbers = con.execute(
            "SELECT count(*), count(DISTINCT words_id) FROM raw.queue_log_words"
        ).fetchall()[0]
        assert numbers[0] == numbers[1]


def test_reading_an_older_warehouse_says_what_to_do(center: CallCenter) -> None:
    center.run()
    with center.opened() as con:
        make_older(con)
    older = pytest.raises(WarehouseMissingError, match="older version: run `callcenter load`")
    with older, read_warehouse(center.settings):
        pass


def test_words_are_kept_with_the_lines_that_have_them_or_not_at_all(center: CallCenter) -> None:
    def fail(path: Path, size: int) -> None:
        raise RuntimeError(path, size)

    words = "SELECT (SELECT count(*) FROM raw.queue_log_words), (SELECT count(*) FROM raw.cdr_words)"
    with center.opened() as con:
        with pytest.raises(duckdb.Error, match="RuntimeError"):
            load_new_bytes(con, center.settings, fail, chunk_bytes=1000)
        assert con.execute(words).fetchall() == [(0, 0)]
        load_new_bytes(con, center.settings, chunk_bytes=1000)
        for kind in WORDS:
            table = f"raw.{kind}"
            unused = f"SELECT count(*) FROM {table}_words ANTI JOIN {table} USING (words_id)"  # noqa: S608
            assert con.execute(unused).fetchall() == [(0,)]
            lines = con.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - our own names
            assert con.execute(f"SELECT count(*) FROM stg_as_delivered_{kind}").fetchall() == lines  # noqa: S608
