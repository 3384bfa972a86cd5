"""callcenter statistics: the figures of the recording, as its README has them, in each shape."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.callcenter.cli.running import NOVEMBER, Site

KEYS = [
    *(
        "company",
        "incoming",
        "queued",
        "answered",
        "outgoing",
        "outgoing_successful",
        "incoming_talk_seconds",
    ),
    *("outgoing_talk_seconds", "incoming_talk_minutes", "outgoing_talk_minutes"),
    *("average_incoming_talk_minutes", "average_outgoing_talk_minutes", "average_talk_minutes"),
    *("effectiveness", "not_answered", "abandoned_short", "service_level", "average_wait_seconds"),
    *("longest_wait_seconds", "transferred", "without_cdr", "talk_upper_bound"),
]
REASONS = [
    *("abandoned", "timeout", "empty", "key", "withdrawn", "queue_refused", "closed", "refused"),
    *("no_answer_direct", "callback_asked", "ivr_served", "ivr", "ended_before_queue", "open", "lost"),
]
# recordings/README.md: incoming, queued, answered, outgoing, successful, talk in and out, effectiveness
README = {
    "acme": (19, 17, 13, 8, 3, 62, 13, 13 / 19),
    "globex": (12, 11, 6, 2, 0, 25, 0, 0.5),
    "initech": (1, 0, 0, 0, 0, 0, 0, 0.0),
}
NOT_ANSWERED = {
    "acme": {"abandoned": 2, "timeout": 1, "key": 1, "refused": 1, "ended_before_queue": 1},
    "globex": {"abandoned": 5, "timeout": 1},
    "initech": {"ended_before_queue": 1},
}
OUTSIDE_A_QUEUE = 5 + 5  # Dave's direct line, and a caller whom Alice transferred
SUMMED = (
    *("incoming", "queued", "answered", "outgoing", "outgoing_successful", "incoming_talk_seconds"),
    *("outgoing_talk_seconds", "abandoned_short", "transferred", "without_cdr", "talk_upper_bound"),
)


class TestJson:
    def test_is_a_list_of_objects_with_these_keys(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json").json
        assert [row["company"] for row in rows] == ["acme", "globex", "initech"]
        assert [list(row) for row in rows] == [[*KEYS, "callbacks"]] * 3
        assert [list(row["not_answered"]) for row in rows] == [REASONS] * 3

    def test_has_the_figures_of_the_recording(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json").json
        names = [*KEYS[1:6], "incoming_talk_seconds", "outgoing_talk_seconds", "effectiveness"]
        assert {row["company"]: tuple(row[name] for name in names) for row in rows} == README

    def test_has_the_reasons_of_the_recording(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json").json
        found = {row["company"]: {k: n for k, n in row["not_answered"].items() if n} for row in rows}
        assert found == NOT_ANSWERED
        for row in rows:
            assert row["incoming"] == row["answered"] + sum(row["not_answered"].values())

    def test_has_minutes_with_two_decimals_and_null_for_what_is_unknown(self, loaded: Site) -> None:
        acme, _, initech = loaded("statistics", *NOVEMBER, "--format", "json").json
        assert (acme["incoming_talk_minutes"], acme["outgoing_talk_minutes"]) == (1.03, 0.22)
        assert (acme["average_incoming_talk_minutes"], acme["average_talk_minutes"]) == (0.08, 0.08)
        assert (initech["average_talk_minutes"], initech["service_level"]) == (None, None)

    def test_of_one_company(self, loaded: Site) -> None:
        (row,) = loaded("statistics", *NOVEMBER, "--format", "json", "--company", "globex").json
        assert (row["company"], row["incoming"]) == ("globex", 12)

    def test_a_period_without_calls_has_every_company_with_zeros(self, loaded: Site) -> None:
        rows = loaded("statistics", "--from", "2020-01-01", "--to", "2020-01-02", "--format", "json").json
        assert [(row["company"], row["incoming"], row["effectiveness"]) for row in rows] == [
            ("acme", 0, None),
            ("globex", 0, None),
            ("initech", 0, None),
        ]

    def test_the_last_day_is_not_counted(self, loaded: Site) -> None:
        rows = loaded("statistics", "--from", "2026-11-22", "--to", "2026-11-23", "--format", "json").json
        assert {row["incoming"] for row in rows} == {0}


class TestByDayAndHour:
    @pytest.mark.parametrize("by", ["day", "hour"])
    def test_rows_have_the_same_fields_and_add_up(self, by: str, loaded: Site) -> None:
        totals = loaded("statistics", *NOVEMBER, "--format", "json").json
        rows = loaded("statistics", *NOVEMBER, "--format", "json", "--by", by).json
        assert [list(row) for row in rows] == [[KEYS[0], by, *KEYS[1:]]] * len(rows)
        for total in totals:
            of_company = [row for row in rows if row["company"] == total["company"]]
            assert {name: sum(row[name] for row in of_company) for name in SUMMED} == {
                name: total[name] for name in SUMMED
            }
            reasons: Counter[str] = Counter()
            for row in of_company:
                reasons.update(row["not_answered"])
            assert dict(reasons) == total["not_answered"]

    def test_days_are_local_dates(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json", "--by", "day").json
        assert [(row["company"], row["day"]) for row in rows] == [
            ("acme", "2026-11-23"),
            ("globex", "2026-11-23"),
            ("initech", "2026-11-23"),
        ]

    def test_hours_are_local_and_say_their_offset(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json", "--by", "hour").json
        assert [(row["company"], row["hour"]) for row in rows] == [
            ("acme", "2026-11-23T08:00:00+03:00"),
            ("globex", "2026-11-23T08:00:00+03:00"),
            ("initech", "2026-11-23T11:00:00+05:45"),
        ]


class TestByQueueAndOperator:
    def test_queues_count_passes(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json", "--by", "queue").json
        assert [list(row) for row in rows] == [
            ["company", "queue", "offered", "answered", "not_answered", "talk_seconds", "wait_seconds"]
        ] * 3
        assert [(row["queue"], row["offered"], row["answered"], row["not_answered"]) for row in rows] == [
            ("acme-overflow", 2, 1, 1),
            ("acme-support", 17, 12, 5),
            ("globex-sales", 11, 5, 6),
        ]

    def test_operators_count_the_passes_in_which_their_phones_rang(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "json", "--by", "operator").json
        assert [(row["company"], row["operator"], row["answered"]) for row in rows] == [
            ("acme", "alice", 8),
            ("acme", "bob", 5),
            ("globex", "carol", 5),
            ("globex", "dave", 0),
        ]

    def test_their_talk_is_that_of_the_companies_but_for_legs_outside_a_queue(self, loaded: Site) -> None:
        queues = loaded("statistics", *NOVEMBER, "--format", "json", "--by", "queue").json
        operators = loaded("statistics", *NOVEMBER, "--format", "json", "--by", "operator").json
        talk = {sum(row["talk_seconds"] for row in rows) for rows in (queues, operators)}
        assert talk == {62 + 25 - OUTSIDE_A_QUEUE}


class TestCsv:
    def test_has_the_keys_of_json_with_a_column_for_each_reason(self, loaded: Site) -> None:
        rows = loaded("statistics", *NOVEMBER, "--format", "csv").csv
        reasons = [f"not_answered_{reason}" for reason in REASONS]
        at = KEYS.index("not_answered")
        columns = [name for name in rows[0] if not name.startswith("callbacks_")]
        assert columns == [*KEYS[:at], *reasons, *KEYS[at + 1 :]]

    def test_has_the_values_of_json_and_nothing_for_what_is_unknown(self, loaded: Site) -> None:
        acme, _, initech = loaded("statistics", *NOVEMBER, "--format", "csv").csv
        assert (acme["incoming"], acme["not_answered_key"], acme["incoming_talk_minutes"]) == (
            "19",
            "1",
            "1.03",
        )
        assert initech["average_talk_minutes"] == ""

    @pytest.mark.parametrize("by", ["day", "hour", "queue", "operator"])
    def test_has_its_headers_also_without_rows(self, by: str, loaded: Site) -> None:
        some = loaded("statistics", *NOVEMBER, "--format", "csv", "--by", by)
        none = loaded(
            "statistics", "--from", "2020-01-01", "--to", "2020-01-02", "--format", "csv", "--by", by
        )
        assert none.out == some.out.splitlines(keepends=True)[0]


class TestTable:
    def test_shows_the_figures_and_the_reasons_that_add_up(self, loaded: Site) -> None:
        out = loaded("statistics", *NOVEMBER).out
        (acme,) = [line.split() for line in out.splitlines() if line.startswith("acme ")]
        assert acme == ["acme", "19", "17", "13", "8", "3", "1.03", "0.22", "0.08", "68.4", "%"]
        assert (
            "acme: 19 = 13 answered + 2 abandoned (2 short) + 1 timeout + 1 key + 1 refused + 1 ended before queue"
            in out
        )
        assert "Effectiveness = answered / incoming." in out

    def test_shows_a_dash_for_what_is_unknown(self, loaded: Site) -> None:
        (initech,) = [
            line for line in loaded("statistics", *NOVEMBER).out.splitlines() if line.startswith("initech")
        ]
        assert initech.split() == ["initech", "1", "0", "0", "0", "0", "0.00", "0.00", "–", "0.0", "%"]

    def test_tells_what_is_not_certain(self, loaded: Site) -> None:
        assert (
            "upper bound, counted from the operator's answer: acme 1." in loaded("statistics", *NOVEMBER).out
        )

    @pytest.mark.parametrize("by", [None, "day", "hour", "queue", "operator"])
    @pytest.mark.parametrize("columns", [80, 100, 160])
    def test_fits_the_terminal(
        self, by: str | None, columns: int, loaded: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        ran = loaded("statistics", *NOVEMBER, *(("--by", by) if by else ()))
        assert max(map(len, ran.out.splitlines())) <= columns
        assert {"acme", "globex"} <= {word for line in ran.out.splitlines() for word in line.split()[:1]}

    def test_days_and_hours_stand_under_their_company_with_a_sum(self, loaded: Site) -> None:
        lines = loaded("statistics", *NOVEMBER, "--by", "hour", "--company", "initech").out.splitlines()
        figures = ["1", "0", "0", "0", "0", "0.00", "0.00", "–", "0.0", "%"]
        assert ["2026-11-23", "11:00", *figures] in [line.split() for line in lines]
        assert ["sum", *figures] in [line.split() for line in lines]

    def test_says_so_where_there_is_nothing(self, loaded: Site) -> None:
        nothing = ("--from", "2020-01-01", "--to", "2020-01-02")
        assert "No calls in this period." in loaded("statistics", *nothing, "--by", "day").out
        assert "No queue passes in this period." in loaded("statistics", *nothing, "--by", "queue").out


def test_a_company_that_was_not_loaded_yet_is_told(copy: Site) -> None:
    copy.edit('id = "initech"', 'id = "hooli"')
    ran = copy("statistics", *NOVEMBER, "--format", "json")
    assert ran.err == "warning: Company hooli is not in the published file yet: run `callcenter load`\n"
    assert [row["company"] for row in ran.json] == ["acme", "globex", "initech"]


def test_what_no_pbx_tells_is_unknown_and_not_0(hostile: Site) -> None:
    hostile.edit('cdr_csv = ["Master.csv*"]', "")
    (hostile.folder / "data" / "warehouse.duckdb").unlink()
    (hostile.folder / "data" / "warehouse.marts.duckdb").unlink()
    assert hostile("load").code == 0
    (acme, _) = hostile("statistics", *NOVEMBER, "--format", "json").json
    assert (acme["incoming"], acme["outgoing"], acme["outgoing_talk_minutes"]) == (8, None, None)
    out = hostile("statistics", *NOVEMBER).out
    assert "No PBX tells outgoing calls: they are unknown, not 0: acme, globex." in out
