"""The image of docs/operate.md, built, and run as docs/operate.md runs it: minutes, so it is a soak."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from lab.container.image import ROOT, Workshop
from lab.container.running import UID, Container
from tests.relay.doctor.near import neighbours
from tests.relay.site import SECRETS
from tests.repo.documents import blocks

pytestmark = [pytest.mark.lab, pytest.mark.soak]
SETTINGS = "/etc/callcenter/callcenter.toml"
CALLCENTER = ".venv/bin/callcenter"


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """Its files."""
    with tempfile.TemporaryDirectory(prefix="callcenter-image-") as folder:
        workshop = Workshop(Path(folder))
        try:
            yield workshop.build()
        finally:
            workshop.clear()


@pytest.fixture
def container(image: Path) -> Iterator[Container]:
    """Its folders are the image's user's; pytest's own let nobody else in."""
    with tempfile.TemporaryDirectory(prefix="callcenter-container-") as name:
        folder = Path(name)
        for each in ("settings", "volume"):
            (folder / each).mkdir(mode=0o700)
            os.chown(folder / each, UID, UID)
        yield Container(image, folder / "settings", folder / "volume", folder / "state")


@asynccontextmanager
async def settled(container: Container, listen: int, metrics: int) -> AsyncIterator[None]:
    """Neighbours, and the settings that docs/operate.md shows for a container, on ports that are free."""
    (text,) = [each.text for each in blocks(ROOT / "docs/operate.md") if "0.0.0.0:8080" in each.text]
    text = text.replace("8080", str(listen)).replace("9108", str(metrics))
    warehouse, _, relay = text.partition("[relay]")
    async with neighbours(container.settings, relay):
        file = container.settings / "callcenter.toml"
        paths = dict(re.findall(r"^(path|published) = (\S+)", warehouse, re.MULTILINE))
        whole = file.read_text("utf-8")
        for name, path in paths.items():
            whole = re.sub(rf"(?m)^{name} = \S+", f"{name} = {path}", whole, count=1)
        file.write_text(whole, "utf-8")
        for each in container.settings.iterdir():
            os.chown(each, UID, UID)
            each.chmod(0o400)
        yield


async def told(container: Container, name: str, *arguments: str) -> tuple[int, str]:
    """A command's exit code and what it says."""
    process = container.start(name, CALLCENTER, *arguments, "--config", SETTINGS)
    said, _ = await asyncio.to_thread(process.communicate, timeout=120)
    return process.returncode, said


async def ready(port: int) -> tuple[int, dict[str, str]]:
    """What it answers when it is ready, or after a minute."""
    headers = {"Authorization": f"Bearer {SECRETS['service']}"}
    url = f"http://127.0.0.1:{port}/health/ready"
    async with aiohttp.ClientSession(headers=headers) as http, asyncio.timeout(60):
        while True:
            try:
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return answer.status, (await answer.json())["parts"]
            except aiohttp.ClientError:
                pass  # not there yet
            await asyncio.sleep(0.1)


def test_the_tools_of_the_image_are_here() -> None:
    for tool in ("buildah", "crun", "debootstrap", "unshare"):
        assert shutil.which(tool), f"apt-get install {tool}"


def test_the_documented_settings_have_no_fault_in_it(container: Container) -> None:
    async def scenario() -> None:
        async with settled(container, unused_port(), unused_port()):
            code, said = await told(container, "check", "check-config")
            assert (code, "no faults" in said) == (0, True), said
            code, said = await told(container, "doctor", "doctor")
            assert code == 0, said

    asyncio.run(scenario())


def test_the_relay_runs_on_a_root_it_cannot_write_and_ends_softly(container: Container) -> None:
    async def scenario() -> None:
        listen, metrics = unused_port(), unused_port()
        async with settled(container, listen, metrics):
            relay = container.start("relay", CALLCENTER, "relay", "--config", SETTINGS)
            assert (await ready(listen))[1] == {"store": "ok", "workers": "ok", "ami:lab": "ok"}
            container.signal("relay", "TERM")
            said, _ = await asyncio.to_thread(relay.communicate, timeout=40)
            assert relay.returncode == 0, said
            kept = {each.name: each.stat() for each in container.volume.iterdir()}
            assert kept.keys() == {"relay.db", "relay.db.lock", "relay.keys"}, "its -wal is written back"
            assert {(each.st_uid, each.st_mode & 0o777) for each in kept.values()} == {(UID, 0o600)}
            again = container.start("again", CALLCENTER, "relay", "--config", SETTINGS)
            assert (await ready(listen))[0] == 200
            container.signal("again", "TERM")
            await asyncio.to_thread(again.communicate, timeout=40)
            assert again.returncode == 0

    asyncio.run(scenario())


def test_what_is_this_machines_own_is_not_in_it(image: Path) -> None:
    inside = image / "opt/callcenter"
    assert not {".git", ".ci", "tests", "lab", "recordings", "data"} & {
        each.name for each in inside.iterdir()
    }
    writable = subprocess.run(  # noqa: S603 - our words
        ["find", str(inside), "-uid", str(UID), "-o", "-perm", "-o+w", "!", "-type", "l"],  # noqa: S607 - any find
        capture_output=True,
        text=True,
        check=True,
    )
    assert writable.stdout == "", "nothing of the program is its user's to change"
    assert not (image / "root/.cache").exists()
