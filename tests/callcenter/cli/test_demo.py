"""callcenter demo: a newcomer's first minute; and it leaves nothing running."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from callcenter.cli import demo, serving
from tests.callcenter.cli.running import NOVEMBER, callcenter

CALLCENTER = (sys.executable, "-c", "from callcenter.cli import main; main()")

# A stand-in for Dagster: serves its port, and has a child.
STAND_IN = """
import http.server, os, subprocess, sys
from pathlib import Path
home = Path(os.environ["DAGSTER_HOME"])
child = subprocess.Popen(["sleep", "600"])
(home / "pids").write_text(f"{os.getpid()} {child.pid}")
(home / "seen").write_text(" ".join([os.environ["CALLCENTER_CONFIG"], *sys.argv[1:]]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("-p") + 1])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's folder, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    ran = callcenter("demo", "--once", "--folder", folder)
    said = [line for line in ran.err.splitlines() if not re.fullmatch(r"\w+: \d+ %", line)]
    assert (ran.code, said) == (0, [])  # how far it is, where the machine is busy
    return folder, ran.out


class TestOnce:
    def test_prints_the_table_of_the_recording(self, ran: tuple[Path, str]) -> None:
        rows = {
            line.split()[0]: line.split()[1:]
            for line in ran[1].splitlines()
            if re.match(r"\w+ +\d+ +\d", line)
        }
        assert rows == {
            "acme": ["19", "17", "13", "8", "3", "62", "13", "0.08", "68.4", "%"],
            "globex": ["12", "11", "6", "2", "0", "25", "0", "0.07", "50.0", "%"],
            "initech": ["1", "0", "0", "0", "0", "0", "0", "–", "0.0", "%"],
        }

    def test_callbacks_are_those_a_relay_told_of(self, ran: tuple[Path, str]) -> None:
        """recordings/README.md"""
        folder, out = ran
        assert "  acme: 4 = 2 self served + 2 open; nobody was called back\n" in out
        assert "  globex: 5 = 5 open; nobody was called back\n" in out
        quality = openpyxl.load_workbook(folder / "acme-2026-11.xlsx")["Data quality"]
        rows = {row[0]: row[1] for row in quality.iter_rows(values_only=True)}
        assert rows["Calls the relay did not see"] == 0
        assert isinstance(rows["Relay (callbacks)"], datetime)

    def test_prints_the_path_of_an_excel_file(self, ran: tuple[Path, str]) -> None:
        folder, out = ran
        assert f"Excel file: {folder}/acme-2026-11.xlsx\n" in out
        assert openpyxl.load_workbook(folder / "acme-2026-11.xlsx").sheetnames[0] == "Summary"

    def test_leaves_settings_that_other_commands_take(self, ran: tuple[Path, str]) -> None:
        config = ran[0] / "callcenter.toml"
        (acme, *_) = callcenter("statistics", "--config", config, *NOVEMBER, "--format", "json").json
        assert acme["incoming"] == 19
        assert callcenter("check-config", "--config", config).err == ""

    def test_writes_nothing_but_in_its_folder(self, ran: tuple[Path, str]) -> None:
        names = sorted(path.name for path in ran[0].iterdir())
        assert names == ["acme-2026-11.xlsx", "callcenter.toml", "data"]

    def test_is_the_same_the_second_time(self, ran: tuple[Path, str]) -> None:
        folder, out = ran
        again = callcenter("demo", "--once", "--folder", folder)
        assert again.code == 0
        assert again.out.startswith("Nothing new")
        figures = [each.partition("\nThe same calls")[0].splitlines()[1:] for each in (again.out, out)]
        assert figures[0] == figures[1]

    def test_shows_what_the_relay_made_of_the_calls(self, ran: tuple[Path, str]) -> None:
        """How many pop-ups are sent depends on the machine: at this pace calls are answered at once."""
        told = ran[1].partition("\nThe same calls")[2]
        assert "20 call.answered, 32 call.ended, 10 call.missed, " in told
        assert re.search(r"asked who calls: [1-9]\d* were told;", told)


def test_runs_only_where_the_recording_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "CHECKOUT", tmp_path)
    ran = callcenter("demo", "--folder", tmp_path / "demo")
    assert (ran.code, ran.out) == (1, "")
    assert (
        f"the demo runs from a checkout of the project: {tmp_path} has no callcenter.example.toml" in ran.err
    )


def test_the_port_is_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind((serving.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serving.free_port(port) > port


class TestServing:
    @pytest.fixture
    def stand_in(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder in which `python -m dagster` is the stand-in."""
        package = tmp_path / "stand_in" / "dagster"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(STAND_IN)
        monkeypatch.setenv("PYTHONPATH", f"{package.parent}{os.pathsep}{demo.CHECKOUT}")
        return package

    @pytest.mark.usefixtures("stand_in")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_ends_with_all_it_started(self, number: int, tmp_path: Path) -> None:
        folder = tmp_path / "demo"
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*CALLCENTER, "demo", "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        lines = iter(process.stdout.readline, "")
        console = next(line for line in lines if "console: " in line)
        assert re.search(r"http://127\.0\.0\.1:\d+/ \(sign in as alice, password \S{12}\)", console)
        page = next(line for line in lines if "statistics page: " in line)
        assert re.search(r"http://127\.0\.0\.1:\d+/statistics \(as olga, the same password\)", page)
        assert "by rights in Loymax" in next(lines)
        assert "the live page" in next(lines)
        url = next(line for line in lines if "Dagster UI: " in line)
        assert re.fullmatch(r"  Dagster UI: http://127\.0\.0\.1:\d+\n", url)
        pids = [int(pid) for pid in (folder / "dagster" / "pids").read_text().split()]
        relays = [int(pid) for pid in _children(process.pid) if "relay" in _command(int(pid))]
        assert len(relays) == 1
        pids += relays
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        progress = re.compile(r"\w[\w ]*: \d+ %\n")  # told of work that lasts, as on a busy machine
        assert (process.returncode, progress.sub("", err)) == (130, "")
        assert [pid for pid in pids if _lives(pid)] == []

    def test_runs_dagster_on_the_demos_settings_and_in_its_folder(
        self, stand_in: Path, tmp_path: Path
    ) -> None:
        (stand_in / "__main__.py").write_text(
            STAND_IN.replace("http.server.HTTPServer", "raise SystemExit(3)\nhttp.server.HTTPServer")
        )
        folder = tmp_path / "demo"
        ran = callcenter("demo", "--folder", folder)
        assert ran.code == 1
        assert ran.err.startswith("Dagster has ended by itself, with exit code 3. The end of ")
        seen = (folder / "dagster" / "seen").read_text().split()
        workspace = str(demo.CHECKOUT / "workspace.yaml")
        assert seen[:-1] == [str(folder / "callcenter.toml"), "dev", "-w", workspace, "-h", "127.0.0.1", "-p"]
        assert (folder / "dagster" / "dagster.yaml").read_text() == (
            demo.CHECKOUT / "dagster.yaml"
        ).read_text()


@pytest.mark.parametrize(
    "deaf_to", [[], ["SIGINT"], ["SIGINT", "SIGTERM"]], ids=lambda deaf: "+".join(deaf) or "polite"
)
def test_what_is_deaf_is_ended_all_the_same(deaf_to: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PATIENCE", [(number, 0.5) for number, _ in serving.PATIENCE])
    deaf = "".join(f"signal.signal(signal.{name}, signal.SIG_IGN); " for name in deaf_to)
    child = f"import signal, time; {deaf}print(1, flush=True); time.sleep(600)"
    parent = (
        f"import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', {child!r}],"
        " stdout=subprocess.PIPE); child.stdout.readline(); print(child.pid, flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603
    assert process.stdout
    with process.stdout as out:
        pid = int(out.readline())
    serving.end(process)
    assert process.returncode is not None
    assert not _lives(pid)


def test_what_has_no_group_of_its_own_is_ended_all_the_same() -> None:
    """Left alive, it would hold the pipes it was given: who reads them waits for ever."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    serving.end(process)
    assert process.returncode is not None


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()


def _command(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")


def _lives(pid: int) -> bool:
    """Whether it still runs: a process that has ended is a zombie until init asks for it."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True
