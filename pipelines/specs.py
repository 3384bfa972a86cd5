"""Tables as Dagster shows them: description, columns and lineage, from the models themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dagster import AssetDep, AssetSpec, TableColumn, TableSchema

from warehouse import catalog

OWNERS = ["team:call-center"]


def mart_spec(name: str, group: str, deps: Sequence[AssetDep | str]) -> AssetSpec:
    """A mart: what it is, what one row is, and its columns, as its .yml has them."""
    model = catalog.models()[name]
    columns = [TableColumn(c.name, c.type, description=c.description) for c in model.columns]
    return AssetSpec(
        name,
        deps=deps,
        group_name=group,
        owners=OWNERS,
        kinds={"duckdb", "sql"},
        description=f"{model.description}\n\nOne row is {model.grain}.",
        metadata={
            "dagster/column_schema": TableSchema(columns=columns),
            "dagster/table_name": f"marts.{name}",
        },
    )


def raw_spec(table: str, description: str, deps: Sequence[str]) -> AssetSpec:
    """A raw table: its columns are those of its CREATE statement."""
    found = re.findall(r'^ {4}"?(\w+)"? (\w+)', catalog.sql(table), re.MULTILINE)
    columns = [TableColumn(name, kind, description=_RAW_COLUMNS.get(name)) for name, kind in found]
    return AssetSpec(
        f"raw_{table}",
        deps=deps,
        group_name="raw",
        owners=OWNERS,
        kinds={"duckdb"},
        description=description,
        metadata={
            "dagster/column_schema": TableSchema(columns=columns),
            "dagster/table_name": f"raw.{table}",
        },
    )


_RAW_COLUMNS = {
    "pbx": "The PBX, by its name in the settings.",
    "kind": "'queue_log' or 'cdr'; of a fact, what happened.",
    "path": "The file, where it was when the line was read.",
    "_source": "The file, by its number in raw.source.",
    "_offset": "Where the line begins, in uncompressed bytes. With _source, the line's identity.",
    "_loaded_at": "UTC. When the line was read.",
    "_run": "Rows without uniqueid: the run of rows this one is part of.",
    "logged_at": "UTC. The event's time.",
    "started_at": "UTC. `start`, read in the PBX's cdr_timezone.",
    "line": "The line as the PBX wrote it.",
    "reason": "Why it could not be read.",
}
