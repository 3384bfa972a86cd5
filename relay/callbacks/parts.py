"""The callback queue's settings, as its parts read them. SettingsError where a file of VIPs cannot be read."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from callcenter.hours import BusinessHours, Span
from callcenter.phone import normalise
from callcenter.phone import number_key as key_of
from callcenter.settings import Company, Settings, SettingsError, number_key
from relay.callbacks.dialling import DialPlan
from relay.callbacks.rules import Rules
from relay.callbacks.service import Party
from relay.words import CompanyId, PbxName

MOST_VIPS = 100_000


def rules_of(settings: Settings) -> dict[str, Rules]:
    """By Company."""
    secret = number_key(settings)
    return {company.id: _rules(company, secret) for company in settings.companies}


def parties_of(settings: Settings) -> dict[CompanyId, Party]:
    """The first account code is the one a callback is booked under."""
    return {
        CompanyId(each.id): Party(each.country, each.account_codes[0].value if each.account_codes else "")
        for each in settings.companies
    }


def plans_of(settings: Settings) -> dict[PbxName, DialPlan]:
    """Of the PBXs that can call customers."""
    return {
        PbxName(pbx.name): DialPlan(pbx.callback_context, pbx.callback_number, pbx.callback_ring_seconds)
        for pbx in settings.pbxs
        if pbx.callback_context
    }


def _rules(company: Company, secret: bytes) -> Rules:
    own = company.callbacks
    spans = tuple(Span(frozenset(each.days), each.begin, each.until) for each in own.hours)
    return Rules(
        is_on=own.enabled,
        is_on_out_of_hours=own.out_of_hours,
        retry=tuple(timedelta(minutes=each) for each in own.retry_minutes),
        most_attempts=own.most_attempts,
        lease=timedelta(seconds=own.lease_seconds),
        expires=timedelta(hours=own.expire_hours),
        hours=BusinessHours(company.timezone, spans, frozenset(own.holidays)),
        caller_id=own.caller_id,
        vips=_vips(own.vip_file, company, secret) if own.vip_file else frozenset(),
    )


def _vips(path: Path, company: Company, secret: bytes) -> frozenset[str]:
    """A number or its key a line; what follows a # is a comment. No line is ever told."""
    place = f"company {company.id}: callbacks.vip_file: {path}"
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{place}: cannot be read: {type(fault).__name__}") from None
    if len(lines) > MOST_VIPS:
        raise SettingsError(f"{place}: more than {MOST_VIPS} lines")
    found = set()
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if re.fullmatch(r"[0-9a-f]{64}", text):
            found.add(text)
        elif normalised := normalise(text, company.country):
            found.add(key_of(secret, normalised))
        elif text:
            raise SettingsError(f"{place}: line {number}: neither a number nor a caller key")
    return frozenset(found)
