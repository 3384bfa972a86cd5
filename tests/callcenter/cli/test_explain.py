"""callcenter explain: a call's lines, masked unless revealed, which is recorded before anything is shown."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.cli import audit
from callcenter.settings import load_settings
from tests.callcenter.cli.running import Site
from tests.warehouse.harness import copy_case
from warehouse.engine import open_warehouse
from warehouse.retention import erase_expired

CALL = "lab:lab-1795411630.2"
NUMBER = "79160010002"


def audit_lines(site: Site) -> list[dict[str, str]]:
    path = site.folder / "data" / "audit.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class TestText:
    def test_shows_every_line_with_its_file_its_offset_and_what_was_made_of_it(self, loaded: Site) -> None:
        out = loaded("explain", CALL).out
        assert "08:27:10  queue_log, offset 38\n" in out
        assert "1795411630|lab-1795411630.2|acme-support|NONE|ENTERQUEUE||*********02|1\n" in out
        assert "→ enters acme-support: pass 1 begins\n" in out
        assert "08:27:10  Master.csv, offset 793\n" in out
        assert "→ closes pass 1: answered, the caller hung up, talk 6 s\n" in out
        assert f"queue_log is {loaded.folder}/recordings/asterisk-22/queue_log\n" in out

    def test_shows_the_passes_the_legs_and_the_rules(self, loaded: Site) -> None:
        out = loaded("explain", CALL).out
        assert re.search(r"^1 +acme-support +08:27:10 +answered +alice +1 +6$", out, re.MULTILINE)
        assert re.search(r"^08:27:10 +PJSIP/trunk +PJSIP/101 +Queue +ANSWERED +7$", out, re.MULTILINE)
        assert "1. the first queue it entered: acme-support, acme's - decides\n" in out
        assert "Why answered\nanswered: an operator spoke to the caller" in out
        assert "Talk: 6 = 6 s\n" in out

    @pytest.mark.parametrize("columns", [80, 160])
    def test_fits_the_terminal(self, columns: int, loaded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        assert max(map(len, loaded("explain", CALL).out.splitlines())) <= columns

    def test_shows_only_what_is_told_of_a_call_by_its_did(self, loaded: Site) -> None:
        out = loaded("explain", "lab:lab-1795411809.73").out
        assert "1. the first queue it entered: none\n" in out
        assert "2. the DID it reached: 5553000, initech's - decides\n" in out
        assert "Queue passes" not in out


class TestJson:
    def test_has_the_lines_the_passes_the_legs_and_the_rules(self, loaded: Site) -> None:
        found = loaded("explain", CALL, "--format", "json").json
        assert list(found) == [
            *(
                "call_id",
                "company",
                "direction",
                "outcome",
                "started_at",
                "ended_at",
                "wait_seconds",
                "talk_seconds",
            ),
            *(
                "uniqueids",
                "is_erased",
                "lines",
                "passes",
                "legs",
                "company_rules",
                "outcome_rule",
                "is_masked",
            ),
        ]
        leg, enter, *_ = found["lines"]
        assert (leg["queue_log"], leg["cdr"]["dst"], leg["offset"]) == (None, "5551000", 793)
        assert enter == {
            "file": f"{loaded.folder}/recordings/asterisk-22/queue_log",
            "offset": 38,
            "at": "2026-11-23T08:27:10+03:00",
            "queue_log": "1795411630|lab-1795411630.2|acme-support|NONE|ENTERQUEUE||*********02|1",
            "cdr": None,
            "made": "enters acme-support: pass 1 begins",
            "talk_seconds": None,
        }
        assert [rule["company"] for rule in found["company_rules"] if rule["decides"]] == ["acme"]


class TestMasking:
    @pytest.mark.parametrize("shape", ["table", "json"])
    def test_shows_no_number_and_no_callers_name(self, shape: str, loaded: Site) -> None:
        out = loaded("explain", CALL, "--format", shape).out
        assert NUMBER not in out
        assert "Иван" not in out
        assert "5551000" in out  # the Company's own

    def test_shows_no_name_that_queue_log_adds(self, hostile: Site) -> None:
        for uniqueid in ("lab-1795424410.0", "lab-1795424530.4", "lab-1795424710.10"):
            out = hostile("explain", uniqueid).out
            assert all(name not in out for name in ("HYPERLINK", "Brien", "Smith", "7916001290"))
            assert [c for c in out if not c.isprintable() and c != "\n"] == []

    def test_masks_who_was_called(self, loaded: Site) -> None:
        out = loaded("explain", "lab-1795411623.0").out
        assert "819160010001" not in out
        assert "dst=**********01" in out
        assert "PJSIP/**********01@trunk-ok" in out

    def test_records_nothing(self, loaded: Site) -> None:
        loaded("explain", CALL)
        assert audit_lines(loaded) == []


class TestReveal:
    def test_shows_numbers_and_names_in_full(self, copy: Site) -> None:
        out = copy("explain", CALL, "--reveal").out
        assert f"ENTERQUEUE||{NUMBER}|1" in out
        assert "Иван" in out
        assert "masked" not in out

    def test_records_who_when_and_which_call(self, copy: Site) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        copy("explain", CALL, "--reveal")
        copy("explain", "lab-1795411639.7", "--reveal", "--format", "json")
        first, second = audit_lines(copy)
        assert (first["who"], first["revealed"]) == (pwd.getpwuid(os.getuid()).pw_name, CALL)
        assert before <= datetime.fromisoformat(first["at"]) <= datetime.now(UTC)
        assert second["revealed"] == "lab:lab-1795411639.7"

    def test_records_in_a_file_of_its_user_alone(self, copy: Site) -> None:
        path = copy.folder / "data" / "audit.log"
        path.write_text('{"at": "before"}\n')
        path.chmod(0o644)
        copy("explain", CALL, "--reveal")
        assert path.stat().st_mode & 0o777 == 0o600
        assert audit_lines(copy)[0] == {"at": "before"}

    def test_records_before_it_shows(self, copy: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("callcenter.cli.explaining.print_explanation", fail)
        assert copy("explain", CALL, "--reveal").out == ""
        assert [line["revealed"] for line in audit_lines(copy)] == [CALL]

    def test_shows_nothing_where_it_cannot_be_recorded(self, copy: Site) -> None:
        path = copy.folder / "data" / "audit.log"
        path.mkdir()
        ran = copy("explain", CALL, "--reveal")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith(f"nothing is revealed, for it cannot be recorded in {path}: ")

    def test_follows_no_link(self, copy: Site, tmp_path: Path) -> None:
        (copy.folder / "data" / "audit.log").symlink_to(tmp_path / "elsewhere")
        assert copy("explain", CALL, "--reveal").code == 1
        assert not (tmp_path / "elsewhere").exists()

    def test_shows_nothing_where_the_disk_is_full(self, copy: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "write", lambda *_: 0)
        ran = copy("explain", CALL, "--reveal")
        assert (ran.code, ran.out) == (1, "")

    def test_names_who_used_sudo(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "getuid", lambda: 0)
        monkeypatch.setenv("SUDO_USER", "maria")
        assert audit.who() == "root (sudo by maria)"


class TestWhichCall:
    def test_a_bare_uniqueid_will_do(self, loaded: Site) -> None:
        assert loaded("explain", "lab-1795411630.2").out == loaded("explain", CALL).out

    def test_any_channel_of_the_call_will_do(self, tmp_path: Path) -> None:
        copy_case("20-click-to-call-local", tmp_path)
        site = Site(tmp_path / "20-click-to-call-local")
        site("load")
        out = site("explain", "lab-1795424410.1").out
        assert "Call lab:lab-1795424410.0\n" in out
        assert "With the channels lab-1795424410.1: told by" in out

    def test_one_that_is_not_there_is_told(self, loaded: Site) -> None:
        ran = loaded("explain", "lab:1.2")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == "no call 1.2 of lab. `callcenter calls` lists the ids of a period's calls\n"

    def test_a_pbx_that_is_not_there_is_told(self, loaded: Site) -> None:
        ran = loaded("explain", "attic:1.2")
        assert (ran.code, ran.err) == (1, f"there is no PBX 'attic': {loaded.config} has lab\n")

    @pytest.mark.parametrize("call", ["", "lab:", "'; DROP TABLE raw.cdr; --", "\x1b[2J", "%", "NONE"])
    def test_nonsense_is_no_call(self, call: str, loaded: Site) -> None:
        ran = loaded("explain", "--", call)
        assert (ran.code, ran.out) == (1, "")
        assert "\x1b" not in ran.err


class TestWarehouse:
    def test_that_is_not_there_is_told(self, unloaded: Site) -> None:
        ran = unloaded("explain", CALL)
        warehouse = unloaded.folder / "data" / "warehouse.duckdb"
        assert (ran.code, ran.err) == (1, f"{warehouse} is not there yet: run `callcenter load` first\n")
        assert not warehouse.parent.exists()

    def test_that_is_being_written_is_waited_for(self, loaded: Site) -> None:
        with (loaded.folder / "data" / "warehouse.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ran = loaded("explain", CALL, "--wait", "0.3")
        assert (ran.code, ran.out) == (1, "")
        assert "is being written: waiting up to 0 s" in ran.err
        assert "gave up" in ran.err

    def test_is_read_and_not_written(self, copy: Site) -> None:
        before = {path: path.stat().st_mtime_ns for path in (copy.folder / "data").iterdir()}
        copy("explain", CALL)
        assert {path: path.stat().st_mtime_ns for path in (copy.folder / "data").iterdir()} == before


class TestErasedLines:
    @pytest.fixture
    def erased(self, copy: Site) -> Site:
        with open_warehouse(load_settings(copy.config)) as con:
            erase_expired(con, load_settings(copy.config), datetime(2030, 1, 1, tzinfo=UTC))
        return copy

    def test_are_told(self, erased: Site) -> None:
        ran = erased("explain", CALL)
        assert "Its lines before 2028-12-01 00:00:00 UTC were erased, as the settings ask" in ran.out
        assert "made with other settings" not in ran.out
        assert "acme-support" in ran.out  # its queue pass is still known

    def test_are_told_in_json(self, erased: Site) -> None:
        found = erased("explain", CALL, "--format", "json").json
        assert (found["is_erased"], found["lines"], len(found["passes"])) == (True, [], 1)


def test_a_call_whose_cdr_has_no_uniqueid_is_named_by_its_channel(tmp_path: Path) -> None:
    copy_case("21-cdr-16-columns", tmp_path)
    site = Site(tmp_path / "21-cdr-16-columns")
    site("load")
    assert (
        "Call lab:PJSIP/101-00000007@1795424500\n" in site("explain", "lab:PJSIP/101-00000007@1795424500").out
    )


def test_figures_made_with_other_settings_are_told(copy: Site) -> None:
    copy.edit('queues = ["acme-support", "acme-overflow"]', 'queues = ["acme-overflow"]')
    copy.edit('queues = ["globex-sales"]', 'queues = ["globex-sales", "acme-support"]')
    out = copy("explain", CALL).out
    assert "1. the first queue it entered: acme-support, globex's - decides\n" in out
    assert "The figures have it as acme's: they were made with other settings" in out
