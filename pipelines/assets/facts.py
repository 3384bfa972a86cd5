"""Facts and aggregates, by the UTC date of the call's start."""

from collections.abc import Iterator
from datetime import date

from dagster import AssetExecutionContext, AssetMaterialization, MaterializeResult, multi_asset

from pipelines.days import TIMES, day_metadata, raw_rows
from pipelines.partitions import DAYS, ONE_RUN
from pipelines.publishing import publish_reconciled
from pipelines.resource import CallCenter
from pipelines.restating import restate
from pipelines.shown import ONE_DAY, local_days, told
from pipelines.specs import mart_spec
from warehouse.build import build_days
from warehouse.marts import replace_small_marts


@multi_asset(
    name="rebuild_days",
    pool="warehouse",
    partitions_def=DAYS,
    backfill_policy=ONE_RUN,
    specs=[
        mart_spec("fct_call", "facts", ["raw_queue_log", "raw_cdr", "callcenter_toml"]),
        mart_spec("fct_queue_pass", "facts", ["raw_queue_log", "fct_call"]),
        mart_spec("fct_operator_event", "facts", ["raw_queue_log", "callcenter_toml"]),
        mart_spec("agg_call_hour", "aggregates", ["fct_call"]),
        mart_spec("agg_queue_day", "aggregates", ["fct_queue_pass"]),
        mart_spec("agg_operator_day", "aggregates", ["fct_queue_pass"]),
    ],
)
def rebuild_days(
    context: AssetExecutionContext, call_center: CallCenter
) -> Iterator[MaterializeResult[None]]:
    """Builds the facts of a day, or of a range in one run, anew from the raw lines, and publishes them.

    Loading does this by itself for the days that new lines touch; this is for going back, and gives the same
    rows. It publishes in the same step: whoever rebuilds a day wants readers to see it, and there is no half.
    """
    days = [date.fromisoformat(key) for key in context.partition_keys]
    with call_center.open(context.log.info) as opened:
        key = call_center.number_key(opened.settings)
        build_days(opened.con, key, raw_rows(opened.con, days), told(context.log.info))
        replace_small_marts(opened.con)
        restate(opened, context.log_event)
        for table, day, metadata in day_metadata(opened, days):
            context.add_asset_metadata(metadata, asset_key=table, partition_key=day.isoformat())
        published = publish_reconciled(opened, local_days(opened.con, min(days), max(days) + ONE_DAY))
        context.log_event(AssetMaterialization("published", metadata=published))
    for table in TIMES:
        yield MaterializeResult(asset_key=table)
