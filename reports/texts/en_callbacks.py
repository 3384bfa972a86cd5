"""English: callbacks."""

from __future__ import annotations

from reports.texts.words import Term

CALLBACKS = {
    "callbacks_created": Term(
        "Callbacks opened",
        "Callers who were not answered and wait to be called, once each; of the day their call was missed.",
        "Opened",
    ),
    "callbacks_reached": Term(
        "Reached", "The customer answered a call back, from the queue of callbacks or past it."
    ),
    "callbacks_self_served": Term("Self-served", "The caller called again and was answered before."),
    "callbacks_refused": Term("Call not wanted", "An operator closed it: the caller wants no call."),
    "callbacks_gave_up": Term("Given up", "Tried in vain as often as the Company's settings say."),
    "callbacks_expired": Term("Expired", "Nobody called in the time the Company's settings give."),
    "callbacks_open": Term("Still open", "Not closed yet: this figure, and the others, will change."),
    "callbacks_missed_calls": Term(
        "Missed calls behind them", "A caller who tries again while waiting adds to the same callback."
    ),
    "callbacks_attempts": Term("Attempts", "Calls back in which the customer's phone rang, or may have."),
    "callbacks_called_back": Term(
        "Called back", "Callbacks with at least one attempt, or reached in another way."
    ),
    "callbacks_asked": Term(
        "Asked for by the caller", "The caller asked for the call himself, by a key press."
    ),
    "callbacks_asked_called_back": Term(
        "of which called back", "What came of the promise: those of them that were called back."
    ),
    "average_to_callback": Term(
        "Average time to call back",
        "Mean from the missed call's end to the first attempt, answered or not; nights included.",
        "Avg time",
    ),
    "median_to_callback": Term(
        "Median time to call back", "Half of those called back waited no longer than this."
    ),
    "longest_to_callback": Term("Longest time to call back", "The longest of those times."),
    "callback_dials": Term(
        "Calls back of an operator",
        "Calls back the operator had the PBX make; where his own phone was not answered, too.",
        "Calls back",
    ),
    "callback_attempts": Term(
        "Attempts of an operator", "Those in which the customer's phone rang, or may have.", "Attempts"
    ),
    "callback_answered": Term(
        "Calls back the customer answered", "Attempts the customer answered.", "Answered"
    ),
    "callback_reached": Term(
        "Callers reached by an operator",
        "Callbacks closed as reached by the operator, also by a call past the queue of callbacks.",
        "Reached",
    ),
    "callback_talk": Term("Talk of calls back", "From the customer's answer, h:mm:ss.", "Talk"),
}

CALLBACK_QUALITY = {
    "relay_unseen": Term(
        "Calls the relay did not see",
        "Calls that queued, rang an operator or asked for a callback while the relay told of their PBX, "
        "without any fact of it.",
    ),
    "relay_untold": Term(
        "Done by the relay, not written by the dial plan",
        "The relay promised a call back or served the caller, and no hint says so: counted by how the call ended.",
    ),
    "callback_unknown_attempts": Term(
        "Attempts of unknown outcome",
        "Callbacks with an attempt of which nobody knows how it ended; the phone may have rung.",
    ),
}
