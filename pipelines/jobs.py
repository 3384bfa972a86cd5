"""What can be run: by a sensor, or by hand from the UI's Jobs."""

from __future__ import annotations

from dagster import AssetSelection, define_asset_job, in_process_executor

from pipelines.assets.closing import company_day_closed
from pipelines.assets.mailing import mailed_report
from pipelines.assets.publication import published
from pipelines.assets.raw import load_new_bytes
from pipelines.assets.reconciliation import reconcile_callbacks
from pipelines.assets.relay_facts import load_relay_facts
from pipelines.assets.reporting import monthly_report
from pipelines.assets.small_marts import build_changed_days
from pipelines.checks import check_figures

# In process: the steps follow one another anyway, and a process for each would cost 2 s a step.
EXECUTOR = in_process_executor

load = define_asset_job(
    "load",
    AssetSelection.assets(
        load_new_bytes, load_relay_facts, build_changed_days, published, reconcile_callbacks
    )
    | AssetSelection.checks(check_figures),
    description="New lines to figures: reads what is new, builds the days it touches, checks, publishes.",
    executor_def=EXECUTOR,
)

close_days = define_asset_job(
    "close_days",
    AssetSelection.assets(company_day_closed),
    description="Closes a Company's days that have ended, in its own time zone.",
    executor_def=EXECUTOR,
)

write_reports = define_asset_job(
    "write_reports",
    AssetSelection.assets(monthly_report),
    description="Writes a Company's Excel file of a month.",
    executor_def=EXECUTOR,
)

mail_reports = define_asset_job(
    "mail_reports",
    AssetSelection.assets(mailed_report),
    description="Writes a Company's Excel file of a day, a week or a month, and mails it.",
    executor_def=EXECUTOR,
)
