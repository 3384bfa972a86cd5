"""Alembic's entry: runs on the connection that store.engine hands over, inside its transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from relay.store.schema import metadata

LOCK = 0x63616C6C  # any number of our own


def _run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite"
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
