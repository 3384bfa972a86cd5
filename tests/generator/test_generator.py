"""The generator's promises: the same bytes, Asterisk's shapes, a truth that an independent reading finds."""

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.generator import Truth, append_tail, generate
from tests.generator.reading import COMPLETE, REASON_OF, read_calls, read_figures, read_queues
from tests.generator.truth import Figures

RECORDED = Path(__file__).parents[2] / "recordings" / "asterisk-22" / "Master.csv"
FILES = ("queue_log", "Master.csv", "callcenter.toml", "truth.json")
LINES, DAYS = 40_000, 3
TEXT = r'"(?:[^"]|"")*"'
TIME = r'"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"'
ROW = re.compile(rf'(?:{TEXT},){{9}}{TIME},(?:{TIME})?,{TIME},\d+,\d+,(?:{TEXT},){{3}}{TEXT}')  # fmt: skip


def flat(figures: Figures) -> Counter[str]:
    counts = {name: value for name, value in figures.items() if isinstance(value, int)}
    return Counter({**counts, **figures["not_answered"]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate(folder, seed=11, lines=LINES, days=DAYS)
    return folder


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return Truth.load(folder / "truth.json")


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[list[str]]:
    return [line.split("|") for line in (folder / "queue_log").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[list[str]]:
    with (folder / "Master.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.reader(source))


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, seed=11, lines=LINES, days=DAYS)
    assert all((tmp_path / name).read_bytes() == (folder / name).read_bytes() for name in FILES)


def test_another_seed_other_calls(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, seed=12, lines=LINES, days=DAYS)
    assert (tmp_path / "queue_log").read_bytes() != (folder / "queue_log").read_bytes()


def test_about_as_many_lines_as_asked(lines: list[list[str]], rows: list[list[str]], truth: Truth) -> None:
    assert (truth.lines, truth.rows) == (len(lines), len(rows))
    assert len(lines) == pytest.approx(LINES, rel=0.04)
    assert len(rows) / truth.calls == pytest.approx(2, rel=0.05)


def test_lines_have_fields_and_stand_in_order_of_time(lines: list[list[str]]) -> None:
    assert all(len(line) >= 5 for line in lines)
    times = [int(line[0]) for line in lines]
    assert times == sorted(times)


def test_every_event_and_identical_lines_occur(lines: list[list[str]]) -> None:
    events = {line[4] for line in lines}
    members = {"RINGNOANSWER", "RINGCANCELED", "PAUSE", "PAUSEALL", "UNPAUSE", "UNPAUSEALL", "ADDMEMBER"}
    stays = {"ENTERQUEUE", "CONNECT", "BLINDTRANSFER", *COMPLETE, *REASON_OF}
    assert events == members | stays | {"REMOVEMEMBER", "CONFIGRELOAD", "QUEUESTART"}
    assert max(Counter("|".join(line) for line in lines).values()) > 1


@pytest.mark.parametrize("recorded", [True, False])
def test_rows_are_written_as_in_the_recording(recorded: bool, folder: Path, rows: list[list[str]]) -> None:
    text = (RECORDED if recorded else folder / "Master.csv").read_text(encoding="utf-8")
    assert all(ROW.fullmatch(line) for line in text.splitlines())
    assert {len(row) for row in rows} == {18}


def test_rows_come_when_their_call_has_ended(rows: list[list[str]], lines: list[list[str]]) -> None:
    ends = {line[1]: int(line[0]) for line in lines}
    for row in rows:
        ended = datetime.fromisoformat(row[11]).replace(tzinfo=UTC)
        ends[row[16]] = max(ends.get(row[16], 0), int(ended.timestamp()))
    order = [ends[row[16]] for row in rows]
    assert order == sorted(order)


def test_every_call_has_its_own_channel(rows: list[list[str]], truth: Truth) -> None:
    callers = {row[16]: row[5] for row in rows}
    assert len(callers) == len(set(callers.values())) == truth.calls
    assert all(re.fullmatch(r"pbx-\d{10}\.\d+", callid) for callid in callers)


def test_some_calls_cross_midnight_and_some_are_hidden(rows: list[list[str]]) -> None:
    assert any(row[9][:10] != row[11][:10] for row in rows)
    assert {"", "anonymous"} <= {row[1] for row in rows}
    assert any(row[1].startswith("8916") for row in rows)


def test_truth_reconciles(truth: Truth) -> None:
    for figures in truth.companies.values():
        assert figures["incoming"] == figures["answered"] + sum(figures["not_answered"].values())
    for company, figures in truth.companies.items():
        days = Counter[str]()
        for day in truth.days.values():
            days.update(flat(day[company]) if company in day else {})
        assert days == flat(figures)


def test_truth_is_what_an_independent_reading_finds(folder: Path, truth: Truth) -> None:
    found = read_figures(folder)
    for day, companies in truth.days.items():
        for company, figures in companies.items():
            assert Counter(found[day, company]) == flat(figures)
    assert len(found) == sum(len(companies) for companies in truth.days.values())


def test_queues_are_what_an_independent_reading_finds(folder: Path, truth: Truth) -> None:
    assert read_queues(folder) == truth.queues


def test_talk_is_not_the_difference_of_the_times(folder: Path) -> None:
    """Else a reading that subtracts timestamps would pass."""
    rows = [row for call in read_calls(folder).values() for row in call.rows if row[7] == "Dial" and row[10]]
    assert any(int(row[13]) < int(row[12]) for row in rows)


def test_a_tail_holds_the_lines_of_the_last_day(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, seed=11, lines=LINES, days=DAYS, tail_days=1)
    before = (tmp_path / "queue_log").read_text(encoding="utf-8").splitlines()
    after = (tmp_path / "next" / "queue_log").read_text(encoding="utf-8").splitlines()
    third_day = 1767225600 + 2 * 86400
    assert int(before[-1].split("|")[0]) < third_day <= int(after[0].split("|")[0])
    append_tail(tmp_path)
    assert all((tmp_path / name).read_bytes() == (folder / name).read_bytes() for name in FILES)


def test_a_tail_of_all_days_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tail_days=3"):
        generate(tmp_path, seed=11, lines=LINES, days=DAYS, tail_days=3)
