"""Calls that the relay missed while it was down come back from the logs: the last step of a load."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dagster import (
    AllPartitionMapping,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetDep,
    AssetExecutionContext,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from callcenter.settings import SettingsError
from pipelines.assets.relay_facts import NO_RELAY
from pipelines.reconciling import Reconciled, reconcile
from pipelines.resource import CallCenter
from pipelines.shown import NO_CALLS, Metadata, times
from pipelines.specs import OWNERS
from pipelines.unseen import UnseenCall, unseen_calls
from warehouse.relay_api import client_of

_TAKEN = AssetCheckSpec(
    "relay_takes_them",
    asset="callbacks_reconciled",
    description="The relay was told of every call that it may have missed, and refused none.",
)


@multi_asset(
    name="reconcile_callbacks",
    pool="warehouse",
    specs=[
        AssetSpec(
            "callbacks_reconciled",
            description="The relay's callback queue, held against the logs: callers whom it did not see and nobody "
            "answered are in it once, and who was served meanwhile is not.",
            deps=[
                AssetDep("fct_call", partition_mapping=AllPartitionMapping()),
                "fct_callback",
                "raw_relay_facts",
            ],
            group_name="callbacks",
            owners=OWNERS,
            kinds={"duckdb"},
        )
    ],
    check_specs=[_TAKEN],
)
def reconcile_callbacks(
    context: AssetExecutionContext, call_center: CallCenter
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Compares fct_call with the relay's facts and tells it of the calls it lacks; without `[relay_api]` of none.

    A number leaves the warehouse only where the relay asks for it. A relay that cannot be reached is a warning: the
    next load tells it again. The same told twice changes nothing.
    """
    settings = call_center.settings()
    calls: list[UnseenCall] = []
    done: Reconciled | None = None
    if settings.relay_api is not None:
        with call_center.open(context.log.info) as opened:
            calls = unseen_calls(opened.con, settings, call_center.number_key(settings), datetime.now(UTC))
        try:
            with client_of(settings.relay_api) as client:
                done = reconcile(client, calls)
        except SettingsError as error:
            done = Reconciled(failure=str(error))
        if done.failure:
            context.log.warning(f"the relay was not told of all calls: {done.failure}")
    source = settings.relay_api.url if settings.relay_api else NO_RELAY
    yield MaterializeResult("callbacks_reconciled", metadata=_metadata(calls, done, source))
    yield _relay_takes_them(done)


def _metadata(calls: list[UnseenCall], done: Reconciled | None, source: str) -> Metadata:
    results = done.results if done else {}
    begun = [datetime.fromisoformat(each.told["startedAt"]).replace(tzinfo=None) for each in calls]
    return {
        "rows": len(calls),
        **times(min(begun, default=None), max(begun, default=None)),
        "missed": sum(each.told["outcome"] == "missed" for each in calls),
        "sent": sum(results.values()),
        "numbers_sent": done.count_numbers if done else 0,
        "opened": results.get("opened", 0),
        "joined": results.get("joined", 0),
        "closed": results.get("closed", 0),
        "results": dict(results),
        "source": source,
        "companies": NO_CALLS,
    }


def _relay_takes_them(done: Reconciled | None) -> AssetCheckResult:
    refused = done.results["refused"] if done else 0
    failure = done.failure if done else None
    return AssetCheckResult(
        check_name=_TAKEN.name,
        asset_key=_TAKEN.asset_key,
        passed=failure is None and not refused,
        severity=AssetCheckSeverity.WARN,
        description=failure
        or (f"{refused} calls refused: PBX or Company not the relay's" if refused else None),
    )
