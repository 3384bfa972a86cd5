"""docs/quick-start.md, typed line by line on the bundled recording: it ends at the statistics page."""

from __future__ import annotations

import http.cookiejar
import re
import shlex
import shutil
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callcenter.cli import app
from tests.callcenter.cli.running import Ran, callcenter
from tests.repo.documents import blocks
from tests.repo.repository import ROOT

PAGE = ROOT / "docs/quick-start.md"
PASSWORD = "a long password"  # noqa: S105 - a test's


def lines() -> list[list[str]]:
    """The words behind `.venv/bin/callcenter` of each line of its blocks, in order."""
    texts = [block.text.replace("\\\n", " ") for block in blocks(PAGE) if block.language == "sh"]
    words = [shlex.split(line, comments=True) for text in texts for line in text.splitlines()]
    return [each[1:] for each in words if each[:1] == [".venv/bin/callcenter"]]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the recording in it, as after the first block."""
    shutil.copytree(ROOT / "recordings/asterisk-22", tmp_path / "recordings/asterisk-22")
    for name in ("CALLCENTER_CONFIG", "CALLCENTER_NUMBER_KEY", "CALLCENTER_NUMBER_KEY_FILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_nothing_to_the_statistics_page(checkout: Path) -> None:
    bare, *typed, relay, passwd = [
        each for each in lines() if each[0] != "companies"
    ]  # Loymax's own test has it
    assert (bare, relay, passwd) == (["init"], ["relay"], ["passwd", "alice"])
    assert callcenter(*bare).code == 1  # nobody can be asked
    assert not (checkout / "callcenter.toml").exists()
    ran = [callcenter(*words) for words in typed]
    assert [each.code for each in ran] == [0, 0, 0, 0, 0], [each.err for each in ran]
    assert {line.split()[0] for line in ran[2].out.splitlines()} == {"ok"}
    _is_the_recordings(ran[3])
    assert (checkout / "acme-2026-11.xlsx").stat().st_size > 10_000
    with _relay(checkout) as url:
        password = (checkout / "secrets/olga.password").read_text("utf-8").strip()
        shown = _signed_in(url, "olga", password, "statistics?company=acme&first=2026-11-23&last=2026-11-23")
        assert re.search(r"\b19\b", shown)
        assert "68.4" in shown
        assert CliRunner().invoke(app, passwd, f"{PASSWORD}\n").exit_code == 0
        assert "Callbacks" in _signed_in(url, "alice", PASSWORD, "")


def _is_the_recordings(ran: Ran) -> None:
    (acme,) = [line for line in ran.out.splitlines() if line.startswith("acme ")]
    assert acme.split()[1:6] == ["19", "17", "13", "8", "3"]


@contextmanager
def _relay(folder: Path) -> Iterator[str]:
    """As `callcenter relay` serves it, but on a port that is free."""
    config = folder / "callcenter.toml"
    text = config.read_text("utf-8")
    assert "http://127.0.0.1:8080/statistics" in PAGE.read_text("utf-8")
    port = _free_port()
    text = text.replace('"127.0.0.1:8080"', f'"127.0.0.1:{port}"')
    config.write_text(text.replace('"127.0.0.1:9108"', f'"127.0.0.1:{_free_port()}"'), "utf-8")
    command = [str(Path(sys.executable).with_name("callcenter")), "relay"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            assert process.stderr is not None
            assert any(line.startswith("relay: http://") for line in process.stderr)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _signed_in(url: str, login: str, password: str, page: str) -> str:
    """What a browser shows of a page after signing in, as text."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    form = browser.open(f"{url}sign-in", timeout=30).read().decode()
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) | {"login": login, "password": password}
    browser.open(f"{url}sign-in", urllib.parse.urlencode(fields).encode(), timeout=30).close()
    shown = browser.open(url + page, timeout=30).read().decode()
    return " ".join(re.sub(r"<[^>]*>", " ", shown).split())
