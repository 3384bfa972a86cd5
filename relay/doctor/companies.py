"""Companies of the settings that have Loymax's ids: does Loymax have them too. Its names are not told here."""

from __future__ import annotations

import aiohttp

from callcenter.findings import Finding, fault, ok, warning
from callcenter.partners import differences
from callcenter.settings import Settings, SettingsError
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
    return found or [ok(PART, "Loymax has every partner_id of the settings")]
