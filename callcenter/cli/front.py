"""What every command shares at its edge: faults become one message and an exit code, never a traceback.

Exit codes: 0 done; 1 it could not be done, or not wholly; 2 a wrong use; 130 Ctrl-C; 141 the reader left.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Any

import click
import duckdb
import typer
from typer.core import TyperGroup

from callcenter.cli.text import printable
from callcenter.settings import SettingsError
from reports.figures import NotPublishedError

INTERRUPTED = 130
READER_GONE = 141
AFTER_AN_UPDATE = "If the program was updated since the last load, run `callcenter load`."


class CommandError(Exception):
    """A command cannot do what it was asked; the text says why, and what to do."""


class Commands(TyperGroup):
    """The commands in the order they were added, with their faults translated."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            raise typer.Exit(READER_GONE) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except (CommandError, SettingsError, NotPublishedError, OSError) as error:
            complain(str(error))
            raise typer.Exit(1) from None
        except duckdb.Error as error:
            complain(f"the database cannot be used: {error}\n{AFTER_AN_UPDATE}")
            raise typer.Exit(1) from None
        return result


def complain(text: str) -> None:
    """To stderr, line by line, with nothing in it that a terminal would obey."""
    click.echo("\n".join(printable(line) for line in text.splitlines()), err=True)


def speak_safely() -> None:
    """A terminal that lacks a letter shows its code, rather than ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """What is still buffered would fail again when Python exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
