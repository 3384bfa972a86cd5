"""Up and down, in a folder and on ports of their own: what was cut off or killed leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.place import LAB, ROOT, must_run, run

pytestmark = pytest.mark.lab

BASE = 36000
PARTS = "asterisk,znuny,postgres,mariadb,chromium"
ZNUNY = BASE + 3890
_DATABASES = ("znuny/system/var/lib/postgresql/lab/postmaster.pid", "postgres/data/postmaster.pid")


@pytest.fixture
def root() -> Iterator[Path]:
    """Not under pytest's folders, which are closed to the user postgres."""
    folder = ROOT.parent / f"callcenter-lab-{uuid.uuid4().hex[:8]}"
    yield folder
    must_run("down", "--root", folder, "--purge")


def up(root: Path, parts: str = PARTS) -> str:
    return must_run("up", "--only", parts, "--root", root, "--ports-base", str(BASE))


def inside(root: Path) -> list[str]:
    """Processes whose program, root or working folder is in there, and mounts."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        for link in ("exe", "root", "cwd"):
            try:
                target = str((process / link).readlink())
            except OSError:  # ended, or a thread of the kernel
                continue
            if f"{target}/".startswith(f"{root}/"):
                found.append(f"{process.name} {link} {target}")
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    return found + [f"mount {mount}" for mount in mounts if f"{mount}/".startswith(f"{root}/")]


def open_in(root: Path) -> list[str]:
    """Processes that have the file open which a build keeps open."""
    held = []
    for file in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # closed by now
            if file.readlink() == root / "building":
                held.append(file.parts[2])
    return held


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_down_leaves_nothing_also_of_what_was_killed_or_stalled(root: Path) -> None:
    up(root)
    assert is_open(ZNUNY)
    assert inside(root) != []
    for database in servers(root)[: len(_DATABASES)]:
        os.kill(database, signal.SIGKILL)
    must_run("znuny/fault", "stall", "--root", root / "znuny")
    assert f"nothing runs or is mounted in {root}" in must_run("down", "--root", root)
    assert inside(root) == []
    assert [port for port in (BASE + 38, BASE + 432, ZNUNY, ZNUNY + 1) if is_open(port)] == []
    up(root)
    assert is_open(ZNUNY)
    must_run("down", "--root", root, "--purge")
    assert not root.exists()
    assert inside(root) == []


def test_an_up_that_was_cut_off_is_begun_anew(root: Path) -> None:
    """Only the script itself is killed: what it had begun goes on by itself, and is ended by the next one."""
    command = [
        str(LAB / "znuny" / "up"),
        "--root",
        str(root / "znuny"),
        "--port",
        str(ZNUNY),
        "--tls-port",
        "0",
    ]
    root.mkdir()
    (root / ".callcenter-lab").touch()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        while not list(root.glob("znuny/system.new/*/")):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    assert inside(root / "znuny") + open_in(root / "znuny") != []
    assert not (root / "znuny" / "system").exists()
    must_run("znuny/up", *command[1:])
    assert is_open(ZNUNY)
    assert not (root / "znuny" / "system.new").exists()
    assert open_in(root / "znuny") == []


def test_up_again_replaces_nobody(root: Path) -> None:
    up(root, "znuny,postgres")
    before, addresses = servers(root), (root / "addresses.env").read_text("utf-8")
    up(root, "postgres")
    up(root, "znuny")
    assert servers(root) == before
    assert sorted((root / "addresses.env").read_text("utf-8").split()) == sorted(addresses.split())


def servers(root: Path) -> list[int]:
    """The process ids of Apache and of both PostgreSQL servers."""
    files = (*_DATABASES, "znuny/system/run/apache2/lab.pid")
    return [int((root / file).read_text("utf-8").split()[0]) for file in files]


def test_somebody_elses_folder_is_left_alone() -> None:
    folder = ROOT.parent / f"somebody-elses-{uuid.uuid4().hex[:8]}" / "things"
    folder.mkdir(parents=True)
    (folder / "letter").touch()
    try:
        for script in ("up", "znuny/up", "postgres/up", "down", "znuny/down", "postgres/down"):
            done = run(script, "--root", folder, *(["--purge"] if "down" in script else []))
            assert (done.returncode, "no lab" in done.stdout) == (1, True), done.stdout
        assert [each.name for each in folder.iterdir()] == ["letter"]
    finally:
        shutil.rmtree(folder.parent)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("up", "--only", "freeswitch"), "knows asterisk, znuny, postgres, mariadb and chromium"),
        (("up", "--root", "/srv"), "absolute path below a folder"),
        (("up", "--ports-base", "many"), "must be a number"),
        (("znuny/fault",), "which fault?"),
        (("znuny/up", "--port", "70000"), "from 1 to 65535"),
    ],
)
def test_wrong_arguments_are_told(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert said in done.stdout


@pytest.fixture
def scripts_for_all() -> Iterator[Path]:
    """The lab's scripts where any user may read them, which a checkout need not be."""
    folder = ROOT.parent / f"callcenter-lab-scripts-{uuid.uuid4().hex[:8]}"
    shutil.copytree(LAB, folder, ignore=shutil.ignore_patterns("__pycache__"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "script", ["up", "down", "znuny/up", "znuny/down", "znuny/fault", "postgres/up", "chromium/up"]
)
def test_who_is_not_root_is_told(scripts_for_all: Path, script: str) -> None:
    command = ["runuser", "-u", "nobody", "--", str(scripts_for_all / script)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)  # noqa: S603 - our own scripts
    assert (done.returncode, "needs root" in done.stderr) == (1, True), done.stderr
