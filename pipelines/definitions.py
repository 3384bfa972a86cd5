"""What Dagster loads: composition only. Nothing is read here; runs and ticks read the settings."""

from __future__ import annotations

from dagster import Definitions

from pipelines.assets.closing import company_day_closed
from pipelines.assets.facts import rebuild_days
from pipelines.assets.files import LOGS, RELAY, SETTINGS
from pipelines.assets.mailing import mailed_report
from pipelines.assets.publication import published
from pipelines.assets.raw import load_new_bytes
from pipelines.assets.reconciliation import reconcile_callbacks
from pipelines.assets.relay_facts import load_relay_facts
from pipelines.assets.reporting import monthly_report
from pipelines.assets.small_marts import build_changed_days
from pipelines.checks import check_figures
from pipelines.housekeeping import forget_loads, forget_loads_nightly
from pipelines.jobs import EXECUTOR, close_days, load, mail_reports, write_reports
from pipelines.resource import CallCenter
from pipelines.sensors.closing import company_midnight
from pipelines.sensors.dead_runs import dead_runs
from pipelines.sensors.logs import log_growth
from pipelines.sensors.mailing import reports_due
from pipelines.sensors.relay import relay_facts_due
from pipelines.sensors.reporting import month_end

defs = Definitions(
    assets=[
        *LOGS,
        RELAY,
        SETTINGS,
        load_new_bytes,
        load_relay_facts,
        rebuild_days,
        build_changed_days,
        published,
        reconcile_callbacks,
        company_day_closed,
        monthly_report,
        mailed_report,
    ],
    asset_checks=[check_figures],
    jobs=[load, close_days, write_reports, mail_reports, forget_loads],
    schedules=[forget_loads_nightly],
    sensors=[log_growth, relay_facts_due, company_midnight, month_end, reports_due, dead_runs],
    resources={"call_center": CallCenter()},
    executor=EXECUTOR,
)
