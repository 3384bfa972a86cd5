"""Structured logs: lines to read on a terminal, JSON elsewhere. What might hold a number is not logged at all."""

from __future__ import annotations

import logging
import sys

import structlog


class _Stderr:
    """Lines to whatever stderr is when they are written."""

    def __init__(self, *_names: object) -> None:
        pass

    def msg(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = exception = msg


def configure_logs(*, is_json: bool | None = None) -> None:
    """Once, by the command. Tracebacks come without local variables: those may hold numbers."""
    as_json = not sys.stderr.isatty() if is_json is None else is_json
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if as_json else []),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_Stderr,
        cache_logger_on_first_use=True,
    )
    # Libraries log what they send: panoramisk whole actions, aiohttp.access whole request lines.
    for name in ("panoramisk", "pyotrs", "urllib3", "aiohttp.access", "sqlalchemy.engine", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
