"""The models: one .sql and one .yml each, found by name.

raw and intermediate tables are CREATE statements, staging views are CREATE VIEW, `int_` models make temporary
tables, and a mart is a SELECT whose result replaces a range of its table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

MODELS = Path(__file__).with_name("models")
LAYERS = ("raw", "staging", "intermediate", "marts")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as analysts read of it."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Model:
    """A table or view: its SQL, what one row is (`grain`), and its columns."""

    name: str
    layer: str
    sql: str
    description: str
    grain: str
    columns: tuple[Column, ...]
    is_replaced_whole: bool = False


@cache
def models() -> dict[str, Model]:
    """Every model by name, in the order of the layers."""
    return {
        path.stem: _read(path, layer) for layer in LAYERS for path in sorted((MODELS / layer).glob("*.sql"))
    }


def sql(name: str) -> str:
    return models()[name].sql


def in_layer(layer: str) -> list[Model]:
    return [model for model in models().values() if model.layer == layer]


@cache
def fingerprint() -> str:
    """Changes when what a figure means may have changed: the facts are then built anew."""
    return sha256("\0".join(model.sql for model in models().values()).encode()).hexdigest()


def _read(path: Path, layer: str) -> Model:
    described: dict[str, Any] = {}
    if path.with_suffix(".yml").exists():
        described = yaml.safe_load(path.with_suffix(".yml").read_text("utf-8"))
    columns = tuple(
        Column(name, column["type"], column["description"])
        for name, column in described.get("columns", {}).items()
    )
    return Model(
        name=path.stem,
        layer=layer,
        sql=path.read_text("utf-8"),
        description=described.get("description", ""),
        grain=described.get("grain", ""),
        columns=columns,
        is_replaced_whole=described.get("replace") == "whole",
    )
