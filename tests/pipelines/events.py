"""What a run left behind, as the UI reads it."""

from __future__ import annotations

from dagster import AssetCheckEvaluation, AssetMaterialization, ExecuteInProcessResult


def materializations(result: ExecuteInProcessResult) -> list[AssetMaterialization]:
    """Every asset event of a run, of whatever step."""
    return [
        event.step_materialization_data.materialization
        for event in result.all_events
        if event.is_step_materialization
    ]


def evaluations(result: ExecuteInProcessResult) -> dict[str, AssetCheckEvaluation]:
    """Every check's outcome, by its name."""
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def failure(result: ExecuteInProcessResult) -> str:
    """What the UI shows of the step that failed."""
    event = next(event for event in result.all_events if event.is_step_failure)
    data = event.step_failure_data
    described = data.user_failure_data.description if data.user_failure_data else None
    return described or data.error_display_string
