"""PyOTRS's failures, sorted by what they say of the outcome; pure."""

from __future__ import annotations

import re
from typing import Any

import requests
from pyotrs.lib import APIError, HTTPError

from relay.errors import DeliveryFault, GiveUp, OutcomeUnknown, TryAgain

_BUSY = ("408", "429", "502", "503", "504")  # of a server, or one before it, that has no time now
# Nothing was sent: the ticket surely was not made.
_NOT_SENT = (requests.ConnectTimeout, requests.exceptions.SSLError)


def sorted_fault(fault: Exception, client: Any) -> DeliveryFault:
    """GiveUp: refused for good. TryAgain: surely not done. OutcomeUnknown: all else."""
    if isinstance(fault, DeliveryFault):
        return fault
    if isinstance(fault, APIError):
        code = code_of(client)
        return TryAgain("otrs:AuthFail") if code.endswith(".AuthFail") else GiveUp(f"otrs:{code}"[:64])
    cause = fault.__context__ if isinstance(fault, HTTPError) else None
    cause = None if isinstance(cause, APIError) else cause  # of the session that had expired before
    if isinstance(cause, DeliveryFault):  # the gate's
        return cause
    if isinstance(cause, _NOT_SENT) or _is_refused(cause):
        return TryAgain("otrs:unreachable")
    if isinstance(fault, HTTPError) and cause is None:
        status = _status(fault)
        return OutcomeUnknown(f"otrs:http:{status}"[:64], was_answered=status not in _BUSY)
    # Else it is no JSON, or not such as PyOTRS expects.
    return OutcomeUnknown(f"otrs:{type(cause or fault).__name__}"[:64], was_answered=cause is None)


def _status(fault: HTTPError) -> str:
    """PyOTRS has it in the text alone."""
    found = re.search(r"HTTP Status Code: (\d{3})\b", str(fault))
    return found[1] if found else "?"


def code_of(client: Any) -> str:
    """The ErrorCode of the last answer, such as `TicketCreate.AuthFail`."""
    answer = client.result_json
    error = answer.get("Error") if isinstance(answer, dict) else None
    return str(error.get("ErrorCode", "")) if isinstance(error, dict) else ""


def _is_refused(cause: BaseException | None) -> bool:
    """Requests wraps urllib3's NewConnectionError in a ConnectionError, as it does a connection cut off."""
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return type(reason).__name__ == "NewConnectionError"
