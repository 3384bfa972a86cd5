"""Loymax's list of Companies, asked for and kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from callcenter.partners import MOST, Known, keep, kept_path, page_of, read_partners
from callcenter.secret import read_secret, variable_of
from callcenter.settings import Loymax, Settings, SettingsError
from relay.clock import Clock
from relay.errors import GiveUp
from relay.loymax.client import Credentials, LoymaxClient

PARTNERS_PATH: Final = "/publicapi/v1.2/partners"
PAGE: Final = 500


async def ask_partners(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Known:
    """The answer, kept beside the warehouse. TryAgain or GiveUp where there was no good one, SettingsError."""
    known = await listed(loymax_of(settings), http, clock)
    keep(kept_path(settings), known)
    return known


async def listed(
    loymax: Loymax, http: aiohttp.ClientSession, clock: Clock, permission: str | None = None
) -> Known:
    """What our own user is shown, by a right of his where one is named. TryAgain, GiveUp or SettingsError."""
    password = read_secret(variable_of("loymax password"), loymax.password_file, "loymax.password_file")
    credentials = Credentials(loymax.username, password, loymax.area)
    client = LoymaxClient(http, URL(loymax.base_url), credentials, clock, loymax.timeout_seconds)
    at: datetime = clock()
    try:
        return Known(at, read_partners(await all_pages(client, permission)))
    except ValueError as error:
        raise GiveUp(f"partners: {error}") from None


async def all_pages(client: LoymaxClient, permission: str | None = None) -> Any:
    """Until a page is empty, or the one before again: a server may give fewer than are asked for."""
    found: list[Any] = []
    before: list[Any] = []
    right = f"&{urlencode({'filter.permission': permission})}" if permission else ""
    while len(found) <= MOST:
        data = await client.get(f"{PARTNERS_PATH}?filter.from={len(found)}&filter.count={PAGE}{right}")
        page, is_paged = page_of(data)
        if not is_paged or not page or page == before:
            return found if is_paged else page
        found, before = found + page, page
    return found


def loymax_of(settings: Settings) -> Loymax:
    """SettingsError where Loymax is not in the settings."""
    if settings.loymax is None:
        raise SettingsError(f"{settings.path}: loymax: missing: it says where Loymax is")
    return settings.loymax
