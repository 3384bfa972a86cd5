"""callcenter calls: the calls behind a figure, masked, in the Company's time, harmless whatever the logs hold."""

from __future__ import annotations

import pytest

from tests.callcenter.cli.running import NOVEMBER, Site

KEYS = [
    *(
        "call_id",
        "company",
        "direction",
        "outcome",
        "started_at",
        "ended_at",
        "queue",
        "did",
        "operator",
        "caller",
    ),
    *("passes", "transfers", "wait_seconds", "talk_seconds", "abandoned_short", "talk_upper_bound"),
]


@pytest.fixture
def wild(unloaded: Site) -> Site:
    """A call in a queue whose name clears screens, writes backwards and counts as a formula; no Company's."""
    queue = "=cmd' /C calc'!A0\x1b[2J\x9b31m\u202e[red]x"
    lines = f"1795412000|u-1795412000.1|{queue}|NONE|ENTERQUEUE||79160010099|1\n"
    log = unloaded.folder / "recordings" / "asterisk-22" / "queue_log"
    log.write_text(lines, "utf-8")
    assert unloaded("load").code == 0
    return unloaded


class TestJson:
    def test_is_a_list_of_objects_with_these_keys(self, loaded: Site) -> None:
        rows = loaded("calls", *NOVEMBER, "--format", "json").json
        assert [list(row) for row in rows] == [KEYS] * 42

    def test_has_local_times_with_their_offset(self, loaded: Site) -> None:
        (initech,) = loaded("calls", *NOVEMBER, "--company", "initech", "--format", "json").json
        assert initech["started_at"] == "2026-11-23T11:15:09+05:45"
        (acme, *_) = loaded("calls", *NOVEMBER, "--company", "acme", "--format", "json").json
        assert (acme["started_at"], acme["ended_at"]) == (
            "2026-11-23T08:27:03+03:00",
            "2026-11-23T08:27:09+03:00",
        )

    def test_masks_the_other_party(self, loaded: Site) -> None:
        ran = loaded("calls", *NOVEMBER, "--format", "json")
        assert "79160010002" not in ran.out
        assert "+7 916 ***-**-02" in {row["caller"] for row in ran.json}


class TestWhich:
    @pytest.mark.parametrize(
        ("words", "count"),
        [
            ([], 42),
            (["--company", "acme"], 27),
            (["--company", "acme", "--direction", "incoming"], 19),
            (["--company", "acme", "--direction", "outgoing"], 8),
            (["--company", "acme", "--outcome", "abandoned"], 2),
            (["--outcome", "abandoned"], 7),
            (["--outcome", "not_successful"], 7),
            (["--outcome", "successful", "--direction", "incoming"], 0),
            (["--company", "unassigned"], 0),
            (["--limit", "5"], 5),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_is_what_the_figures_count(self, words: list[str], count: int, loaded: Site) -> None:
        assert len(loaded("calls", *NOVEMBER, *words, "--format", "json").json) == count

    def test_internal_calls_are_listed_only_where_asked(self, loaded: Site) -> None:
        directions = {row["direction"] for row in loaded("calls", *NOVEMBER, "--format", "json").json}
        assert directions == {"incoming", "outgoing"}

    def test_an_unknown_outcome_is_told_with_those_there_are(self, loaded: Site) -> None:
        ran = loaded("calls", *NOVEMBER, "--outcome", "missed")
        assert ran.code == 2
        assert "'missed' is not one of 'answered', 'abandoned', 'timeout'" in ran.err

    def test_an_unknown_direction_is_told_with_those_there_are(self, loaded: Site) -> None:
        ran = loaded("calls", *NOVEMBER, "--direction", "up")
        assert "'up' is not one of 'incoming', 'outgoing', 'internal'" in ran.err


class TestCsv:
    def test_has_the_keys_of_json_also_without_rows(self, loaded: Site) -> None:
        none = loaded("calls", "--from", "2020-01-01", "--to", "2020-01-02", "--format", "csv")
        assert none.out == ",".join(KEYS) + "\n"

    def test_has_no_cell_that_is_a_formula(self, loaded: Site, wild: Site) -> None:
        (first, *_) = loaded("calls", *NOVEMBER, "--direction", "incoming", "--format", "csv").csv
        assert first["caller"] == "'+7 916 ***-**-02"
        (call,) = wild("calls", *NOVEMBER, "--company", "unassigned", "--format", "csv").csv
        assert call["queue"] == r"'=cmd' /C calc'!A0\x1b[2J\x9b31m\u202e[red]x"


class TestTable:
    @pytest.mark.parametrize("columns", [80, 130, 160])
    def test_fits_the_terminal(self, columns: int, loaded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = loaded("calls", *NOVEMBER).out.splitlines()
        assert max(map(len, lines)) <= columns
        assert any("lab:lab-1795411639.7" in line for line in lines)
        assert any("2026-11-23 08:27:19" in line for line in lines)

    def test_says_how_many_there_are_and_whose_times(self, loaded: Site) -> None:
        last = loaded("calls", *NOVEMBER, "--company", "acme", "--limit", "3").out.splitlines()[-1]
        assert last == "27 calls, the first 3 shown: see --limit. Times: Europe/Moscow. Numbers are masked."
        nothing = loaded("calls", "--from", "2020-01-01", "--to", "2020-01-02")
        assert (nothing.code, nothing.out) == (0, "0 calls.\n")

    def test_marks_short_abandons_and_upper_bounds(self, loaded: Site) -> None:
        out = loaded("calls", *NOVEMBER, "--company", "acme").out
        assert out.count("abandoned (short)") == 2
        assert out.count("≤ ") == 1


@pytest.mark.parametrize("shape", ["table", "json", "csv"])
@pytest.mark.parametrize("command", [("calls",), ("statistics", "--by", "queue")])
def test_nothing_in_a_log_reaches_the_terminal_as_a_command(
    command: tuple[str, ...], shape: str, wild: Site
) -> None:
    ran = wild(*command, *NOVEMBER, "--format", shape)
    assert ran.code == 0
    assert [c for c in ran.out if not c.isprintable() and c != "\n"] == []
    assert "[red]x" in ran.out


def test_what_json_escapes_is_still_the_same_text(wild: Site) -> None:
    (call,) = wild("calls", *NOVEMBER, "--company", "unassigned", "--format", "json").json
    assert call["queue"] == "=cmd' /C calc'!A0\x1b[2J\x9b31m\u202e[red]x"


def test_callers_names_are_not_listed(hostile: Site) -> None:
    out = hostile("calls", *NOVEMBER).out
    assert "HYPERLINK" not in out
    assert "script" not in out
