"""Publication, last of all: a run that fails before it leaves the published file as it was."""

from __future__ import annotations

from dagster import Failure, MetadataValue

from pipelines.resource import Opened
from pipelines.shown import Metadata, company_table, extent, recent_days
from reports.figures import Period
from warehouse.publish import publish
from warehouse.reconciliation import NotReconciledError


def publish_reconciled(opened: Opened, period: Period | None = None) -> Metadata:
    """Publishes the marts; shows the figures of the period, or of the last week.

    A Failure, and nothing is published, where figures do not add up: readers keep the last ones that did.
    """
    try:
        size = publish(opened.con, opened.settings)
    except NotReconciledError as error:
        raise Failure(str(error)) from error
    return {
        "companies": company_table(opened.marts, period or recent_days(opened.con)),
        **extent(opened.con, "fct_call", "started_at", "started_at"),
        "source": "the marts",
        "path": MetadataValue.path(str(opened.settings.warehouse.published)),
        "bytes": size,
    }
