"""The file's tables, each checked by its model; settings_building.py makes values of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from callcenter.settings_faults import Faults, message_of, place_of
from callcenter.settings_kinds import Table
from callcenter.settings_schema import (
    KEYS,
    AdministratorTable,
    CompanyTable,
    FileTable,
    MailTable,
    OperatorTable,
    PbxTable,
    RelayApiTable,
    WarehouseTable,
    keys,
)
from callcenter.settings_schema_relay import ConsoleTable, LoymaxTable, OtrsTable, RelayTable, ServiceTable

_Model = TypeVar("_Model", bound=Table)
# What the tables within a table are, for a hint at an unknown key.
_NESTED: dict[type[Table], str] = {
    CompanyTable: "mapping",
    ConsoleTable: "jwt",
    LoymaxTable: "webhooks",
    RelayTable: "close_reason",
}


@dataclass(slots=True)
class Parsed:
    """The tables that could be read, with their places: faults between tables are looked for among them."""

    warehouse: WarehouseTable | None
    pbxs: dict[str, PbxTable]
    companies: dict[str, CompanyTable]
    operators: dict[str, OperatorTable]
    default_timezone: str | None
    relay: RelayTable | None
    console: ConsoleTable | None
    loymax: LoymaxTable | None
    otrs: OtrsTable | None
    mail: MailTable | None
    services: dict[str, ServiceTable]
    relay_api: RelayApiTable | None
    administrators: dict[str, AdministratorTable]


def parse(tables: dict[str, Any], found: Faults) -> Parsed:
    top = _validate(FileTable, tables, "", found)
    return Parsed(
        warehouse=_validate_one(WarehouseTable, tables, "warehouse", found),
        pbxs=_validate_each(PbxTable, tables, "pbx", found),
        companies=_validate_each(CompanyTable, tables, "company", found),
        operators=_validate_each(OperatorTable, tables, "operator", found),
        default_timezone=top.default_timezone if top else None,
        relay=_validate_one(RelayTable, tables, "relay", found),
        console=_validate_one(ConsoleTable, tables, "console", found),
        loymax=_validate_one(LoymaxTable, tables, "loymax", found),
        otrs=_validate_one(OtrsTable, tables, "otrs", found),
        mail=_validate_one(MailTable, tables, "mail", found),
        services=_validate_each(ServiceTable, tables, "service", found),
        relay_api=_validate_one(RelayApiTable, tables, "relay_api", found),
        administrators=_validate_each(AdministratorTable, tables, "administrator", found),
    )


def _validate_one(model: type[_Model], tables: dict[str, Any], key: str, found: Faults) -> _Model | None:
    table = tables.get(key)
    return _validate(model, table, key, found) if isinstance(table, dict) else None


def _validate(model: type[_Model], table: dict[str, Any], place: str, found: Faults) -> _Model | None:
    try:
        return model.model_validate(table)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            nested = _nested(model, error["loc"])
            known = KEYS[nested] if nested else keys(model)
            found.add(place_of(place, error["loc"]), message_of(error, known))
        return None


def _nested(model: type[Table], place: tuple[int | str, ...]) -> str | None:
    """The table within the table; the innermost that has a name of its own in KEYS."""
    within = [str(part) for part in place[:-1] if part in KEYS]
    return within[-1] if within else _NESTED.get(model) if len(place) > 1 else None


def _validate_each(model: type[_Model], tables: dict[str, Any], key: str, found: Faults) -> dict[str, _Model]:
    listed = tables.get(key)
    rows = listed if isinstance(listed, list) else []
    parsed = {
        f"{key}[{index}]": _validate(model, row, f"{key}[{index}]", found)
        for index, row in enumerate(rows)
        if isinstance(row, dict)
    }
    return {place: row for place, row in parsed.items() if row is not None}


def company_ids(tables: dict[str, Any]) -> set[str]:
    """Every Company id as written, also of Companies with faults, so that one fault is told once."""
    listed = tables.get("company")
    rows = listed if isinstance(listed, list) else []
    return {row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
