"""Sheet by sheet: their rows are the figures', and they sum to the Company's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from reports.callbacks import CallbackFigures, CallbackOperatorFigures
from reports.figures import (
    REASONS,
    Period,
    company_figures,
    open_published,
    operator_figures,
    queue_figures,
)
from reports.operators import OperatorFigures
from reports.report import read_report
from reports.texts import Language, Term, words
from reports.texts.words import JSON_NAMES, TERMS
from tests.reports.conftest import Edit, Recorded
from tests.reports.reading import LANGUAGES, NOVEMBER, write

EN = words("en")
ALL_DAY = 1.0  # Excel counts time in days


def test_days_are_the_companys_and_sum_to_the_period(
    recording: duckdb.DuckDBPyConnection, recorded: Recorded
) -> None:
    written = recorded()
    *days, total = written.rows(EN.days)[4:]
    assert [row[0] for row in days] == [datetime(2026, 11, day) for day in range(1, 31)]  # noqa: DTZ001
    assert [row[1] for row in days[:8]] == ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    (figures,) = company_figures(recording, NOVEMBER, "acme", "day")
    known = next(row for row in days if row[2] != "—")
    assert known[0] == datetime(2026, 11, 23)  # noqa: DTZ001
    assert known[2:7] == (19, 17, 13, 6, figures.effectiveness)
    assert total[2:7] == known[2:7]
    assert round(known[9], 2) == figures.incoming_talk_minutes
    assert known[16] * 86_400 == pytest.approx(figures.longest_wait_seconds)


def test_days_of_months_sum_to_the_minutes_of_the_summary(edited: Edit, tmp_path: Path) -> None:
    """A third of a minute on each of ten days is not ten times 0.33."""
    path = edited(
        "INSERT INTO agg_call_hour SELECT a.* REPLACE (started_on - n::INTEGER AS started_on,"
        " hour_at - to_days(n::INTEGER) AS hour_at, 20 AS incoming_talk_seconds)"
        " FROM agg_call_hour AS a, range(1, 11) AS t(n) WHERE company_id = 'acme'"
    )
    with open_published(path) as con:
        written = write(con, tmp_path / "report.xlsx")
    total = written.rows(EN.days)[-1]
    shown = written.beside(EN.summary, EN.terms["incoming_talk_minutes"].name)
    assert round(total[9], 2) == shown == round((62 + 200) / 60, 2)


def test_hours_are_of_the_companys_wall_clock(
    recording: duckdb.DuckDBPyConnection, recorded: Recorded
) -> None:
    for company, name in (("acme", "08–09"), ("initech", "11–12")):  # 05:30 UTC: +3 and +5:45
        written = recorded(company)
        rows = written.rows(EN.hours)[4:28]
        assert [row[0] for row in rows][:3] == ["00–01", "01–02", "02–03"]
        (figures,) = company_figures(recording, NOVEMBER, company)
        assert {row[0]: row[3] for row in rows if row[3]} == {name: figures.incoming}


def test_weekdays_are_averaged_over_the_days_the_logs_tell_of(
    recording: duckdb.DuckDBPyConnection, recorded: Recorded
) -> None:
    written = recorded(language="ru")
    own = words("ru")
    rows = {row[0]: row[:4] for row in written.rows(own.hours)}
    assert rows["Понедельник"] == ("Понедельник", 1, 19, 19)
    assert rows["Вторник"] == ("Вторник", 0, "—", "—")
    assert rows[own.total] == (own.total, 1, 19, 19)


def test_queues_are_the_queue_figures_with_their_reasons(
    recording: duckdb.DuckDBPyConnection, recorded: Recorded
) -> None:
    written = recorded()
    *queues, total = written.rows(EN.queues)[4:]
    figures = queue_figures(recording, NOVEMBER, "acme")
    assert [row[:4] for row in queues] == [
        (each.name, each.offered, each.answered, each.not_answered) for each in figures
    ]
    for row, each in zip(queues, figures, strict=True):
        assert sum(row[5:12]) == each.not_answered
        assert row[12] * 86_400 == pytest.approx(each.talk_seconds)
        assert row[14] * 86_400 == pytest.approx(each.wait_seconds)
    assert total[1] == sum(each.offered for each in figures) == 19  # 17 calls and 2 overflows


def test_operators_are_the_operator_figures_with_names_and_pauses(
    recording: duckdb.DuckDBPyConnection, recorded: Recorded
) -> None:
    written = recorded()
    *operators, total = written.rows(EN.operators)[4:]
    figures = operator_figures(recording, NOVEMBER, "acme")
    assert [row[:5] for row in operators] == [
        (each.name.capitalize(), each.name, each.offered, each.answered, each.not_answered)
        for each in figures
    ]
    alice = operators[0]
    assert alice[10:] == (1, pytest.approx(ALL_DAY / 86_400), "—")  # a pause of 1 s; never logged in
    assert total[3] == sum(each.answered for each in figures)
    assert EN.login_unknown in written.rows(EN.operators)[2][0]


def test_unanswered_calls_are_masked_and_in_the_companys_time(
    recording: duckdb.DuckDBPyConnection, recorded: Recorded
) -> None:
    written = recorded()
    rows = written.rows(EN.unanswered)[4:]
    assert len(rows) == 6
    first = datetime(2026, 11, 23, 8, 28, 45)  # noqa: DTZ001 - Moscow's wall clock
    reason = EN.reasons["refused"].name
    assert rows[0] == (
        first,
        "+7 916 ***-**-15",
        reason,
        None,
        "5551800",
        0,
        None,
        None,
        "lab:lab-1795411725.39",
    )
    assert rows[2][6] * 86_400 == pytest.approx(2)
    assert [row[7] for row in rows].count(EN.yes) == 2
    started = written.sheet(EN.unanswered)["A5"]
    assert (started.is_date, started.number_format) == (True, EN.datetime_format)
    assert written.sheet(EN.unanswered).auto_filter.ref == "A4:I10"
    assert "All 6" in written.rows(EN.unanswered)[2][0]


def test_a_cut_list_says_so(recording: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    said: dict[Language, str] = {"en": "the first 3 of 6", "ru": "первые 3 из 6"}
    for language, text in said.items():
        own = words(language)
        written = write(recording, tmp_path / f"{language}.xlsx", language=language, unanswered_max=3)
        assert len(written.rows(own.unanswered)) == 4 + 3
        assert text in written.rows(own.unanswered)[2][0]
        assert written.sheet(own.unanswered).auto_filter.ref == "A4:I7"
        assert written.beside(own.summary, own.sum_of_reasons) == 6


def test_a_number_the_dial_plan_put_in_place_of_ours_is_masked(edited: Edit, tmp_path: Path) -> None:
    path = edited("UPDATE fct_call SET did = '89161234567' WHERE did = '5551800'")
    with open_published(path) as con:
        written = write(con, tmp_path / "report.xlsx")
    assert [row[4] for row in written.rows(EN.unanswered)[4:]].count("***67") == 1
    assert "89161234567" not in "".join(written.parts().values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_definitions_have_every_figure_and_reason_in_both_languages(
    recorded: Recorded, language: Language
) -> None:
    own, other = words(language), words("en" if language == "ru" else "ru")
    rows = recorded(language=language).rows(own.definitions)
    listed = [row for row in rows[4:] if row[1]]
    assert len(listed) == len(TERMS) + len(REASONS)
    by_name = {(str(row[0]).lower(), row[1]): row for row in listed}
    for key in (*TERMS, *REASONS):
        term, foreign = ((each.reasons if key in REASONS else each.terms)[key] for each in (own, other))
        row = by_name[_words_of(term)]
        assert (str(row[3]).lower(), row[4]) == _words_of(foreign)
        assert (row[2] or "") == (key if key in REASONS else JSON_NAMES.get(key, ""))


def test_names_in_json_are_names_in_json(recording: duckdb.DuckDBPyConnection) -> None:
    (figures,) = company_figures(recording, NOVEMBER, "acme")
    passes = queue_figures(recording, NOVEMBER, "acme")[0]
    assert set(JSON_NAMES) <= set(TERMS)
    of_callbacks = CallbackFigures("acme", *[0] * 16).to_dict()
    of_callbacks |= CallbackOperatorFigures("acme", "alice", *[0] * 6).to_dict()
    callbacks = {f"callbacks.{name}" for name in of_callbacks}
    assert set(JSON_NAMES.values()) <= {*figures.to_dict(), *passes.to_dict("queue"), *callbacks}
    assert tuple(figures.not_answered) == REASONS


def _words_of(term: Term) -> tuple[str, str]:
    """With the example's thresholds in them."""
    filled = (text.format(service_level=20, short_abandon=5) for text in (term.name, term.meaning))
    name, meaning = filled
    return name.lower(), meaning


def test_quality_reconciles_passes_and_lists_what_to_mend(edited: Edit, tmp_path: Path) -> None:
    path = edited(
        "INSERT INTO dq_quarantine SELECT *, TIMESTAMP '2026-11-23 06:00:00' FROM (VALUES"
        " ('lab', 'queue_log', '/var/log/asterisk/queue_log.1', 'not UTF-8', 3),"
        " ('lab', 'cdr', '/var/log/asterisk/Master.csv', 'longer than 9 bytes', 2))",
        "UPDATE fct_call SET company_id = 'unassigned', queue = NULL WHERE company_id = 'globex'",
    )
    own = words("ru")
    with open_published(path) as con:
        written = write(con, tmp_path / "report.xlsx", language="ru")
        unassigned = con.execute("SELECT count(*) FROM fct_call WHERE company_id = 'unassigned'").fetchone()
    assert unassigned is not None
    rows = {row[0]: row for row in written.rows(own.quality)}
    assert rows[own.terms["passes"].name][1] == 19
    assert (rows[own.terms["overflows"].name][1], rows[own.terms["re_entries"].name][1]) == (2, 0)
    assert rows[own.check][1] == own.adds_up
    assert rows[own.terms["quarantined"].name][1] == 5
    assert rows[own.terms["unassigned_calls"].name][1] == unassigned[0] == 14
    assert rows["queue_log.1"][:5] == ("queue_log.1", 3, "queue_log", "не UTF-8", "lab")
    assert rows["Master.csv"][:5] == ("Master.csv", 2, "CDR", "слишком длинная", "lab")
    assert rows["5552000"][1:4] == (11, "набранный номер", "lab")
    assert rows["—"][1:4] == (2, "неизвестно", "lab")  # outgoing calls reach no DID of ours
    assert "/var/log" not in "".join(written.parts().values())
    pbx = rows["lab"]
    assert pbx[1:3] == (datetime(2026, 11, 23, 8, 27, 3), datetime(2026, 11, 23, 8, 31, 27))  # noqa: DTZ001


_A_WEEK_LATER = (
    (
        "INSERT INTO fct_call SELECT * REPLACE (call_id || 'x' AS call_id, started_on + 7 AS started_on,"
        " started_at + to_days(7) AS started_at, first_event_at + to_days(7) AS first_event_at,"
        " last_event_at + to_days(7) AS last_event_at) FROM fct_call WHERE NOT contains(call_id, 'x')"
    ),
    (
        "INSERT INTO agg_call_hour SELECT * REPLACE (started_on + 7 AS started_on, hour_at + to_days(7) AS hour_at)"
        " FROM agg_call_hour WHERE started_on = DATE '2026-11-23'"
    ),
)


def test_a_closed_period_is_as_it_was_after_later_calls(
    recording: duckdb.DuckDBPyConnection, edited: Edit, tmp_path: Path
) -> None:
    """Only what is about the period, and lines without a date, is in the report."""
    monday = Period(date(2026, 11, 23), date(2026, 11, 24))
    during, after, long_after = (tmp_path / f"{number}.xlsx" for number in range(3))
    write(recording, during, period=monday)
    more = "UPDATE fct_call SET last_event_at = last_event_at + to_days(1) WHERE contains(call_id, 'x')"
    for path, statements in ((after, _A_WEEK_LATER), (long_after, (*_A_WEEK_LATER, more))):
        with open_published(edited(*statements)) as con:
            write(con, path, period=monday)
    assert after.read_bytes() == long_after.read_bytes()
    assert after.read_bytes() != during.read_bytes()  # which says until when the logs tell


@pytest.mark.parametrize(
    ("events", "pauses", "pause_seconds", "login_seconds"),
    [
        pytest.param(
            [("10:00:00", "acme-support", "PAUSE"), ("10:05:00", "acme-support", "UNPAUSE")], 1, 300, None
        ),
        pytest.param(
            [
                *[("10:00:00", "acme-support", "PAUSE"), ("10:02:00", "acme-overflow", "PAUSE")],
                *[("10:05:00", "acme-support", "UNPAUSE"), ("10:07:00", "acme-overflow", "UNPAUSE")],
            ],
            *(1, 420, None),
            id="two queues at a time are one pause",
        ),
        pytest.param(
            [
                *[("10:00:00", None, "PAUSEALL"), ("10:00:00", "acme-support", "PAUSE")],
                *[("10:00:00", "acme-overflow", "PAUSE"), ("10:04:00", "acme-support", "UNPAUSE")],
                ("10:09:00", "acme-overflow", "UNPAUSE"),
            ],
            *(1, 540, None),
            id="paused everywhere, unpaused one by one",
        ),
        pytest.param(
            [("10:00:00", None, "PAUSEALL"), ("10:05:00", None, "UNPAUSEALL")],
            *(0, 0, None),
            id="a stranger: no line says that the queue is the Company's",
        ),
        pytest.param(
            [
                *[("10:00:00", "acme-support", "PAUSE"), ("10:05:00", "acme-support", "UNPAUSE")],
                *[("10:05:00", "acme-support", "PAUSE"), ("10:06:00", "acme-support", "UNPAUSE")],
            ],
            *(1, 360, None),
            id="another reason within the second: still on pause",
        ),
        pytest.param(
            [
                *[("09:00:00", "acme-support", "ADDMEMBER"), ("10:00:00", "acme-support", "PAUSE")],
                ("10:10:00", "acme-support", "REMOVEMEMBER"),
            ],
            *(1, 600, 4200),
            id="leaving ends the pause",
        ),
        pytest.param(
            [
                *[("09:00:00", "acme-support", "ADDMEMBER"), ("09:30:00", "acme-overflow", "ADDMEMBER")],
                *[
                    ("10:00:00", "acme-support", "REMOVEMEMBER"),
                    ("10:30:00", "acme-overflow", "REMOVEMEMBER"),
                ],
            ],
            *(0, 0, 5400),
            id="two queues are one log-in",
        ),
        pytest.param(
            [("10:00:00", "globex-sales", "PAUSE"), ("10:05:00", "globex-sales", "UNPAUSE")],
            *(0, 0, None),
            id="another Company's queue",
        ),
        pytest.param([("10:00:00", "acme-support", "UNPAUSE")], 0, 0, None, id="an end without a beginning"),
    ],
)
def test_pauses_and_log_ins(
    edited: Edit,
    events: list[tuple[str, str | None, str]],
    pauses: int,
    pause_seconds: int,
    login_seconds: int | None,
) -> None:
    found = [
        (operator.pauses, operator.pause_seconds, operator.login_seconds)
        for operator in _erin(edited, [(f"2026-11-24 {at}", queue, event) for at, queue, event in events])
    ]
    assert found == ([(pauses, pause_seconds, login_seconds)] if pauses or login_seconds else [])


def test_pauses_are_clipped_to_the_period_and_to_what_is_known(edited: Edit) -> None:
    began, last = "2026-10-31 20:00:00", "2026-11-30 20:30:00"  # 1 h before, and 30 min before its end
    events = [(began, "acme-support", "PAUSE"), ("2026-10-31 22:00:00", "acme-support", "UNPAUSE")]
    (operator,) = _erin(edited, events)
    assert (operator.pauses, operator.pause_seconds) == (1, 3600)
    events = [(last, "acme-support", "PAUSE"), ("2026-12-05 00:00:00", "acme-support", "UNPAUSE")]
    (operator,) = _erin(edited, events)
    assert operator.pause_seconds == 1800
    (operator,) = _erin(edited, [("2026-11-23 05:30:00", "acme-support", "PAUSE")])
    assert operator.pause_seconds == 87  # the log ends at 05:31:27


def _erin(edited: Edit, events: Sequence[tuple[str, str | None, str]]) -> list[OperatorFigures]:
    insert = (
        "INSERT INTO fct_operator_event"
        " VALUES ('lab', CAST($at AS TIMESTAMP), CAST($at AS TIMESTAMP)::DATE, $queue, 'erin', $event, NULL)"
    )
    statements = [(insert, {"at": at, "queue": queue, "event": event}) for at, queue, event in events]
    with open_published(edited(*statements)) as con:
        return [each for each in read_report(con, "acme", NOVEMBER).operators if each.login == "erin"]
