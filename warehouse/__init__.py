"""The warehouse: logs in, figures out, in DuckDB. Knows no Dagster."""
