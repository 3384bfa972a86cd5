"""The published file: what everybody but the pipelines reads."""

from collections.abc import Iterator

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    AssetMaterialization,
    DagsterInstance,
    MaterializeResult,
    asset,
)

from pipelines import ledger
from pipelines.days import TIMES, day_metadata, shown_days, unreported_days
from pipelines.publishing import publish_reconciled
from pipelines.resource import CallCenter, Opened
from pipelines.specs import OWNERS
from warehouse import catalog
from warehouse.callbacks import CALLBACK_FACTS

_SMALL = [
    *(model.name for model in catalog.in_layer("marts") if model.is_replaced_whole),
    *CALLBACK_FACTS,
]


@asset(
    pool="warehouse",
    group_name="published",
    owners=OWNERS,
    kinds={"duckdb", "file"},
    deps=[*_SMALL, *(AssetDep(table, partition_mapping=AllPartitionMapping()) for table in TIMES)],
)
def published(context: AssetExecutionContext, call_center: CallCenter) -> MaterializeResult[None]:
    """All marts in one read-only file, which takes its predecessor's place by an atomic rename.

    Analysts, reports, the statistics page and the command line read it. Nothing is published while figures do
    not add up; readers then keep the last that did.
    """
    with call_center.open(context.log.info) as opened:
        metadata = publish_reconciled(opened)
        for report in _reports(opened, context.instance):
            context.log_event(report)
        ledger.forget_built_days(opened.con)
    return MaterializeResult(metadata=metadata)


def _reports(opened: Opened, instance: DagsterInstance) -> Iterator[AssetMaterialization]:
    """The facts' partitions that are now published: those built since, and those Dagster never heard of.

    After publication, as Dagster takes 15 ms to note each and the first load of a year has two thousand. With
    the warehouse open all the while: a run that does not hold it is taken for dead.
    """
    days = ledger.built_days(opened.con) | set(unreported_days(opened.con, instance))
    for table, day, metadata in day_metadata(opened, shown_days(days)):
        yield AssetMaterialization(table, partition=day.isoformat(), metadata=metadata)
