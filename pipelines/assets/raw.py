"""Loading: unpartitioned, since new bytes are known by file and position and not by day."""

from collections.abc import Iterator
from datetime import datetime

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetObservation,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from callcenter.settings import Settings
from pipelines.files import files_by_asset, matches, patterns, sizes_of
from pipelines.resource import CallCenter, Opened
from pipelines.restating import now_utc
from pipelines.shown import Metadata, company_table, listed, local_days, times
from pipelines.specs import raw_spec
from warehouse.load import LoadResult
from warehouse.load import load_new_bytes as load

_TIMES = {"queue_log": "logged_at", "cdr": "started_at", "quarantine": "_loaded_at"}
_READ = AssetCheckSpec(
    "all_files_read",
    asset="raw_queue_log",
    description="Every file the settings name is there and can be opened.",
)


@multi_asset(
    name="load_new_bytes",
    pool="warehouse",
    specs=[
        raw_spec("queue_log", "The lines of queue_log as delivered.", ["queue_log_files"]),
        raw_spec("cdr", "The rows of the CDR as delivered: a row per leg, many to a call.", ["cdr_files"]),
        raw_spec(
            "quarantine",
            "Lines that could not be read, with file, offset and reason: nothing is skipped silently.",
            ["queue_log_files", "cdr_files"],
        ),
    ],
    check_specs=[_READ],
)
def load_new_bytes(
    context: AssetExecutionContext, call_center: CallCenter
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Reads what is new in every log.

    Position and rows are one transaction, so a run that was killed is simply resumed by the next.
    """
    with call_center.open(context.log.info) as opened:
        began = now_utc()
        result = load(
            opened.con, opened.settings, lambda path, size: context.log.info(f"{path}: {size:,} bytes")
        )
        for table in _TIMES:
            yield MaterializeResult(f"raw_{table}", metadata=_metadata(opened, table, began, result))
        yield _all_files_read(opened.settings, result)
        for seen in _files_seen(opened.settings):
            context.log_event(seen)


def _metadata(opened: Opened, table: str, began: datetime, result: LoadResult) -> Metadata:
    """Of what this load added. Its facts are built next: the Company table is of the same days, before."""
    at = _TIMES[table]
    row = opened.con.execute(
        f"SELECT count(*), min({at}), max({at}), min({at})::DATE, max({at})::DATE + 1"  # noqa: S608 - our own names
        f" FROM raw.{table} WHERE _loaded_at >= $began",
        {"began": began},
    ).fetchall()[0]
    files = opened.con.execute(
        f"SELECT path FROM raw.source WHERE source_id IN"  # noqa: S608 - our own names
        f" (SELECT _source FROM raw.{table} WHERE _loaded_at >= $began) ORDER BY path",
        {"began": began},
    ).fetchall()
    before = local_days(opened.con, row[3], row[4]) if row[0] else None
    return {
        "rows": row[0],
        **times(row[1], row[2]),
        "source": listed(path for (path,) in files),
        "rows_per_second": round(result.rows_per_second),
        "companies": company_table(opened.marts, before, heading="before these lines"),
    }


def _files_seen(settings: Settings) -> Iterator[AssetObservation]:
    """What lay there, for the assets that others write."""
    for name, paths in files_by_asset(settings).items():
        sizes = sizes_of(paths)
        shown: Metadata = {"files": len(sizes), "bytes": sum(sizes.values()), "source": listed(sizes)}
        yield AssetObservation(name, metadata=shown)


def _all_files_read(settings: Settings, result: LoadResult) -> AssetCheckResult:
    missing = [f"{pattern}: no such file" for pattern in patterns(settings) if not any(matches(pattern))]
    faults = [*result.failures, *missing]
    return AssetCheckResult(
        check_name=_READ.name,
        asset_key=_READ.asset_key,
        passed=not faults,
        severity=AssetCheckSeverity.WARN,
        metadata={"faults": MetadataValue.md("\n".join(f"- `{fault}`" for fault in faults) or "none")},
    )
