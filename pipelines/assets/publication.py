"""The published file: what everybody but the pipelines reads."""

from dagster import AllPartitionMapping, AssetDep, AssetExecutionContext, MaterializeResult, asset

from pipelines.days import TIMES
from pipelines.publishing import publish_reconciled
from pipelines.resource import CallCenter
from pipelines.specs import OWNERS
from warehouse import catalog

_SMALL = [model.name for model in catalog.in_layer("marts") if model.is_replaced_whole]


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
        return MaterializeResult(metadata=publish_reconciled(opened))
