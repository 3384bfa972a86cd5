"""The migrations and the tables are one; up and down again leaves nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from relay.store.engine import config
from relay.store.schema import metadata


def test_the_newest_migration_gives_the_tables(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'relay.db'}")
    with engine.begin() as con:
        alembic = config()
        alembic.attributes["connection"] = con
        command.upgrade(alembic, "head")
        assert compare_metadata(MigrationContext.configure(con), metadata) == []
        command.downgrade(alembic, "base")
        assert set(inspect(con).get_table_names()) <= {"alembic_version"}
    engine.dispose()
