"""What the figures mean, as a fingerprint: settings, models and libraries. Another one, and all is built anew."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version

import duckdb

from callcenter.directory import directory_fingerprint
from callcenter.settings import Settings
from warehouse import catalog
from warehouse.engine import HINT_RANK

_LIBRARIES = ("phonenumbers", "tzdata")  # a new version may spell a number or place a midnight differently


def definition_changed(con: duckdb.DuckDBPyConnection, settings: Settings, number_key: bytes) -> bool:
    """Whether the facts were built by another definition; False where none were built yet."""
    known = con.execute("SELECT fingerprint FROM raw.definition").fetchone()
    return known is not None and known[0] != _definition(settings, number_key)


def remember_definition(con: duckdb.DuckDBPyConnection, settings: Settings, number_key: bytes) -> None:
    con.begin()
    con.execute("DELETE FROM raw.definition")
    con.execute(
        "INSERT INTO raw.definition VALUES ($fingerprint, $built_at)",
        {
            "fingerprint": _definition(settings, number_key),
            "built_at": datetime.now(UTC).replace(tzinfo=None),
        },
    )
    con.commit()


def _definition(settings: Settings, number_key: bytes) -> str:
    libraries = (f"{name} {version(name)}" for name in _LIBRARIES)
    parts = (
        catalog.fingerprint(),
        HINT_RANK,
        directory_fingerprint(settings),
        sha256(number_key).hexdigest(),
        *libraries,
    )
    return sha256("\0".join(parts).encode()).hexdigest()
