"""How assets are cut into partitions. Fixed dates: definitions load without settings and without data."""

from __future__ import annotations

import warnings

from dagster import (
    BackfillPolicy,
    BetaWarning,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    MonthlyPartitionsDefinition,
    MultiPartitionsDefinition,
)

# Older calls are loaded, built and published as well; only a backfill of an older day is not on offer, and
# raw lines are kept for 13 months unless the settings say more. An earlier date would cost every run time:
# Dagster lists all partitions for each dependency on them (measured: 0.4 s of a load for seven years).
FIRST_DAY = "2024-01-01"

# The UTC date of the call's start. end_offset: the current day is built while it lasts.
DAYS = DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="UTC", end_offset=1)

# Whose days are closed and who gets reports. Dynamic: the settings name them, and a sensor's tick adds them.
COMPANY_DIMENSION = "company"
COMPANIES = DynamicPartitionsDefinition(name=COMPANY_DIMENSION)

# Local months. end_offset: east of Greenwich a month ends before it does in UTC.
MONTHS = MonthlyPartitionsDefinition(start_date=FIRST_DAY[:7], fmt="%Y-%m", end_offset=1)
COMPANY_MONTHS = MultiPartitionsDefinition({COMPANY_DIMENSION: COMPANIES, "month": MONTHS})

# Days, weeks and months that were reported. Dynamic: the sensor adds those that have ended.
PERIOD_DIMENSION = "period"
PERIODS = DynamicPartitionsDefinition(name="report_period")
COMPANY_PERIODS = MultiPartitionsDefinition({COMPANY_DIMENSION: COMPANIES, PERIOD_DIMENSION: PERIODS})

with warnings.catch_warnings():
    # backfill_policy is beta in 1.13: it warns where it is made. One run rebuilds a whole range at once.
    warnings.simplefilter("ignore", BetaWarning)
    ONE_RUN = BackfillPolicy.single_run()
