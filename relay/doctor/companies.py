"""Companies of the settings that have Loymax's ids: does Loymax have them too, and list them to whoever asks.

Its names are not told here.
"""

from __future__ import annotations

import aiohttp

from callcenter.findings import Finding, fault, ok, warning
from callcenter.partners import differences
from callcenter.settings import Loymax, Settings, SettingsError
from relay.clock import Clock
from relay.errors import DeliveryFault
from relay.loymax.partners import listed, loymax_of

PART = "companies"
SHOWN = "`callcenter companies --from-loymax` shows both"


async def look_at_companies(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """What it is told is not kept: the doctor changes nothing."""
    try:
        known = await listed(loymax_of(settings), http, clock)
    except SettingsError:
        return [warning(PART, "Loymax was not asked: its password is missing", "see secrets")]
    except DeliveryFault as error:
        advice = "may the user of [loymax] read v1.2/partners?"
        return [warning(PART, f"Loymax does not list its Companies ({error.code})", advice)]
    found = [
        fault(PART, f"{each.place}: {each.text}", SHOWN)
        if each.level == "fault"
        else warning(PART, f"{each.place}: Loymax has another", SHOWN)
        for each in differences(settings.companies, known.partners)
    ]
    found = found or [ok(PART, "Loymax has every partner_id and external_id of the settings")]
    return [*found, *await _of_people(loymax_of(settings), http, clock)]


async def _of_people(loymax: Loymax, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether people of Loymax can sign in. What each is shown our own user cannot ask."""
    if loymax.statistics is None:
        return []
    permission = loymax.statistics.permission
    try:
        await listed(loymax, http, clock, permission)
    except DeliveryFault as error:
        told = f"Loymax does not list Companies by the permission of [loymax.statistics] ({error.code})"
        return [warning(PART, told, "ask Loymax what the right is called: nobody can sign in by it")]
    right = "the right of [loymax.statistics]" if permission else "any right"
    return [ok(PART, f"people of Loymax can sign in: it lists Companies, by {right}")]
