"""What a language has to name: every figure, every reason, and what lies between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["ru", "en"]


@dataclass(frozen=True, slots=True)
class Term:
    """A figure or a reason: its name, its formula in words, and a shorter name for a column's head.

    `{service_level}` and `{short_abandon}` stand for the Company's seconds.
    """

    name: str
    meaning: str
    head: str = ""

    @property
    def short(self) -> str:
        return self.head or self.name


@dataclass(frozen=True, slots=True)
class Words:
    """All of a language's words; braces are filled by str.format with our own values."""

    language: Language
    product: str
    date_format: str  # of Excel
    datetime_format: str
    chart_date: str
    python_date: str  # of strftime, in running text
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]

    # Sheets
    summary: str
    days: str
    hours: str
    queues: str
    operators: str
    unanswered: str
    callbacks: str
    definitions: str
    quality: str

    # Above the tables
    call_statistics: str
    known_until: str
    known_day: str
    known_whole: str
    known_nothing: str
    restated: str
    outgoing_unknown: str
    average_of_incoming: str
    figure: str
    value: str
    formula: str
    total: str
    yes: str
    page: str

    # Summary
    figures: str
    not_answered_by_reason: str
    reason: str
    reason_meaning: str
    calls: str
    share: str
    sum_of_reasons: str
    answered_and_reasons: str
    equals_incoming: str
    check: str
    check_meaning: str
    adds_up: str
    differs: str
    waiting_and_callers: str
    calls_by_day: str

    # Days and hours
    date: str
    weekday: str
    days_note: str
    hour: str
    count_days: str
    incoming_per_day: str
    hours_note: str
    by_hour: str
    by_weekday: str

    # Queues and operators
    queue: str
    queues_note: str
    operator: str
    login: str
    operators_note: str
    login_unknown: str

    # Unanswered calls
    started: str
    caller: str
    hidden_caller: str
    did: str
    count_passes: str
    wait: str
    call: str
    unanswered_all: str
    unanswered_cut: str

    # Callbacks
    callbacks_note: str
    callbacks_unknown: str
    callbacks_outcome: str
    callbacks_time: str
    callbacks_by_operator: str

    # Definitions
    definitions_note: str
    term: str
    meaning: str
    key: str
    other_term: str
    other_meaning: str
    group_calls: str
    group_figures: str
    group_reasons: str
    group_passes: str
    group_callbacks: str
    group_quality: str

    # Data quality
    quality_of_period: str
    reconciliation: str
    passes_check_meaning: str
    known_range: str
    pbx: str
    relay: str
    first_line: str
    last_line: str
    quarantine: str
    quarantine_note: str
    kind: str
    file: str
    lines: str
    unassigned: str
    unassigned_note: str
    name: str
    none: str
    more_rows: str

    # Letters
    daily: str
    weekly: str
    monthly: str
    before: str
    letter_attached: str
    letter_too_large: str
    letter_until: str
    letter_no_calls: str
    letter_automatic: str

    terms: Mapping[str, Term]
    reasons: Mapping[str, Term]
    kinds: Mapping[str, str]
    faults: Mapping[str, str]


# What the definitions list, group by group, and in which order. Reasons come from reports.figures.
CALLS = ("call", "queue_pass", "incoming_call", "outgoing_call", "internal_call", "period", "minutes")
FIGURES = (
    *("incoming", "queued", "answered", "not_answered", "outgoing", "outgoing_successful"),
    *("incoming_talk_minutes", "outgoing_talk_minutes", "average_incoming_talk_minutes"),
    *("average_outgoing_talk_minutes", "average_talk_minutes", "effectiveness", "service_level"),
    *("average_wait", "longest_wait", "distinct_callers", "hidden_callers", "abandoned_short", "transferred"),
)
PASSES = (
    *("offered", "answered_passes", "not_answered_passes", "answered_share", "queue_talk", "average_talk"),
    *("queue_wait", "average_pass_wait", "longest_pass_wait"),
    *("offered_operator", "answered_operator", "not_answered_operator", "pauses", "pause_time", "login_time"),
)
CALLBACKS = (
    *("callbacks_created", "callbacks_reached", "callbacks_self_served", "callbacks_refused"),
    *("callbacks_gave_up", "callbacks_expired", "callbacks_open", "callbacks_missed_calls"),
    *("callbacks_attempts", "callbacks_called_back", "callbacks_asked", "callbacks_asked_called_back"),
    *("average_to_callback", "median_to_callback", "longest_to_callback"),
    *("callback_dials", "callback_attempts", "callback_answered", "callback_reached", "callback_talk"),
)
QUALITY = (
    *("open_calls", "lost_calls", "without_cdr", "unknown_incoming_talk", "unknown_outgoing_talk"),
    *("talk_upper_bound", "internal", "unassigned_calls", "quarantined"),
    *("passes", "re_entries", "overflows", "internal_passes"),
    *("relay_unseen", "relay_untold", "callback_unknown_attempts"),
)
TERMS = (*CALLS, *FIGURES, *PASSES, *CALLBACKS, *QUALITY)

_TIMES_TO_CALLBACK = ("average", "median", "longest")
_NOT_IN_JSON = ("average_wait", "longest_wait", "distinct_callers", "hidden_callers")

# The names of figures in JSON and CSV; the others are in the workbook alone. Reasons have their own.
JSON_NAMES: Mapping[str, str] = {
    **{term: term for term in FIGURES if term not in _NOT_IN_JSON},
    "average_wait": "average_wait_seconds",
    "longest_wait": "longest_wait_seconds",
    "offered": "offered",
    "answered_passes": "answered",
    "not_answered_passes": "not_answered",
    "offered_operator": "offered",
    "answered_operator": "answered",
    "not_answered_operator": "not_answered",
    "queue_talk": "talk_seconds",
    "queue_wait": "wait_seconds",
    **{
        term: f"callbacks.{term.removeprefix('callbacks_')}"
        for term in CALLBACKS
        if term.startswith("callbacks_")
    },
    **{f"{which}_to_callback": f"callbacks.{which}_to_callback_seconds" for which in _TIMES_TO_CALLBACK},
    "callback_dials": "callbacks.dials",
    "callback_attempts": "callbacks.attempts",
    "callback_answered": "callbacks.answered",
    "callback_reached": "callbacks.reached",
    "callback_talk": "callbacks.talk_seconds",
    "callback_unknown_attempts": "callbacks.unknown_attempts",
    "without_cdr": "without_cdr",
    "talk_upper_bound": "talk_upper_bound",
}
