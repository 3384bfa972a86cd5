"""Forgetting loads: a busy day has a thousand, each leaves 0.3 MB of history, and only the last count."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    DefaultScheduleStatus,
    OpExecutionContext,
    RunsFilter,
    ScheduleDefinition,
    in_process_executor,
    job,
    op,
)

from pipelines.jobs import load

KEPT = timedelta(days=2)
_PAGE = 1000


@op(description="Deletes what later loads have superseded, with its logs.")
def delete_superseded_loads(context: OpExecutionContext) -> None:
    runs = superseded_loads(context.instance, datetime.now(UTC) - KEPT)
    for run_id in runs:
        context.instance.delete_run(run_id)
        context.instance.compute_log_manager.delete_logs(prefix=[run_id])
    context.log.info(f"{len(runs)} superseded loads forgotten")


@job(
    executor_def=in_process_executor,
    description="Forgets successful loads older than two days that are not the latest of any day's facts.",
)
def forget_loads() -> None:
    delete_superseded_loads()


forget_loads_nightly = ScheduleDefinition(
    job=forget_loads,
    cron_schedule="20 3 * * *",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Keeps Dagster's history from growing by gigabytes: nightly at 03:20 UTC.",
)


def superseded_loads(instance: DagsterInstance, before: datetime) -> list[str]:
    """Successful loads created before `before`, but for those that made a day's facts what they are.

    Those stay: deleting a run deletes its materialisations, and the day would look as if it had none.
    """
    kept = set(_latest_runs(instance))
    filters = RunsFilter(job_name=load.name, statuses=[DagsterRunStatus.SUCCESS], created_before=before)
    runs = (record.dagster_run.run_id for record in instance.get_run_records(filters))
    return [run_id for run_id in runs if run_id not in kept]


def _latest_runs(instance: DagsterInstance) -> Iterator[str]:
    """The run that last materialised each of the facts' partitions, and the newest load of all."""
    yield from (
        r.dagster_run.run_id for r in instance.get_run_records(RunsFilter(job_name=load.name), limit=1)
    )
    seen: set[str | None] = set()
    cursor, has_more = None, True
    while has_more:
        page = instance.fetch_materializations(AssetKey("fct_call"), limit=_PAGE, cursor=cursor)
        for record in page.records:
            if record.partition_key not in seen:
                seen.add(record.partition_key)
                yield record.run_id
        cursor, has_more = page.cursor, page.has_more
