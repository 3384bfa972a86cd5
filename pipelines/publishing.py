"""Publication, last of all: a run that fails before it leaves the published file as it was."""

from __future__ import annotations

from dagster import Failure, MetadataValue

from pipelines.reconciliation import unreconciled
from pipelines.resource import Opened
from pipelines.shown import Metadata, company_table, extent, recent_days
from reports.figures import Period
from warehouse.publish import publish

_TOLD_AT_MOST = 20


def publish_reconciled(opened: Opened, period: Period | None = None) -> Metadata:
    """Publishes the marts; shows the figures of the period, or of the last week.

    A Failure, and nothing is published, where figures do not add up: readers keep the last ones that did.
    """
    if faults := unreconciled(opened.con):
        raise Failure("Not published: figures do not add up.\n" + "\n".join(faults[:_TOLD_AT_MOST]))
    size = publish(opened.con, opened.settings)
    return {
        "companies": company_table(opened.marts, period or recent_days(opened.con)),
        **extent(opened.con, "fct_call", "started_at", "started_at"),
        "source": "the marts",
        "path": MetadataValue.path(str(opened.settings.warehouse.published)),
        "bytes": size,
    }
