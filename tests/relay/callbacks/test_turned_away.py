"""Who was let in nowhere: by a queue that was full or empty, and out of hours where the settings want it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relay.clock import utc_now
from tests.relay.callbacks.people import Customer, listed, waiting
from tests.relay.callbacks.test_reconciling import reconcile, told
from tests.relay.site import site

NUMBER = "79160010002"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def closed_today() -> str:
    """Open on one day of the week, which is three days away wherever the Company is."""
    day = _DAYS[(utc_now() + timedelta(days=3)).weekday()]
    return f'hours = ["{day} 09:00-18:00"]'


@pytest.mark.parametrize("status", ["FULL", "JOINEMPTY", "JOINUNAVAIL"])
def test_whom_a_queue_refused_is_called_back(tmp_path: Path, status: str) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            call = await Customer(relay, NUMBER).be_turned_away(status)
            (callback,) = await waiting(relay)
            assert (callback["callId"], callback["reason"]) == (call, "queue_refused")
            await relay.until_quiet()
            (ticket,) = relay.otrs.tickets.values()
            assert "the queue was full" in ticket["Article"][1]["Body"]

    asyncio.run(scenario())


def test_a_call_that_ended_in_the_menu_opens_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(tmp_path) as relay:
            for status in ("", "TIMEOUT", "CONTINUE"):
                await Customer(relay, NUMBER).be_turned_away(status)
            await relay.until_recorded("ended", 3)
            assert await listed(relay) == []

    asyncio.run(scenario())


@pytest.mark.parametrize("wanted", [True, False])
def test_who_calls_out_of_hours_waits_for_them_where_the_settings_want_it(
    tmp_path: Path, wanted: bool
) -> None:
    company = f"callbacks = {{ out_of_hours = {str(wanted).lower()}, {closed_today()} }}"

    async def scenario() -> None:
        async with site(tmp_path, company=company) as relay:
            await Customer(relay, NUMBER).be_turned_away()
            await relay.until_recorded("ended", 1)
            found = await listed(relay)
            assert [each["reason"] for each in found] == ["closed"] * wanted
            late = told(30, reason="closed", queue=None)
            assert await reconcile(relay, late) == ["joined" if wanted else "nothing"]
            for each in found:
                assert datetime.fromisoformat(each["nextTryAt"]) > utc_now() + timedelta(days=1)

    asyncio.run(scenario())
