"""What a database lets our user do with a table, and by what the table can be searched; for the doctor."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

_MAY_WRITE = {
    # The name is resolved as in a statement; a list means any of them.
    "postgresql": "SELECT has_table_privilege(:quoted, 'INSERT, UPDATE, DELETE, TRUNCATE')",
    # Each user sees the privileges of its own; a database's name may stand there as a pattern.
    "mysql": """
        SELECT count(*) > 0 FROM (
            SELECT privilege_type, grantee FROM information_schema.user_privileges
            UNION ALL
            SELECT privilege_type, grantee FROM information_schema.schema_privileges
            WHERE coalesce(:schema, database()) LIKE table_schema
            UNION ALL
            SELECT privilege_type, grantee FROM information_schema.table_privileges
            WHERE table_schema = coalesce(:schema, database()) AND table_name = :table
        ) AS held
        WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'DROP', 'ALTER', 'CREATE')
            AND replace(grantee, char(39), '') = current_user()
    """,
}


def may_write(connection: sa.Connection, name: str) -> bool:
    """Whether our user may change the table, of which it needs to read alone; a file's mode says it of SQLite."""
    schema, _, table = name.rpartition(".")
    asked = _MAY_WRITE.get(connection.dialect.name)
    if asked is None:
        return False
    quote = connection.dialect.identifier_preparer.quote
    quoted = f"{quote(schema)}.{quote(table)}" if schema else quote(table)
    given = {"quoted": quoted, "schema": schema or None, "table": table}
    return bool(connection.execute(sa.text(asked), given).scalar())


def is_indexed(connection: sa.Connection, name: str, column: str) -> bool | None:
    """Whether rows are found by the column without reading the whole table; None for a view, which does not tell."""
    schema, _, table = name.rpartition(".")
    inspector = sa.inspect(connection)
    if table in inspector.get_view_names(schema or None):
        return None
    indexes: list[Sequence[str | None]] = [
        each["column_names"] for each in inspector.get_indexes(table, schema or None)
    ]
    indexes.append(inspector.get_pk_constraint(table, schema or None)["constrained_columns"])
    return any((each[0] or "").lower() == column.lower() for each in indexes if each)


def is_encrypted(connection: sa.Connection) -> bool:
    """Whether what it sends can be read on the way."""
    if connection.dialect.name == "postgresql":
        return bool(connection.connection.driver_connection.pgconn.ssl_in_use)  # type: ignore[union-attr]
    row = connection.exec_driver_sql("SHOW STATUS LIKE 'Ssl_cipher'").one()
    return bool(row[1])
