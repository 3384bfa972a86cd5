"""The statistics pages in English; the figures' own names and definitions are those of reports.texts."""

from __future__ import annotations

from typing import Final

STATISTICS_EN: Final[dict[str, str]] = {
    "places": "Other pages",
    "desk": "Calls and callbacks",
    "statistics": "Statistics",
    "from_day": "From",
    "to_day": "to",
    "period": "Period",
    "period_today": "Today",
    "period_yesterday": "Yesterday",
    "period_this_week": "This week",
    "period_last_week": "Last week",
    "period_this_month": "This month",
    "period_last_month": "Last month",
    "times_of": "Days and times are those of",
    "compared_with": "Compared with",
    "not_compared": "Not compared with",
    "logs_begin_later": "the logs begin later.",
    "partial": "Today is not over: its figures are partial.",
    "future": "Days that have not come yet have no figures.",
    "known_from": "The logs begin on",
    "before_unknown": "What was before is unknown, not 0.",
    "published_at": "Figures published",
    "last_call": "last line of the logs",
    "old": "These figures may be old.",
    "was": "was",
    "definition": "How it is counted",
    "operators_note": "Counts queue passes in which the queue rang the operator.",
    "unpublished": "There are no figures yet",
    "unpublished_why": "The page shows the published file, and there is none, or none that can be read.",
    "unpublished_load": "Ask the system's administrator to load the logs:",
    "unpublished_dagster": "or to start the job “load” in Dagster, which does it by itself from then on.",
    "unpublished_then": "Then load this page again.",
    "fault_statistics_busy": "The statistics took too long, or too many people ask for them. Try a shorter period.",
}
