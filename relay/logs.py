"""Structured logs on stderr: lines to read, or JSON. What might hold a number is not logged at all."""

from __future__ import annotations

import logging
import sys

import structlog

from callcenter.settings import Log

# Libraries log what they send: panoramisk whole actions, aiohttp.access whole request lines, aiosqlite statements.
_SILENT = ("panoramisk", "pyotrs", "urllib3", "aiohttp.access", "aiosqlite", "sqlalchemy", "alembic")


class _Stderr:
    """Lines to whatever stderr is when they are written."""

    def __init__(self, *_names: object) -> None:
        pass

    def msg(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = exception = msg


class _StderrHandler(logging.Handler):
    """The few words of libraries that are let through, such as asyncio's of an exception nobody took."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")


def configure_logs(log: Log | None, *, for_good: bool = True) -> None:
    """By the command; `for_good` is quicker, and each module keeps what was configured at its first line.

    Tracebacks come without local variables: those may hold numbers.
    """
    chosen = log or Log()
    as_json = chosen.format == "json" if chosen.format else not sys.stderr.isatty()
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    before: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([structlog.processors.format_exc_info] if as_json else []),
    ]
    structlog.configure(
        processors=[*before, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(chosen.level.upper())),
        logger_factory=_Stderr,
        cache_logger_on_first_use=for_good,
    )
    _configure_libraries(before, last)


def _configure_libraries(before: list[structlog.types.Processor], last: structlog.types.Processor) -> None:
    """In the same format; from `warning` on, whatever the settings say: their `debug` has what they send."""
    handler = _StderrHandler()
    processors = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors, foreign_pre_chain=before))
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, _StderrHandler)] + [handler]
    root.setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
