"""The warehouse: logs in, figures out, in DuckDB. Knows no Dagster."""

import os

# Polars reads beside DuckDB, which has the cores: a pool as large as DuckDB's costs an eighth of the loading.
os.environ.setdefault("POLARS_MAX_THREADS", str(max(1, (os.cpu_count() or 1) // 4)))
