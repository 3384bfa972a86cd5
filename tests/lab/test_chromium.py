"""The lab's Chromium: it draws a page of this machine, runs its script, and takes its picture."""

from __future__ import annotations

import subprocess
import threading
import zlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.lab.place import LAB, address

pytestmark = pytest.mark.lab

_PAGE = """<!doctype html><meta charset="utf-8"><style>body { margin: 0; background: #c00 }</style>
<script>document.title = ["Звонок", 6 * 7].join(" ")</script>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the one overridden
        pass


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The address of a page served from this machine."""
    (tmp_path / "index.html").write_text(_PAGE, "utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def chromium(profile: Path, *arguments: str) -> str:
    """What a headless Chromium prints with the lab's arguments and these."""
    usual = [
        line for line in (LAB / "chromium" / "arguments").read_text("utf-8").splitlines() if line[:1] != "#"
    ]
    return subprocess.run(  # noqa: S603 - the lab's own browser
        [address("CHROMIUM"), *usual, f"--user-data-dir={profile}", *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def test_a_pages_script_runs(page: str, tmp_path: Path) -> None:
    assert "<title>Звонок 42</title>" in chromium(tmp_path / "profile", "--dump-dom", page)


def test_a_picture_has_the_windows_size_and_the_pages_colour(page: str, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    chromium(tmp_path / "profile", f"--screenshot={picture}", "--window-size=321,234", page)
    assert read_png(picture.read_bytes()) == ((321, 234), bytes([0xCC, 0, 0]))


def read_png(data: bytes) -> tuple[tuple[int, int], bytes]:
    """(width, height) and the first pixel's red, green, blue; the first pixel is the same by every filter of PNG."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        kind = data[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + length]
        at += length + 12
    size = int.from_bytes(chunks[b"IHDR"][:4]), int.from_bytes(chunks[b"IHDR"][4:8])
    return size, zlib.decompress(chunks[b"IDAT"])[1:4]
