"""The pipelines' own queries: one literal file each, values bound by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text("utf-8")
