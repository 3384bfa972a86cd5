"""The doctor among real neighbours: Asterisk with the least rights and with all, Znuny, PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from callcenter.settings import Settings, load_settings
from lab.asterisk.settings import DRIVER
from lab.calls.ami import Session
from relay.clock import utc_now
from relay.doctor.examination import examine
from tests.lab.conftest import Lab
from tests.lab.relay_site import write_settings

pytestmark = pytest.mark.lab
NOBODY = URL("http://127.0.0.1:9/")


def _findings(settings: Settings, part: str) -> list[tuple[str, str]]:
    found = asyncio.run(examine(settings, 0.5, utc_now))
    return [(each.level, each.text) for each in found if each.part == part]


@pytest.fixture
def settings(lab: Lab, tmp_path: Path) -> Settings:
    write_settings(tmp_path, lab.place(), NOBODY, 0)
    return load_settings(tmp_path / "callcenter.toml")


def test_the_relays_user_has_what_it_must_and_no_more(settings: Settings) -> None:
    found = _findings(settings, "ami lab")
    assert ("ok", "may do what it must and no more: write = originate,call,reporting") in found
    assert [level for level, _ in found if level == "fault"] == []
    assert not any("too wide" in text or "of no use" in text for _, text in found)


def test_a_user_with_all_rights_is_told_of(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ami").write_text(DRIVER[1])
    (pbx,) = settings.pbxs
    found = _findings(replace(settings, pbxs=(replace(pbx, ami_user=DRIVER[0]),)), "ami lab")
    (wide,) = [text for level, text in found if level == "warning" and text.startswith("`write` is too wide")]
    assert {"command", "config", "system", "agent"} <= {
        *wide.partition(": ")[2].partition(";")[0].split(", ")
    }
    assert any(text.startswith("`read` is too wide: events of security") for _, text in found)


def test_znuny_knows_what_the_settings_name_and_no_ticket_is_made(settings: Settings) -> None:
    assert _findings(settings, "otrs") == [
        ("ok", "its clock agrees with ours"),
        ("ok", "logged in"),
        ("ok", "the web service has every operation"),
        ("ok", "knows every queue, state, customer and field of the settings"),
    ]


def test_what_znuny_does_not_know_is_named(settings: Settings) -> None:
    assert settings.otrs is not None
    otrs = replace(settings.otrs, closed_state="closed for ever", fields=(("call_id", "NoSuchField"),))
    assert ("fault", "does not know the state closed for ever") in _findings(
        replace(settings, otrs=otrs), "otrs"
    )
    otrs = replace(settings.otrs, fields=(("call_id", "NoSuchField"), ("call_start", "CallStart")))
    told = "the dynamic field NoSuchField is missing or of another type"
    assert [text for level, text in _findings(replace(settings, otrs=otrs), "otrs") if level == "fault"] == [
        told
    ]
    otrs = replace(settings.otrs, queue="Forbidden")
    told = "the agent may not make tickets in the queue Forbidden"
    assert ("fault", told) in _findings(replace(settings, otrs=otrs), "otrs")


def test_what_we_are_told_is_seen_while_a_call_comes(lab: Lab, settings: Settings) -> None:
    """A call without a customer, into a queue whose phones are off."""

    async def scenario() -> list[str]:
        driver = Session(lab.place().ami_port, DRIVER)
        await driver.open()
        examined = asyncio.create_task(examine(settings, 3, utc_now))
        await asyncio.sleep(1)
        await driver.do(
            "Originate", Channel="Local/5551000@incoming", Application="Wait", Data="1", Async="true"
        )
        found = await examined
        await driver.close()
        return [each.text for each in found if each.part == "ami lab"]

    assert asyncio.run(scenario())[1:] == [
        "may do what it must and no more: write = originate,call,reporting",
        "is told of calls, queues and operators",
        "tells what queues came to: QUEUESTATUS",
    ]
