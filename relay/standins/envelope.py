"""What Loymax wraps its answers in."""

from __future__ import annotations

from typing import Any

from aiohttp import web


def refusal(fault: int | str) -> web.Response:
    """Errors of Loymax's own often come with status 200: `Fail` and `ValidationError` do."""
    if not str(fault).isdecimal():
        return web.json_response(envelope(str(fault)))
    status = int(fault)
    headers = {"Retry-After": "1"} if status == 429 else {}
    state = "Error" if 400 <= status < 429 else "Fail"
    return web.json_response(envelope(state), status=status, headers=headers)


def envelope(state: str, data: Any = None) -> dict[str, Any]:
    return {
        "data": data,
        "result": {"state": state, "httpCode": 200, "message": None, "validationErrors": []},
    }
