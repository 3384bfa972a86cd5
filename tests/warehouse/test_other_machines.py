"""Logs copied from another machine as docs/operate.md says, while they grow and are rotated: each line once."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.warehouse.harness import REPOSITORY, Marts, copy_case, differences, fast_folder

pytestmark = pytest.mark.lab
CASE = "01-reentry"
LOGS = ("queue_log", "Master.csv")


@pytest.fixture
def folder() -> Iterator[Path]:
    with fast_folder() as name:
        yield Path(name)


def documented(begin: str) -> str:
    """The command in docs/operate.md that begins so, up to what comes after the copying."""
    text = (REPOSITORY / "docs/operate.md").read_text("utf-8")
    found = re.search(rf"{re.escape(begin)}[^\n]*?(?= && cd |\n)", text)
    assert found
    return found[0]


def by_rsync(pbx: Path, copies: Path) -> None:
    command = documented("rsync -a ").replace("pbx.example:/var/log/asterisk/cdr-csv", str(pbx))
    command = command.replace("pbx.example:/var/log/asterisk", str(pbx)).replace(
        ":/var/log/asterisk/cdr-csv", str(pbx)
    )
    run(command.replace("/var/lib/callcenter/pbx/", f"{copies}/"))


def by_sftp(pbx: Path, copies: Path) -> None:
    incoming = copies.parent / "incoming"
    incoming.mkdir(exist_ok=True)
    command = documented("sftp -b - ").replace(
        "sftp -b - pbx.example", "sftp -b - -D /usr/lib/openssh/sftp-server"
    )
    command = command.replace("/var/log/asterisk/queue_log*", f"{pbx}/*")
    command = command.replace("/var/lib/callcenter/incoming/", f"{incoming}/")
    run(command.replace("/var/lib/callcenter/pbx/", f"{copies}/"))


def run(command: str) -> None:
    subprocess.run(["bash", "-c", command], check=True, capture_output=True, timeout=60)  # noqa: S603, S607 - the documentation's


@pytest.mark.parametrize("copy", [by_rsync, by_sftp])
def test_each_line_is_counted_once(folder: Path, copy: Callable[[Path, Path], None]) -> None:
    whole = copy_case(CASE, folder)
    contents = {name: (whole.folder / name).read_bytes().splitlines(keepends=True) for name in LOGS}
    expected = whole.run()
    center = copy_case(CASE, folder / "copied")
    center = center.with_settings(lambda text: text.replace('"Master.csv"', '"Master.csv*"'))
    pbx = folder / "pbx"
    pbx.mkdir()
    for name in LOGS:
        (center.folder / name).unlink()
    found: Marts = {}
    for part in range(4):
        for name, lines in contents.items():
            piece = lines[len(lines) * part // 4 : len(lines) * (part + 1) // 4]
            with (pbx / name).open("ab") as log:
                log.writelines(piece)
            if part in (1, 2):
                (pbx / name).rename(pbx / f"{name}.{part}")
                (pbx / name).touch()
        copy(pbx, center.folder)
        found = center.run()
    assert not {name: d for name, d in differences(found, expected).items() if name != "dq_source"}
