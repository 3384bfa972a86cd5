"""Self-service: whose it is, by which factor, and whether Loymax lets us look for Members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import aiohttp

from callcenter.findings import Finding, fault, ok, warning
from callcenter.settings import Company, Loymax, LoymaxPaths, Settings, SettingsError
from relay.clock import Clock
from relay.errors import GiveUp, TryAgain
from relay.loymax.members import Members
from relay.parts import loymax_client

PART = "selfservice"
NOBODYS = "70000000000"  # no country has such numbers
_FACTORS = {"card": "the last four digits of a card", "pin": "a PIN"}


async def look_at_selfservice(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Nothing where no Company offers it."""
    offering = [each for each in settings.companies if _services(each)]
    if not offering or settings.loymax is None:
        return []
    try:
        members = Members(loymax_client(settings.loymax, http, clock), settings.loymax.paths)
    except SettingsError:
        return [warning(PART, "not asked: Loymax's password is missing", "see secrets")]
    return [*_settings(settings, settings.loymax, offering), await _asked(members)]


def _settings(settings: Settings, loymax: Loymax, offering: Sequence[Company]) -> Iterator[Finding]:
    for company in offering:
        own = company.selfservice
        yield ok(PART, f"{company.id} offers {' and '.join(_services(company))}, by {_FACTORS[own.factor]}")
        if own.factor == "pin" and loymax.paths.check_pin == LoymaxPaths().check_pin:
            told = f"{company.id}: PINs are checked at a path of ours, {loymax.paths.check_pin}"
            yield warning(PART, told, "check_pin of [loymax.paths]: where your tenant checks them")
    for pbx in settings.pbxs:
        if pbx.attested_trunks:
            yield ok(PART, f"no factor is asked for on {', '.join(pbx.attested_trunks)} of {pbx.name}")


def _services(company: Company) -> list[str]:
    own = company.selfservice
    return [name for name, is_on in (("balance", own.balance), ("block-card", own.block_card)) if is_on]


async def _asked(members: Members) -> Finding:
    """About a number that nobody has."""
    try:
        await members.find(NOBODYS)
    except GiveUp as refused:
        advice = "the rights of username in Loymax, and member of [loymax.paths]"
        return fault(PART, f"Loymax does not let us look for Members ({refused.code})", advice)
    except TryAgain as failed:
        return fault(PART, f"Loymax does not say who has a number ({failed.code})", "see loymax")
    return ok(PART, "Loymax says who has a number")
