"""Settings files of the tests: the smallest, and what may be added."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from callcenter.settings import Settings

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "callcenter.example.toml"

WAREHOUSE = """
[warehouse]
path = "data/warehouse.duckdb"
published = "data/callcenter.duckdb"
"""
PBX = """
[[pbx]]
name = "lab"
queue_log = ["logs/queue_log*"]
trunks = ["PJSIP/trunk"]
"""
ACME = """
[[company]]
id = "acme"
name = "ACME"
timezone = "Europe/Moscow"
"""
GLOBEX = ACME.replace("acme", "globex").replace("ACME", "Globex")
ALICE = """
[[operator]]
login = "alice"
name = "Alice"
companies = ["acme"]
interface = "PJSIP/101"
"""
SMALLEST = WAREHOUSE + PBX + ACME


def with_table(table: str) -> str:
    return WAREHOUSE + PBX + f"cdr_database = {table}\n" + ACME


Load = Callable[[str], Settings]
Faults = Callable[[str], list[str]]
