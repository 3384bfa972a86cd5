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

# Older calls are loaded, built and published as well; only a backfill of an older day is not on offer. A
# later date would hide more, an earlier one makes every list of partitions in the UI longer.
FIRST_DAY = "2020-01-01"

# The UTC date of the call's start. end_offset: the current day is built while it lasts.
DAYS = DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="UTC", end_offset=1)

# Whose days are closed and who gets reports. Dynamic: the settings name them, and a sensor's tick adds them.
COMPANY_DIMENSION = "company"
COMPANIES = DynamicPartitionsDefinition(name=COMPANY_DIMENSION)

# Local months. end_offset: east of Greenwich a month ends before it does in UTC.
MONTHS = MonthlyPartitionsDefinition(start_date=FIRST_DAY[:7], fmt="%Y-%m", end_offset=1)
COMPANY_MONTHS = MultiPartitionsDefinition({COMPANY_DIMENSION: COMPANIES, "month": MONTHS})

with warnings.catch_warnings():
    # backfill_policy is beta in 1.13: it warns where it is made. One run rebuilds a whole range at once.
    warnings.simplefilter("ignore", BetaWarning)
    ONE_RUN = BackfillPolicy.single_run()
