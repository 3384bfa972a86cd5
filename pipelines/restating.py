"""Re-opening closed days: what every run that changes the marts does before it publishes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from dagster import AssetMaterialization, MarkdownMetadataValue, MetadataValue

from pipelines import ledger
from pipelines.ledger import Restatement
from pipelines.resource import Opened
from pipelines.shown import company_table
from reports.figures import Period

SHOWN_AT_MOST = 50


def now_utc() -> datetime:
    """As the warehouse keeps times: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def restate(opened: Opened, report: Callable[[AssetMaterialization], None]) -> None:
    """Closed days whose figures changed are closed again, and each such Company reports it."""
    changed = ledger.restate_days(opened.con, now_utc())
    for company in sorted({each.company for each in changed}):
        of_company = [each for each in changed if each.company == company]
        days = [each.day for each in of_company]
        period = Period(min(days), max(days).fromordinal(max(days).toordinal() + 1))
        report(
            AssetMaterialization(
                "company_day_closed",
                partition=company,
                description=f"{len(of_company)} closed days re-opened and restated",
                metadata={
                    "companies": company_table(opened.marts, period, company),
                    "rows": len(of_company),
                    "first": str(min(days)),
                    "last": str(max(days)),
                    "restated": restatements_table(of_company),
                    "source": "fct_call",
                },
            )
        )


def restatements_table(changed: Sequence[Restatement]) -> MarkdownMetadataValue:
    """What each day's figures were and are: only those that differ."""
    if not changed:
        return MetadataValue.md("none")
    lines = [f"| {c.day} | {c.version} | {_differences(c)} |" for c in changed[:SHOWN_AT_MOST]]
    if len(changed) > SHOWN_AT_MOST:
        lines.append(f"| … | | {len(changed) - SHOWN_AT_MOST} more days |")
    return MetadataValue.md("\n".join(["| day | version | was → is |", "| --- | --: | --- |", *lines]))


def _differences(changed: Restatement) -> str:
    before = json.loads(changed.before or "{}")
    after = json.loads(changed.after or "{}")
    names = [name for name in {**before, **after} if before.get(name, 0) != after.get(name, 0)]
    return ", ".join(f"{name} {before.get(name, 0)} → {after.get(name, 0)}" for name in names)
