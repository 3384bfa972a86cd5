"""`CALL_TOKEN` on a real operator's channel, from his answer on: it resolves to the caller."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lab.calls.sipp import party
from tests.lab.conftest import Lab
from tests.lab.relay_site import relay_site
from tests.lab.test_callbacks import world

pytestmark = pytest.mark.lab

NUMBER = "79160777010"


def test_the_operators_channel_has_the_token_of_its_call(lab: Lab, tmp_path: Path) -> None:
    async def scenario() -> None:
        place = lab.place()
        async with relay_site(tmp_path, place, "call_token = true") as relay, world(place) as there:
            talking = there.talk()
            calling = await there.outside.call("5551000", party(NUMBER), seconds=2)
            phone = (await talking).phone
            told = await there.ami.wait(lambda event: event.has(Event="VarSet", Variable="CALL_TOKEN"))
            assert told["Channel"].startswith(f"PJSIP/{phone.extension}-")
            asked = await there.ami.do("Getvar", Channel=told["Channel"], Variable="CALL_TOKEN")
            assert asked["Value"] == told["Value"] != ""
            body = {"token": told["Value"], "operator": there.crew.operator(phone).login}
            status, answer = await relay.post("api/v1/tokens/resolve", body)
            assert (status, answer["caller"]["number"], answer["state"]) == (200, f"+{NUMBER}", "answered")
            async with asyncio.timeout(30):
                await calling.wait()
            await there.crew.rest()
            rows = relay.rows("SELECT state, sealed_token FROM outbox WHERE kind = 'call.token'")
            assert ("delivered", None) in rows
            assert {sealed for _, sealed in rows} == {None}
            assert told["Value"] not in relay.log.read_text("utf-8")

    asyncio.run(scenario())
