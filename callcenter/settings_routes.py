"""Faults of what `route` answers from: rules that name what is another Company's, or that can never speak."""

from __future__ import annotations

from collections.abc import Iterable

from callcenter.settings_faults import Faults, did_you_mean, quoted
from callcenter.settings_schema import CompanyTable
from callcenter.settings_schema_relay import RouteTable, RuleTable

_CONDITIONS = ("dids", "when", "hours", "days", "vip")
_SAID = ("open", "queue", "priority", "language", "account_code")


def check_routes(tables: dict[str, CompanyTable], found: Faults) -> None:
    for place, company in tables.items():
        if company.route:
            _check_route(company.route, f"{place}.route", found)
            _check_owned(company.route, company, f"{place}.route", found)
        first: dict[str, str] = {}
        for index, rule in enumerate(company.rule):
            at = f"{place}.rule[{index}]"
            if rule.name in first:
                found.add(f"{at}.name", f"{quoted(rule.name)} is taken: {first[rule.name]} has it")
            first.setdefault(rule.name, at)
            _check_rule(rule, at, found)
            _check_owned(rule, company, at, found)
        _check_reached(company, place, found)


def _check_route(route: RouteTable, place: str, found: Faults) -> None:
    both = sorted(set(route.closed_days or ()) & set(route.working_days or ()))
    if both:
        found.add(f"{place}.working_days", f"has {both[0]}, and so has closed_days")


def _check_rule(rule: RuleTable, place: str, found: Faults) -> None:
    if all(getattr(rule, name) is None for name in _SAID):
        found.add(place, f"says nothing: it needs one of {', '.join(_SAID)}")


def _check_reached(company: CompanyTable, place: str, found: Faults) -> None:
    """The first rule that holds is the one that speaks, so nothing comes behind one without conditions."""
    for index, rule in enumerate(company.rule[:-1]):
        if all(getattr(rule, name) is None for name in _CONDITIONS):
            found.add(f"{place}.rule[{index + 1}]", f"never speaks: rule {quoted(rule.name)} holds always")
            return


def _check_owned(table: RouteTable | RuleTable, company: CompanyTable, place: str, found: Faults) -> None:
    _check_known(f"{place}.queue", "queue", table.queue, (each.name for each in company.queues), found)
    codes = (each.name for each in company.account_codes)
    _check_known(f"{place}.account_code", "account code", table.account_code, codes, found)
    for index, did in enumerate((isinstance(table, RuleTable) and table.dids) or ()):
        dids = (each.name for each in company.dids)
        _check_known(f"{place}.dids[{index}]", "DID", did, dids, found)


def _check_known(place: str, what: str, value: str | None, names: Iterable[str], found: Faults) -> None:
    known = list(names)
    if value is not None and value not in known:
        found.add(place, f"no {what} of this Company: {quoted(value)}{did_you_mean(value, known)}")
