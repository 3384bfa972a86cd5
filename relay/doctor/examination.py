"""The whole examination: what is on this machine, then all neighbours at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import aiohttp

from callcenter.findings import Finding, fault, warning
from callcenter.partners import is_wanted
from callcenter.settings import Pbx, Settings, SettingsError
from relay.clock import Clock
from relay.doctor.agi import look_at_agi
from relay.doctor.asterisk import look_at_asterisk
from relay.doctor.companies import look_at_companies
from relay.doctor.loymax import look_at_loymax
from relay.doctor.machine import look_at_machine
from relay.doctor.otrs import look_at_otrs
from relay.doctor.secrets import look_at_secrets, look_at_settings_file
from relay.doctor.selfservice import look_at_selfservice
from relay.doctor.store import look_at_store
from relay.parts import ami_address, ami_tls


async def examine(settings: Settings, listen_seconds: float, clock: Clock) -> list[Finding]:
    """Changes nothing but what looking changes: a session in OTRS, a token in Loymax."""
    found = [look_at_settings_file(settings.path), *look_at_machine(settings), *look_at_secrets(settings)]
    if settings.relay is None:
        advice = "nothing to do where only figures are wanted"
        return [*found, warning("relay", "no [relay] in the settings", advice)]
    found += _services(settings)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        looks = {f"ami {pbx.name}": _asterisk(pbx, listen_seconds) for pbx in settings.pbxs if pbx.ami}
        looks["agi"] = look_at_agi(settings)
        looks["store"] = look_at_store(settings, clock)
        if settings.loymax:
            looks["loymax"] = look_at_loymax(settings.loymax, http, clock)
            looks["selfservice"] = look_at_selfservice(settings, http, clock)
        if is_wanted(settings):
            looks["companies"] = look_at_companies(settings, http, clock)
        if settings.otrs:
            looks["otrs"] = look_at_otrs(settings, settings.otrs, http, clock)
        for each in await asyncio.gather(*(_guarded(part, look) for part, look in looks.items())):
            found += each
    return found


def _services(settings: Settings) -> list[Finding]:
    if settings.loymax and not any(each.role == "service" for each in settings.services):
        advice = "a [[service]] for Loymax, with a secret of its own"
        return [warning("service", "nobody may resolve tokens: pop-ups come without callers", advice)]
    return []


async def _asterisk(pbx: Pbx, listen_seconds: float) -> list[Finding]:
    try:
        ami_tls(pbx)
    except SettingsError as error:
        return [fault(f"ami {pbx.name}", str(error), "certificates as PEM, which the relay may read")]
    try:
        return await look_at_asterisk(ami_address(pbx), listen_seconds)
    except SettingsError:
        return [warning(f"ami {pbx.name}", "not asked: its secret is missing", "see secrets")]


async def _guarded(part: str, look: Awaitable[list[Finding]]) -> list[Finding]:
    """One neighbour that answers like nobody before must not hide the others."""
    try:
        return await look
    except Exception as error:
        told = f"the doctor does not understand it: {type(error).__name__}"
        return [fault(part, told, "tell us, with the version of the neighbour")]
