"""The relay's own store: SQLite or PostgreSQL, one code path; what happened is in here before anybody is told."""
