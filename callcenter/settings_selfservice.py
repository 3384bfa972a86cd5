"""Faults of what callers may do by the IVR: on without what it needs, and trunks that are attested but no trunks."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.settings_faults import Faults, quoted
from callcenter.settings_schema import CompanyTable, PbxTable


def check_selfservice(
    companies: dict[str, CompanyTable],
    pbxs: dict[str, PbxTable],
    tables: Mapping[str, object],
    found: Faults,
) -> None:
    relay = tables.get("relay")
    can_ask = isinstance(relay, dict) and "agi" in relay
    for place, company in companies.items():
        for key in ("balance", "block_card"):
            if not getattr(company.selfservice, key, None):
                continue
            at = f"{place}.selfservice.{key}"
            if "loymax" not in tables:
                found.add(at, "nobody could be asked: there is no [loymax]")
            if not can_ask:
                found.add(at, "no dial plan could ask: there is no [relay.agi]")
    for place, pbx in pbxs.items():
        _check_attested(pbx, place, found)


def _check_attested(pbx: PbxTable, place: str, found: Faults) -> None:
    for index, trunk in enumerate(pbx.attested_trunks or ()):
        if not trunk.startswith(tuple(pbx.trunks)):
            found.add(f"{place}.attested_trunks[{index}]", f"begins like none of its trunks: {quoted(trunk)}")
