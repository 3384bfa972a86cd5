"""Logs in the format and from the level that the settings say; each in a process of its own, as the command has it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from relay.logs import configure_logs

PROGRAM = """
import asyncio, logging, structlog
from callcenter.settings import Log
from relay.logs import configure_logs
configure_logs(Log({format!r}, {level!r}))
log = structlog.get_logger("relay")
for level in ("debug", "info", "warning", "error"):
    getattr(log, level)("spoken." + level, call="lab:1.1")
number = "79160010002"
try:
    raise ValueError("a fault of ours")
except ValueError:
    log.exception("spoken.fault")
logging.getLogger("asyncio").error("a library's error")
logging.getLogger("aiosqlite").error("INSERT of what was said")
logging.getLogger("another").info("a library's info")
"""
ALL = ["spoken.debug", "spoken.info", "spoken.warning", "spoken.error"]


def _written(form: str | None, level: str) -> str:
    program = PROGRAM.format(format=form, level=level)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert ran.stdout == ""
    return ran.stderr


@pytest.mark.parametrize("form", ["json", None])
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_json_is_an_object_a_line_from_the_level_on(form: str | None, level: str) -> None:
    """Without a format too, where stderr is no terminal."""
    lines = [json.loads(line) for line in _written(form, level).splitlines()]
    events = [line["event"] for line in lines]
    assert events == [*ALL[ALL.index(f"spoken.{level}") :], "spoken.fault", "a library's error"]
    assert all({"level", "timestamp"} <= line.keys() for line in lines)
    assert lines[0]["call"] == "lab:1.1"


def test_console_is_a_line_to_read() -> None:
    text = _written("console", "info")
    assert "spoken.debug" not in text
    assert "spoken.info" in text
    assert not text.startswith("{")
    assert "a library's error" in text


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_has_no_local_variables_and_libraries_do_not_tell_what_they_send(form: str) -> None:
    text = _written(form, "debug")
    assert "a fault of ours" in text
    assert "Traceback" in text
    assert "79160010002" not in text
    assert "what was said" not in text


def test_to_configure_twice_says_nothing_twice(capfd: pytest.CaptureFixture[str]) -> None:
    import logging  # noqa: PLC0415 - the test's own

    from callcenter.settings import Log  # noqa: PLC0415 - the test's own

    for _ in range(2):
        configure_logs(Log("json", "debug"))
    logging.getLogger("asyncio").error("once")
    assert capfd.readouterr().err.count("once") == 1
