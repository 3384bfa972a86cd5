"""Dagster: thin assets over warehouse and reports; the only writer of the warehouse."""
