"""Asset checks: what an administrator should look at. They read what is about to be published.

None is partitioned: a fault in the history stays a fault, and each check names the days it finds.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import duckdb
from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    MetadataValue,
    multi_asset_check,
)

from pipelines.resource import CallCenter
from pipelines.sql import sql
from warehouse.reconciliation import unreconciled

QUIET_HOURS = 24
SILENT_HOURS = 1
_TOLD_AT_MOST = 50
_WARN, _ERROR = AssetCheckSeverity.WARN, AssetCheckSeverity.ERROR

Faults = Callable[[duckdb.DuckDBPyConnection], list[str]]


def differing_sums(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Company-days whose calls or queue passes are not as many as their aggregates say."""
    return _told(con, "differing_sums", "{0}, {1}: {3} {2}, but {4} in the sums")


def calls_without_cdr(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Queued calls whose CDR should have come by now: a CDR is written when a call ends."""
    return _told(con, "calls_without_cdr", "{0}, {1}: {2} queued calls without a CDR row, such as {3}")


def empty_days(con: duckdb.DuckDBPyConnection) -> list[str]:
    return _told(con, "empty_days", "{0}, {1}: no call at all, while the days around it have {2} on average")


def quiet_logs(con: duckdb.DuckDBPyConnection) -> list[str]:
    now = datetime.now(UTC).replace(tzinfo=None)
    text = "{0}: the last line is of {1} UTC, {2} hours ago"
    return _told(con, "quiet_logs", text, {"now": now, "quiet_hours": QUIET_HOURS})


def quarantined_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    return _told(con, "quarantined_lines", "{0}, {1}: {2} lines, {3}")


def unmapped(con: duckdb.DuckDBPyConnection) -> list[str]:
    return _told(con, "unmapped", "{0}: {1} {2!r} belongs to no Company: {3} calls, the last at {4} UTC")


def silent_relay(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A relay that does not answer, or tells nothing while calls go on; none without [relay_api]."""
    now = datetime.now(UTC).replace(tzinfo=None)
    text = "{0}: last answered: {1}; its last fact: {2}"
    parameters = {"now": now, "silent_hours": SILENT_HOURS, "quiet_hours": QUIET_HOURS}
    return _told(con, "silent_relay", text, parameters)


def unseen_calls(con: duckdb.DuckDBPyConnection) -> list[str]:
    return _told(con, "unseen_calls", "{0}, {1}: {3} of {2} calls were not seen by the relay")


def old_open_calls(con: duckdb.DuckDBPyConnection) -> list[str]:
    return _told(con, "old_open_calls", "{0}, {1}: {2} calls have not ended, such as {3}")


def _told(
    con: duckdb.DuckDBPyConnection, name: str, text: str, parameters: dict[str, object] | None = None
) -> list[str]:
    rows = con.execute(sql(f"check_{name}"), parameters or {}).fetchall()
    return [text.format(*row) for row in rows]


def _spec(name: str, asset: str, description: str) -> AssetCheckSpec:
    # In the load's run the facts are built on the way to the dimensions: that step has to come first.
    return AssetCheckSpec(name, asset=asset, description=description, additional_deps=["dim_company"])


# What to check, how grave a fault is, and how it is found.
CHECKS: Sequence[tuple[AssetCheckSpec, AssetCheckSeverity, Faults]] = (
    (
        _spec("reconciliation", "agg_call_hour", "incoming = answered + the reasons, per Company and day."),
        _ERROR,
        unreconciled,
    ),
    (
        _spec("sums", "agg_queue_day", "Calls and queue passes are as many in the facts as in the sums."),
        _ERROR,
        differing_sums,
    ),
    (
        _spec("cdr_against_queue_log", "fct_call", "Every queued call has its CDR a day later."),
        _WARN,
        calls_without_cdr,
    ),
    (_spec("completeness", "fct_call", "No day without calls between days with many."), _WARN, empty_days),
    (
        _spec("freshness", "raw_queue_log", f"Lines came within the last {QUIET_HOURS} hours."),
        _WARN,
        quiet_logs,
    ),
    (_spec("quarantine", "dq_quarantine", "Every line could be read."), _WARN, quarantined_lines),
    (
        _spec("mapping", "dq_unmapped", "Every queue and DID of an incoming call belongs to a Company."),
        _WARN,
        unmapped,
    ),
    (
        _spec(
            "relay_freshness",
            "raw_relay_facts",
            f"The relay answered within the last hour, and its last fact is not {QUIET_HOURS} hours older than the"
            " last call.",
        ),
        _WARN,
        silent_relay,
    ),
    (
        _spec("relay_completeness", "dq_relay_day", "The relay saw every call that queued or rang."),
        _WARN,
        unseen_calls,
    ),
    (_spec("open_calls", "fct_queue_pass", "No call is open for more than a day."), _WARN, old_open_calls),
)


@multi_asset_check(
    name="check_figures", pool="warehouse", can_subset=True, specs=[spec for spec, _, _ in CHECKS]
)
def check_figures(context: AssetCheckExecutionContext, call_center: CallCenter) -> Iterator[AssetCheckResult]:
    with call_center.open(context.log.info) as opened:
        for spec, severity, find in CHECKS:
            if spec.key in context.selected_asset_check_keys:
                yield _result(spec, severity, find(opened.con))


def _result(spec: AssetCheckSpec, severity: AssetCheckSeverity, faults: list[str]) -> AssetCheckResult:
    lines = [f"- {fault}" for fault in faults[:_TOLD_AT_MOST]]
    if len(faults) > _TOLD_AT_MOST:
        lines.append(f"- … and {len(faults) - _TOLD_AT_MOST} more")
    return AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=not faults,
        severity=severity,
        description=faults[0] if faults else None,
        metadata={
            "faults": len(faults),
            **({"details": MetadataValue.md("\n".join(lines))} if lines else {}),
        },
    )
