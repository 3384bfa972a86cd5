"""Assets mirror the tables. A step opens the warehouse, calls a function of it and shows what came of it.

These modules, the checks and the sensors do without `from __future__ import annotations`: Dagster reads the
annotation of `context` as it stands, and refuses one that is text.
"""
