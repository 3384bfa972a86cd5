"""Dimensions and data quality; and, on the way to them, the facts of the days that new lines touch."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    MaterializeResult,
    multi_asset,
)

from pipelines import ledger
from pipelines.days import touched_days
from pipelines.resource import CallCenter, Opened
from pipelines.restating import restate
from pipelines.shown import ONE_DAY, company_table, extent, local_days, recent_days, told
from pipelines.specs import mart_spec
from warehouse.build import build_dirty_days
from warehouse.marts import replace_small_marts
from warehouse.retention import erase_expired

_ALL_CALLS = AssetDep("fct_call", partition_mapping=AllPartitionMapping())
_ALL_HOURS = AssetDep("agg_call_hour", partition_mapping=AllPartitionMapping())

# Where each comes from, and which of its columns have its first and last time; dimensions have none.
_TABLES = {
    "fct_callback": ("raw.relay_facts", ("opened_at", "opened_at")),
    "fct_callback_attempt": ("raw.relay_facts", ("dialled_at", "dialled_at")),
    "dim_company": ("callcenter.toml", ()),
    "dim_mapping": ("callcenter.toml", ()),
    "dim_operator": ("callcenter.toml", ()),
    "dim_pbx": ("callcenter.toml, agg_call_hour", ()),
    "dq_relay_feed": ("raw.relay_feed", ("first_recorded_at", "last_recorded_at")),
    "dq_relay_day": ("raw.relay_facts, fct_call", ("started_on", "started_on")),
    "dq_quarantine": ("raw.quarantine", ("last_loaded_at", "last_loaded_at")),
    "dq_source": ("raw.source", ("loaded_at", "loaded_at")),
    "dq_unmapped": ("fct_call", ("first_at", "last_at")),
}


@multi_asset(
    name="build_changed_days",
    pool="warehouse",
    specs=[
        mart_spec("dim_company", "dimensions", ["callcenter_toml"]),
        mart_spec("dim_mapping", "dimensions", ["callcenter_toml"]),
        mart_spec("dim_operator", "dimensions", ["callcenter_toml"]),
        mart_spec("dim_pbx", "dimensions", ["callcenter_toml", _ALL_HOURS]),
        mart_spec("fct_callback", "facts", ["raw_relay_facts", "callcenter_toml"]),
        mart_spec("fct_callback_attempt", "facts", ["raw_relay_facts", "callcenter_toml"]),
        mart_spec("dq_relay_feed", "data_quality", ["raw_relay_facts"]),
        mart_spec("dq_relay_day", "data_quality", ["raw_relay_facts", _ALL_CALLS]),
        mart_spec("dq_quarantine", "data_quality", ["raw_quarantine", "raw_relay_facts"]),
        mart_spec("dq_source", "data_quality", ["raw_queue_log", "raw_cdr"]),
        mart_spec("dq_unmapped", "data_quality", [_ALL_CALLS]),
    ],
)
def build_changed_days(
    context: AssetExecutionContext, call_center: CallCenter
) -> Iterator[MaterializeResult[None]]:
    """Brings the marts up to the raw lines: the facts of the days new lines touch, the callbacks, the small tables.

    Which days those are is known only once the lines are read, so they cannot be this run's partitions. They
    are built here, and reported as what they are, partitions of the facts, once they are published.
    """
    with call_center.open(context.log.info) as opened:
        key = call_center.number_key(opened.settings)
        built = build_dirty_days(opened.con, opened.settings, key, told(context.log.info))
        restate(opened, context.log_event)
        days = touched_days(opened.con, built)
        ledger.add_built_days(opened.con, days)
        _erase_expired(context, opened)
        period = local_days(opened.con, days[0], days[-1] + ONE_DAY) if days else recent_days(opened.con)
        companies = company_table(opened.marts, period)
        for table, (source, columns) in _TABLES.items():
            shown = {"companies": companies, **extent(opened.con, table, *columns), "source": source}
            yield MaterializeResult(asset_key=table, metadata=shown)


def _erase_expired(context: AssetExecutionContext, opened: Opened) -> None:
    """Raw lines older than the settings keep them, now that they are facts."""
    if erased := erase_expired(opened.con, opened.settings, datetime.now(UTC)):
        months = opened.settings.warehouse.retention_months
        context.log.info(f"{erased} raw lines erased: older than {months} months")
        replace_small_marts(opened.con)
