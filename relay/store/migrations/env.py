"""Alembic's entry: runs on the connection that store.engine hands over, inside its transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from relay.store.schema import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite"
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
