"""English."""

from __future__ import annotations

from reports.texts.en_callbacks import CALLBACK_QUALITY, CALLBACKS
from reports.texts.words import Term, Words

_CALLS = {
    "call": Term(
        "Call", "Everything one caller lives through, from reaching the PBX to hanging up; counted once."
    ),
    "queue_pass": Term(
        "Queue pass", "One stay in one queue, from entering to its end. A call has none, one or many passes."
    ),
    "incoming_call": Term("Incoming call", "A call that came in over a trunk, a line to the outside world."),
    "outgoing_call": Term(
        "Outgoing call",
        "A call an operator's phone began, or the system for an operator, that went out over a trunk; "
        "click-to-call and callbacks too.",
    ),
    "internal_call": Term(
        "Internal call", "A call with no leg on a trunk; in none of the Company's figures."
    ),
    "period": Term(
        "Period",
        "A call belongs to the instant it started, read in the Company's time zone. The first and the "
        "last day are included; a call that crosses midnight belongs to the day it started.",
    ),
    "minutes": Term(
        "Minutes", "Stored in seconds and divided by 60; shown with two decimals. Rates are computed last."
    ),
}

_FIGURES = {
    "incoming": Term(
        "Incoming",
        "Calls that came in over a trunk, also those that ended in the IVR or were refused.",
    ),
    "queued": Term("In the queue", "Incoming calls that entered at least one queue."),
    "answered": Term(
        "Answered",
        "Incoming calls in which an operator spoke to the caller; the PBX's answer is none.",
    ),
    "not_answered": Term("Not answered", "Incoming − answered: the sum of the reasons."),
    "outgoing": Term("Outgoing", "Calls that went out over a trunk, click-to-call and callbacks too."),
    "outgoing_successful": Term(
        "of which successful",
        "Outgoing calls the customer answered; the operator's own leg does not count.",
        "Successful",
    ),
    "incoming_talk_minutes": Term(
        "Total talk, incoming, min",
        "Sum of all operators' talk in incoming calls ÷ 60. Never the wait, never the IVR.",
        "Talk in,\N{NO-BREAK SPACE}min",
    ),
    "outgoing_talk_minutes": Term(
        "Total talk, outgoing, min",
        "Sum from the customer's answer to the end of the call ÷ 60.",
        "Talk out,\N{NO-BREAK SPACE}min",
    ),
    "average_incoming_talk_minutes": Term(
        "Average talk, incoming, min",
        "Total talk of incoming ÷ answered calls whose talk is known; empty where none.",
        "Avg in,\N{NO-BREAK SPACE}min",
    ),
    "average_outgoing_talk_minutes": Term(
        "Average talk, outgoing, min",
        "Total talk of outgoing ÷ successful calls whose talk is known; empty where none.",
        "Avg out,\N{NO-BREAK SPACE}min",
    ),
    "average_talk_minutes": Term(
        "Average talk, together, min",
        "(Talk of incoming + talk of outgoing) ÷ (answered + successful whose talk is known).",
        "Avg both,\N{NO-BREAK SPACE}min",
    ),
    "effectiveness": Term(
        "Effectiveness on incoming calls",
        "Answered ÷ incoming; empty where nothing came in.",
        "Effectiveness",
    ),
    "service_level": Term(
        "Service level, {service_level} s",
        "Incoming calls connected within {service_level} s of first entering a queue ÷ in the queue.",
        "Service level",
    ),
    "average_wait": Term(
        "Average wait",
        "Mean of the queued calls: first entry to a queue to the first answer, else to the end.",
        "Avg wait",
    ),
    "longest_wait": Term("Longest wait", "The longest of those waits.", "Longest wait"),
    "distinct_callers": Term(
        "Distinct callers", "Different numbers among the incoming calls; hidden numbers are not among them."
    ),
    "hidden_callers": Term("Calls with a hidden number", "Incoming calls without a caller's number."),
    "abandoned_short": Term(
        "Short abandons, under {short_abandon} s",
        "Abandoned within {short_abandon} s of entering the queue; among “caller hung up in the queue”.",
        "Short abandons",
    ),
    "transferred": Term("Transferred", "Incoming calls an operator passed on out of a queue pass."),
}

_PASSES = {
    "offered": Term("Offered to a queue", "Queue passes of incoming calls.", "Offered"),
    "answered_passes": Term(
        "Answered by a queue", "Passes in which an operator spoke to the caller.", "Answered"
    ),
    "not_answered_passes": Term("Not answered by a queue", "Offered − answered.", "Not answered"),
    "answered_share": Term("Share answered", "Answered ÷ offered.", "Answered, %"),
    "queue_talk": Term(
        "Talk",
        "Talk of the passes answered, h:mm:ss. Talk outside a queue is in the Company's figures only.",
        "Talk",
    ),
    "average_talk": Term("Average talk", "Talk ÷ answered passes whose talk is known.", "Avg talk"),
    "queue_wait": Term(
        "Wait", "Sum of the waits, h:mm:ss: of a queue's passes; of the passes an operator answered.", "Wait"
    ),
    "average_pass_wait": Term(
        "Average wait of a pass",
        "Wait ÷ passes: of a queue those offered, of an operator those answered.",
        "Avg wait",
    ),
    "longest_pass_wait": Term("Longest wait of a pass", "The longest wait in the queue.", "Longest wait"),
    "offered_operator": Term(
        "Offered to an operator", "Passes in which the queue rang the operator, in vain or not.", "Offered"
    ),
    "answered_operator": Term("Answered by an operator", "Passes the operator answered.", "Answered"),
    "not_answered_operator": Term(
        "Not answered by an operator", "Offered − answered: the phone rang in vain.", "Not answered"
    ),
    "pauses": Term(
        "Pauses", "Stretches of pause in the Company's queues; overlapping ones are one.", "Pauses"
    ),
    "pause_time": Term(
        "Pause time", "Time on pause in at least one of the Company's queues, within the period.", "On pause"
    ),
    "login_time": Term(
        "Log-in time",
        "Time logged in to at least one of the Company's queues, within the period. "
        "Unknown for members that are always in the queue.",
        "Logged in",
    ),
}

_QUALITY = {
    "open_calls": Term(
        "Not ended yet", "Incoming calls that were not answered and had not ended when the logs ended."
    ),
    "lost_calls": Term("Lost", "Incoming calls cut by a restart of the PBX, or whose end is unknown."),
    "without_cdr": Term("Without CDR", "Incoming calls known from queue_log alone: no CDR row has come yet."),
    "unknown_incoming_talk": Term(
        "Answered, talk unknown", "Answered calls whose talk no line tells; left out of the average."
    ),
    "unknown_outgoing_talk": Term(
        "Successful, talk unknown",
        "Successful outgoing calls whose talk no line tells; left out of the average.",
    ),
    "talk_upper_bound": Term(
        "Talk is an upper bound",
        "Outgoing calls whose CDR counts from the operator's answer: the customer's came later.",
    ),
    "internal": Term("Internal calls", "Calls with no leg on a trunk; in none of the figures."),
    "unassigned_calls": Term(
        "Calls of no Company",
        "Calls of the period, on every PBX, that no queue, DID, account code or operator claims.",
    ),
    "quarantined": Term(
        "Unreadable lines", "Log lines that could not be read; kept aside, on every PBX and ever."
    ),
    "passes": Term("Queue passes", "All passes of the Company's calls."),
    "re_entries": Term("Re-entries", "Passes of an incoming call in a queue it was in before."),
    "overflows": Term("Overflows", "Passes of an incoming call in another queue than before."),
    "internal_passes": Term(
        "Internal passes", "Passes of internal and outgoing calls; not offered calls of the queue."
    ),
}

_REASONS = {
    "abandoned": Term(
        "Caller hung up in the queue", "The caller hung up while waiting in the queue.", "Hung up"
    ),
    "timeout": Term("Queue timed out", "The queue's time was up before an operator answered.", "Timed out"),
    "empty": Term("No operators in the queue", "No operator was left in the queue.", "No operators"),
    "key": Term("Left by a key", "The caller pressed a key and left the queue.", "Key"),
    "withdrawn": Term(
        "Withdrawn from the queue", "The caller was taken out of the queue by a command.", "Withdrawn"
    ),
    "queue_refused": Term(
        "Queue did not accept", "The queue was full or had no operators; as the dial plan says."
    ),
    "closed": Term("Out of hours", "The call came out of hours; as the dial plan says."),
    "refused": Term("Refused by the PBX", "The PBX never answered and rang nobody."),
    "no_answer_direct": Term("Operator did not answer", "Outside a queue an operator's phone rang in vain."),
    "callback_asked": Term(
        "Asked to be called back",
        "The caller asked for it by a key, in the menu or in a queue; as the dial plan says.",
    ),
    "ivr_served": Term(
        "Served by the IVR", "The IVR did what the caller wanted, without an operator; as the dial plan says."
    ),
    "ivr": Term("Ended in the IVR", "The call ended in the menu, unserved; as the dial plan says."),
    "ended_before_queue": Term("Ended before the queue", "The call ended before any queue or operator."),
    "open": Term("Not ended yet", "The call had not ended when the logs ended.", "Not ended"),
    "lost": Term("Lost", "Cut by a restart of the PBX, or its end is unknown.", "Lost"),
}

WORDS = Words(
    language="en",
    product="Call Center for Loymax",
    date_format="yyyy-mm-dd",
    datetime_format="yyyy-mm-dd hh:mm:ss",
    chart_date="d mmm",
    python_date="%Y-%m-%d",
    months=(
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    weekdays_short=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    summary="Summary",
    days="Days",
    hours="Hours",
    queues="Queues",
    operators="Operators",
    unanswered="Unanswered calls",
    callbacks="Callbacks",
    definitions="Definitions",
    quality="Data quality",
    call_statistics="Call statistics",
    known_until="The logs tell of {first} to {last}; the other days are unknown.",
    known_day="The logs tell of {day} only; the other days are unknown.",
    known_whole="The logs cover the whole period.",
    known_nothing="The logs tell nothing of this period.",
    restated="Restated {at}: calls that ended later, or lines that came later, changed these figures.",
    outgoing_unknown="Unknown: no PBX here tells outgoing calls, by a CDR or by OUTCALL events.",
    average_of_incoming="Of incoming calls alone: outgoing ones are unknown.",
    figure="Figure",
    value="Value",
    formula="How it is counted",
    total="Total",
    yes="yes",
    page="Page &P of &N",
    figures="Figures",
    not_answered_by_reason="Not answered, by reason",
    reason="Reason",
    reason_meaning="What happened",
    calls="Calls",
    share="Share",
    sum_of_reasons="Sum of the reasons",
    answered_and_reasons="Answered + the reasons",
    equals_incoming="Equals incoming.",
    check="Check",
    check_meaning="Incoming = answered + the reasons. The reason: a callback asked for, else the last queue pass.",
    adds_up="adds up",
    differs="differs by",
    waiting_and_callers="Waiting and callers",
    calls_by_day="Calls by day",
    date="Date",
    weekday="Day",
    days_note="A call is on the day it started. — is unknown: the logs do not tell, or nothing to divide by.",
    hour="Hour",
    count_days="Days",
    incoming_per_day="Incoming a day",
    hours_note="The hour in which the call started. “Incoming a day” is the mean of the days the logs cover.",
    by_hour="By hour of the day",
    by_weekday="By weekday",
    queue="Queue",
    queues_note="Counts queue passes, not calls: a call that enters two queues is offered to both.",
    operator="Operator",
    login="Login",
    operators_note="Counts queue passes in which the queue rang the operator. Times are within the period.",
    login_unknown="— log-in time is unknown: the log has no log-in of this operator.",
    started="Started",
    caller="Caller",
    hidden_caller="hidden",
    did="Number called",
    count_passes="Passes",
    wait="Wait",
    call="Call (for “callcenter explain”)",
    unanswered_all="All {count} unanswered incoming calls, oldest first. Times are of {timezone}.",
    unanswered_cut="The list is cut: the first {shown} of {count} unanswered calls, oldest first. "
    "Times are of {timezone}. A shorter period shows the rest.",
    callbacks_note="A callback is on the day its call was missed. As the relay tells it; of the period it was there.",
    callbacks_unknown="No source: no relay tells of callbacks in this period. That is unknown, not zero.",
    callbacks_outcome="What came of them",
    callbacks_time="Time to call back",
    callbacks_by_operator="Calls back by operator",
    definitions_note="Every figure and every reason, in both languages. Where JSON and CSV have it, its name there.",
    term="Term",
    meaning="Definition and formula",
    key="In JSON and CSV",
    other_term="По-русски",
    other_meaning="Определение и формула",
    group_calls="Calls",
    group_figures="The Company's figures",
    group_reasons="Reasons an incoming call was not answered",
    group_passes="Queues and operators",
    group_callbacks="Callbacks",
    group_quality="Data quality",
    quality_of_period="Calls whose figures have limits",
    reconciliation="Queue passes reconcile",
    passes_check_meaning="Passes = in the queue + re-entries + overflows + internal passes.",
    known_range="What the logs cover, within the period",
    pbx="PBX",
    relay="Relay (callbacks)",
    first_line="From",
    last_line="Until",
    quarantine="Lines that could not be read",
    quarantine_note="On every PBX and ever: a line that cannot be read has no date.",
    kind="Kind",
    file="File",
    lines="Lines",
    unassigned="Queues and numbers that belong to no Company",
    unassigned_note="Calls of the period on every PBX; the settings should say whose they are.",
    name="Name",
    none="None.",
    more_rows="and {count} more",
    daily="Calls of the day",
    weekly="Calls of the week",
    monthly="Calls of the month",
    before="Before",
    letter_attached="The workbook is attached: by day, hour, queue and operator, with every definition.",
    letter_too_large="The workbook has {size} MB and is too large for a letter. It lies at {path}.",
    letter_until="Times are of {timezone}. The last call loaded began {at}. “Before” is the period before it.",
    letter_no_calls="No call was loaded yet.",
    letter_automatic="This letter is sent by a program. Whoever runs it can send it to others, or no longer.",
    terms=_CALLS | _FIGURES | _PASSES | CALLBACKS | _QUALITY | CALLBACK_QUALITY,
    reasons=_REASONS,
    kinds={
        "queue_log": "queue_log",
        "cdr": "CDR",
        "relay_facts": "relay's fact",
        "queue": "queue",
        "did": "number called",
        "neither": "neither known",
    },
    faults={
        "a NUL byte": "a NUL byte",
        "not UTF-8": "not UTF-8",
        "longer than": "too long",
        "wrong or missing": "a field wrong or missing",
        "holds a NUL": "a NUL byte",
        "a time or its data": "no such time",
    },
)
