"""Faults of signing in by a password of Loymax: on without what it needs, and logins that could be taken for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from callcenter.findings import LOOPBACK
from callcenter.settings_faults import Faults, quoted
from callcenter.settings_tables import Parsed

AT: Final = "loymax.statistics"
BEGIN: Final = "loymax:"  # of what the relay knows a person of Loymax by


def check_statistics(parsed: Parsed, tables: Mapping[str, object], found: Faults) -> None:
    if parsed.loymax is None or parsed.loymax.statistics is None:
        return
    if "console" not in tables:
        found.add(AT, "nobody could sign in: there is no [console]")
    if all(each.partner_id is None and not each.external_id for each in parsed.companies.values()):
        found.add(AT, "nobody could be shown anything: no Company has a partner_id or an external_id")
    parts = urlsplit(parsed.loymax.base_url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        found.add("loymax.base_url", "must be https://: people's passwords go there (loymax.statistics)")
    for place, login in _logins(parsed):
        if login.casefold().startswith(BEGIN):
            told = f"must not begin with {BEGIN!r}, as people of Loymax do: {quoted(login)}"
            found.add(place, told)


def _logins(parsed: Parsed) -> Iterator[tuple[str, str]]:
    for table in (parsed.operators, parsed.administrators):
        for place, each in table.items():
            yield f"{place}.login", each.login
