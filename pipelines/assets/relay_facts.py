"""The relay's facts: fetched over HTTP, unpartitioned, since they are known by their cursor and not by day."""

from collections.abc import Iterator
from datetime import datetime

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    MaterializeResult,
    multi_asset,
)

from pipelines.resource import CallCenter, Opened
from pipelines.restating import now_utc
from pipelines.shown import NO_CALLS, Metadata, times
from pipelines.specs import raw_spec
from warehouse.load_facts import FactsResult
from warehouse.load_facts import load_new_facts as load

_ANSWERS = AssetCheckSpec(
    "relay_answers",
    asset="raw_relay_facts",
    description="The relay that the settings name gave its facts.",
)
NO_RELAY = "none: the settings have no [relay_api]"


@multi_asset(
    name="load_relay_facts",
    pool="warehouse",
    specs=[raw_spec("relay_facts", "The relay's facts as delivered.", ["relay_feed"])],
    check_specs=[_ANSWERS],
)
def load_relay_facts(
    context: AssetExecutionContext, call_center: CallCenter
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Fetches what the relay recorded since; without `[relay_api]` in the settings it does nothing.

    A relay that cannot be reached is a warning: the rest of the load goes on, and the next one catches up.
    """
    with call_center.open(context.log.info) as opened:
        began = now_utc()
        result = load(opened.con, opened.settings)
        if result and result.failure:
            context.log.warning(f"the relay's facts were not loaded: {result.failure}")
        if result and result.is_new_store:
            context.log.warning("the relay has another store: its facts were read from the beginning")
        yield MaterializeResult("raw_relay_facts", metadata=_metadata(opened, began, result))
        yield _relay_answers(result)


def _metadata(opened: Opened, began: datetime, result: FactsResult | None) -> Metadata:
    api = opened.settings.relay_api
    if result is None or api is None:
        return {"rows": 0, "source": NO_RELAY, "companies": NO_CALLS}
    row = opened.con.execute(
        "SELECT min(happened_at), max(happened_at) FROM raw.relay_facts WHERE _loaded_at >= $began",
        {"began": began},
    ).fetchall()[0]
    return {
        "rows": result.rows_loaded,
        "quarantined": result.rows_quarantined,
        **times(row[0], row[1]),
        "source": api.url,
        "companies": NO_CALLS,
    }


def _relay_answers(result: FactsResult | None) -> AssetCheckResult:
    failure = result.failure if result else None
    return AssetCheckResult(
        check_name=_ANSWERS.name,
        asset_key=_ANSWERS.asset_key,
        passed=failure is None,
        severity=AssetCheckSeverity.WARN,
        description=failure,
    )
