"""After a change of the settings the figures are those of a warehouse loaded anew with them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.warehouse.harness import (
    CASES,
    CDR,
    QUEUE_LOG,
    SETTINGS,
    CallCenter,
    Marts,
    copy_case,
    differences,
    fast_folder,
    open_folder,
    read_marts,
)
from warehouse.build import build_dirty_days

CASE = "25-company-rules"  # every rule of whose call it is decides a call


def swap(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text, f"{old} is in the settings"
        return text.replace(old, new, 1)

    return edit


def without_operator(login: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        before, found, after = text.partition(f'[[operator]]\nlogin = "{login}"')
        assert found
        return before + "[[operator]]".join(["", *after.split("[[operator]]")[1:]])

    return edit


CHANGES = {
    "a queue moves to another Company": [
        swap('queues = ["acme-support", ', "queues = ["),
        swap('queues = ["globex-sales"', 'queues = ["acme-support", "globex-sales"'),
    ],
    "one queue is mapped until a day, another from now on": [
        swap('"acme-support"', '{ name = "acme-support", until = 2026-11-23 }'),
        swap('queues = ["globex-sales"', 'queues = ["nobodys-queue", "globex-sales"'),
    ],
    "a DID is no longer mapped": [swap('"5551000", ', "")],
    "an account code is no longer mapped": [swap('account_codes = ["acme"]', "account_codes = []")],
    "the service level is another": [swap("service_level_seconds = 20", "service_level_seconds = 1")],
    "a Company's time zone": [swap('timezone = "Europe/Moscow"', 'timezone = "Pacific/Kiritimati"')],
    "the time zone of unassigned": [lambda text: 'default_timezone = "Asia/Kathmandu"\n' + text],
    "a Company's country and name": [
        swap('country = "RU"\n', ""),
        swap('name = "ACME"', 'name = "ACME Ltd"'),
    ],
    "what is a trunk": [swap('trunks = ["PJSIP/trunk"]', 'trunks = ["PJSIP/101"]')],
    "an operator goes": [without_operator("alice")],
    "operators have other names": [
        swap('member = "Alice"', 'member = "Alicia"'),
        swap('interface = "PJSIP/103"', 'interface = "PJSIP/199"'),
        swap('login = "dave"', 'login = "david"'),
    ],
}


def loaded_anew(center: CallCenter, folder: Path) -> Marts:
    folder.mkdir()
    for name in (SETTINGS, QUEUE_LOG, CDR):
        shutil.copyfile(center.folder / name, folder / name)
    return replace(open_folder(folder), number_key=center.number_key).run()


@pytest.fixture(scope="module")
def loaded() -> Iterator[tuple[Path, Marts]]:
    """The case, loaded, and its marts; nobody changes it."""
    with fast_folder() as name:
        center = copy_case(CASE, Path(name))
        marts = center.run()
        yield center.folder, marts


@pytest.fixture
def before(loaded: tuple[Path, Marts]) -> Marts:
    return loaded[1]


@pytest.fixture
def folder() -> Iterator[Path]:
    with fast_folder() as name:
        yield Path(name)


@pytest.fixture
def center(loaded: tuple[Path, Marts], folder: Path) -> CallCenter:
    """The loaded case, to be changed."""
    return open_folder(shutil.copytree(loaded[0], folder / "loaded"))


@pytest.mark.parametrize("edits", CHANGES.values(), ids=CHANGES)
def test_the_figures_follow_the_settings(
    center: CallCenter, before: Marts, folder: Path, edits: list[Callable[[str], str]]
) -> None:
    changed = center
    for edit in edits:
        changed = changed.with_settings(edit)
    after = changed.run()
    assert not differences(after, loaded_anew(changed, folder / "anew"))
    assert differences(after, before), "the change matters"


def test_and_back_again(center: CallCenter, before: Marts) -> None:
    moved = center.with_settings(CHANGES["a queue moves to another Company"][0])
    assert differences(moved.run(), before)
    shutil.copyfile(CASES / CASE / SETTINGS, center.folder / SETTINGS)
    assert not differences(open_folder(center.folder).run(), before)


def test_a_new_number_key_gives_every_caller_a_new_key(
    center: CallCenter, before: Marts, folder: Path
) -> None:
    rekeyed = replace(center, number_key=b"another key of the tests")
    after = rekeyed.run()
    assert not differences(after, loaded_anew(rekeyed, folder / "anew"))
    columns = {name for name, rows in after.items() if rows != before[name]}
    assert columns == {"fct_call"}
    keys = [{row[13] for row in marts["fct_call"]} for marts in (before, after)]
    assert keys[0] & keys[1] <= {None}


def test_settings_that_change_and_lines_that_come_at_once(center: CallCenter, folder: Path) -> None:
    with (center.folder / QUEUE_LOG).open("ab") as log:
        log.write(b"1795430000|lab-1795430000.1|acme-support|NONE|ENTERQUEUE||79160010002|1\n")
    changed = center.with_settings(CHANGES["a Company's time zone"][0])
    assert not differences(changed.run(), loaded_anew(changed, folder / "anew"))


def test_the_same_settings_build_nothing(center: CallCenter) -> None:
    with center.opened() as con:
        assert build_dirty_days(con, center.settings, center.number_key) == []


def test_settings_that_do_not_matter_to_the_figures_build_nothing(center: CallCenter, before: Marts) -> None:
    paths = center.with_settings(swap('queue_log = ["queue_log*"]', 'queue_log = ["queue_log*", "old/*"]'))
    with paths.opened() as con:
        assert build_dirty_days(con, paths.settings, paths.number_key) == []
        assert not differences(read_marts(con), before)
