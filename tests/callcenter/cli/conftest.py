"""The recording as a newcomer has it: loaded once for the tests that read, and afresh for those that write."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.callcenter.cli.running import Site
from tests.warehouse.harness import copy_case, copy_recording

CONFIGURED_BY = ("CALLCENTER_CONFIG", "CALLCENTER_NUMBER_KEY", "CALLCENTER_NUMBER_KEY_FILE", "COLUMNS")


@pytest.fixture(scope="session", autouse=True)
def _no_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in CONFIGURED_BY:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def unloaded(tmp_path: Path) -> Site:
    """The example's settings beside the recording; nothing was loaded yet."""
    copy_recording(tmp_path)
    return Site(tmp_path)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same after `callcenter load`. Only to be read."""
    site = Site(tmp_path_factory.mktemp("loaded"))
    copy_recording(site.folder)
    ran = site("load", "--quiet")  # of a slow machine it would tell how far it is
    assert (ran.code, ran.err) == (0, "")
    return site


@pytest.fixture
def copy(loaded: Site, tmp_path: Path) -> Site:
    """A loaded site to do anything with."""
    shutil.copytree(loaded.folder, tmp_path, dirs_exist_ok=True)
    return Site(tmp_path)


@pytest.fixture
def hostile(tmp_path: Path) -> Site:
    """Queues, operators and callers whose names are formulas, markup and escape sequences; loaded."""
    copy_case("29-hostile-names", tmp_path)
    site = Site(tmp_path / "29-hostile-names")
    assert site("load").code == 0
    return site
