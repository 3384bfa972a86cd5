"""Loymax: does its token endpoint let us in, by HTTPS, and what time is it there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from callcenter.findings import LOOPBACK, Finding, fault, ok, warning
from callcenter.secret import read_secret, variable_of
from callcenter.settings import Loymax, SettingsError
from relay.clock import Clock
from relay.doctor.clocks import clock_finding, header_date
from relay.loymax.client import TOKEN_PATH

PART = "loymax"


async def look_at_loymax(loymax: Loymax, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    found = [*_settings(loymax)]
    try:
        password = read_secret(variable_of("loymax password"), loymax.password_file, "loymax.password_file")
    except SettingsError:
        return [*found, warning(PART, "not asked: its password is missing", "see secrets")]
    return [*found, *await _log_in(loymax, password, http, clock)]


def is_open(url: str) -> bool:
    """Plain HTTP to another machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK


def _settings(loymax: Loymax) -> Iterator[Finding]:
    kinds = dict(loymax.webhooks)
    if "call_offered" not in kinds:
        yield warning(
            PART, "no URL for call_offered: no pop-up is sent", "webhooks of [loymax] in the settings"
        )
    if any(is_open(url) for url in (loymax.base_url, loymax.link, *kinds.values())):
        advice = "https:// in base_url, link and webhooks"
        yield fault(PART, "plain HTTP to another machine: password and tokens can be read on the way", advice)


async def _log_in(loymax: Loymax, password: str, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    form = {"grant_type": "password", "username": loymax.username, "password": password, "area": loymax.area}
    sent = clock()
    try:
        async with http.post(
            URL(loymax.base_url).join(URL(TOKEN_PATH)),
            data=form,
            timeout=aiohttp.ClientTimeout(loymax.timeout_seconds),
            allow_redirects=False,
        ) as response:
            body = await _json(response)
            date = header_date(response.headers.get("Date"))
            found = [_judged(response.status, body)]
    except (aiohttp.ClientError, TimeoutError) as error:
        advice = "base_url of [loymax], the firewall, and its certificate"
        return [fault(PART, f"cannot be reached: {type(error).__name__}", advice)]
    return [*found, clock_finding(PART, date, sent, clock())] if date else found


def _judged(status: int, body: Any) -> Finding:
    if status == 200 and isinstance(body, dict) and isinstance(body.get("access_token"), str):
        return ok(PART, "logged in; its token endpoint gives tokens")
    if status in (400, 401, 403):
        return fault(PART, f"refuses the login (status {status})", "username, password and area of [loymax]")
    told = f"its token endpoint answers with status {status} and no token"
    return fault(PART, told, "is base_url of [loymax] the tenant's address, without a redirect?")


async def _json(response: aiohttp.ClientResponse) -> Any:
    try:
        return await response.json(content_type=None)
    except ValueError:
        return None
