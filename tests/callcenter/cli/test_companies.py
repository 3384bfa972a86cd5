"""`callcenter companies`: what Loymax has, what is new there, and what the settings have otherwise."""

from __future__ import annotations

import stat
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from callcenter.settings import load_settings
from relay.standins.loymax import StandInLoymax
from tests.callcenter.cli.beside import loop_beside
from tests.callcenter.cli.running import Ran, callcenter
from tests.relay.doctor.near import NOBODY
from tests.relay.site import SECRETS, write_settings

PARTNERS = [
    {"id": 1, "externalId": "1c9d1c6f-2f6e-4b0c-9f0e-3a1b5c7d9e10", "name": "ACME", "legalName": "ACME Ltd"},
    {"id": 2, "externalId": "5f0c6a52-0000-4000-8000-000000000002", "name": "ООО «Ромашка»"},
]


@dataclass(slots=True)
class Desk:
    config: Path
    loymax: StandInLoymax
    run_there: Callable[[Coroutine[Any, Any, Any]], Any]
    server: TestServer

    def __call__(self, *words: str) -> Ran:
        """Without lines of the log, which a test before in this process may have let through."""
        ran = callcenter("companies", "--config", self.config, *words)
        said = [line for line in ran.err.splitlines(keepends=True) if not line.startswith('{"')]
        return replace(ran, err="".join(said))

    def gone(self) -> None:
        self.run_there(self.server.close())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The example's Companies, acme with Loymax's number, and a Loymax with two."""
    loymax = StandInLoymax("callcenter", SECRETS["loymax"], SECRETS["webhooks"], SECRETS["service"])
    loymax.companies.partners = list(PARTNERS)
    server = TestServer(loymax.app())
    with loop_beside() as run_there:
        run_there(server.start_server())
        write_settings(tmp_path, 9, server.make_url("/"), NOBODY, company="partner_id = 1")
        yield Desk(tmp_path / "callcenter.toml", loymax, run_there, server)
        run_there(server.close())


@pytest.mark.parametrize("at_once", [1, 2, 50])
def test_page_by_page_they_are_the_same(desk: Desk, at_once: int) -> None:
    whole = desk("--from-loymax")
    assert "ООО «Ромашка»" in whole.out
    desk.loymax.companies.at_once = at_once
    assert desk("--from-loymax") == whole


def test_without_loymax_they_are_listed_and_nobody_is_asked(desk: Desk) -> None:
    ran = desk()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "acme (ACME), Europe/Moscow, partner_id 1"
    assert desk.loymax.grants == {}


def test_what_is_new_is_shown_as_it_would_be_written(desk: Desk) -> None:
    ran = desk("--from-loymax")
    assert (ran.code, ran.err) == (0, "")
    assert "Loymax has 2 Companies, 1 of them not here." in ran.out
    assert 'id = "ooo-romashka"\nname = "ООО «Ромашка»"' in ran.out
    assert "partner_id = 2" in ran.out


def test_add_writes_it_behind_the_others_and_keeps_what_was_there(desk: Desk) -> None:
    before = desk.config.read_text("utf-8")
    assert desk("--from-loymax", "--add").code == 0
    (new,) = [each for each in load_settings(desk.config).companies if each.partner_id == 2]
    assert (new.id, new.name, new.external_id) == (
        "ooo-romashka",
        PARTNERS[1]["name"],
        PARTNERS[1]["externalId"],
    )
    assert desk.config.with_name("callcenter.toml.backup-1").read_text("utf-8") == before
    assert stat.S_IMODE(desk.config.stat().st_mode) & 0o022 == 0
    assert "0 of them not here" in desk("--from-loymax").out


def test_an_id_that_loymax_has_not_is_refused_with_its_place(desk: Desk) -> None:
    desk.loymax.companies.partners = [{**PARTNERS[0], "id": 7}]
    ran = desk("--from-loymax")
    assert ran.code == 1
    assert ran.err == f"fault: {desk.config}: company[0].partner_id: Loymax has no Company 1\n"
    checked = callcenter("check-config", "--config", desk.config)
    assert "company[0].partner_id: Loymax has no Company 1 (asked 0 min ago)" in checked.err


def test_while_loymax_is_away_its_last_good_answer_is_used_with_its_age(desk: Desk) -> None:
    assert desk("--from-loymax").code == 0
    desk.loymax.companies.faults = ["500"]
    ran = desk("--from-loymax")
    assert (ran.code, ran.err) == (
        0,
        "warning: Loymax cannot be asked: http:500; what it said 0 min ago is used\n",
    )
    assert "partner_id = 2" in ran.out
    desk.gone()
    assert desk("--from-loymax").code == 0


def test_a_kept_answer_that_cannot_be_used_is_told_of_and_holds_up_no_check(desk: Desk) -> None:
    (desk.config.parent / "data").mkdir()
    (desk.config.parent / "data/loymax-companies.json").write_text("no JSON")
    ran = callcenter("check-config", "--config", desk.config)
    assert ran.code == 0
    assert "loymax-companies.json: cannot be used" in ran.err


def test_one_that_never_answered_is_told_of(desk: Desk) -> None:
    desk.loymax.companies.partners = ["no Company"]
    ran = desk("--from-loymax")
    assert ran.code == 1
    assert ran.err.startswith("Loymax cannot be asked: partners: Company [0]: needs a whole number")
    assert ran.err.endswith("and it never was\n")


def test_add_alone_is_a_wrong_use(desk: Desk) -> None:
    assert desk("--add").code == 2
