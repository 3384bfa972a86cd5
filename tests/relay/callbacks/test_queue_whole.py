"""The callback queue from end to end: a caller is missed, an operator calls back, the entry is closed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.relay.callbacks.people import Customer, ask, in_state, waiting
from tests.relay.site import site

NUMBER = "79160010002"


def test_a_missed_caller_is_called_back_once_and_the_ticket_tells_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            call = await Customer(relay, NUMBER).wait_in_vain()
            (callback,) = await waiting(relay)
            assert (callback["callId"], callback["number"], callback["state"]) == (
                call,
                "+7 916 ***-**-02",
                "open",
            )
            assert (await ask(relay, callback["id"], "claim"))[0] == 200
            status, calling = await ask(relay, callback["id"], "call", key="k1")
            assert (status, calling["state"]) == (202, "calling")
            closed = await in_state(relay, callback["id"], "closed")
            assert (closed["outcome"], closed["closedBy"], closed["attempts"]) == ("reached", "alice", 1)
            await relay.asterisk.phones.settle()
            await relay.until_recorded("callback_ended", 1)
            await relay.until_quiet()
            (originated,) = relay.asterisk.phones.originated
            assert originated["Channel"] == "PJSIP/101"
            assert (originated["Exten"], originated["CallerID"]) == (NUMBER, "<5551000>")
            assert relay.asterisk.phones.rung == {NUMBER: 1}
            (ticket,) = relay.otrs.tickets.values()
            story = [each["Subject"].partition(" [")[0] for each in ticket["Article"]]
            assert story == [
                "Call",
                "Missed",
                "Called back: the customer answered",
                "Callback closed: the customer was reached",
            ]
            changes = [
                message["data"]["change"]
                for message in relay.loymax.messages.values()
                if message["type"] == "callback.updated"
            ]
            assert sorted(changes) == sorted(["opened", "claimed", "dialled", "attempted", "closed", "ended"])

    asyncio.run(scenario())
