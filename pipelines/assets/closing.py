"""Closing a Company's days: what its figures were when the day was over, and each time they changed since."""

from datetime import UTC, datetime

from dagster import AllPartitionMapping, AssetDep, AssetExecutionContext, MaterializeResult, asset

from pipelines import ledger
from pipelines.companies import timezone_of
from pipelines.ends import last_ended_day
from pipelines.partitions import COMPANIES
from pipelines.resource import CallCenter, Opened
from pipelines.restating import restatements_table
from pipelines.shown import ONE_DAY, Metadata, company_table, times
from pipelines.specs import OWNERS
from reports.figures import Period


@asset(
    pool="warehouse",
    group_name="closed_days",
    owners=OWNERS,
    kinds={"duckdb"},
    partitions_def=COMPANIES,
    deps=[AssetDep("agg_call_hour", partition_mapping=AllPartitionMapping())],
)
def company_day_closed(context: AssetExecutionContext, call_center: CallCenter) -> MaterializeResult[None]:
    """The figures of each Company's days when they were closed: `ledger.closing` in the warehouse.

    A day is closed once its local midnight is 15 minutes past; days that an outage left open are closed with
    it. A call that ends later, or lines that come later, re-open the day: it is closed again as the next
    version, with what its figures were and are. One partition is one Company, and closes all that is due: a
    year of history is one run and not 365.
    """
    with call_center.open(context.log.info) as opened:
        return MaterializeResult(metadata=close(opened, context.partition_key, datetime.now(UTC)))


def close(opened: Opened, company: str, now: datetime) -> Metadata:
    """Closes what has ended by `now` (with a time zone); shows the newest closed day."""
    last = last_ended_day(timezone_of(opened.settings, company), now)
    at = now.astimezone(UTC).replace(tzinfo=None)
    closed = ledger.close_days(opened.con, company, last, at)
    restated = ledger.restate_days(opened.con, at, company)
    return {
        "companies": company_table(opened.marts, Period(last, last + ONE_DAY), company),
        "rows": len(closed),
        **times(closed[0] if closed else None, closed[-1] if closed else None),
        "source": "agg_call_hour",
        "restated": restatements_table(restated),
    }
