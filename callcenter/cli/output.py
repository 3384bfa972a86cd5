"""What a command found, as JSON or CSV for programs. Tables for people are in tables.py."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from callcenter.cli.text import not_a_formula, printable, printable_json


def write_json(rows: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> None:
    """A list of objects (or one object), in the encoding of the reader."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")
    click.echo(printable_json(json.dumps(rows, ensure_ascii=not is_unicode, indent=2)))


def write_csv(rows: Iterable[Mapping[str, Any]], headers: Sequence[str]) -> None:
    """The same columns whatever the rows hold; inner objects become columns of their own.

    Text that a spreadsheet would take for a formula gets an apostrophe; what is unknown is empty.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(headers)
    for row in rows:
        flat = flattened(row)
        writer.writerow([_cell(flat[header]) for header in headers])
    click.echo(buffer.getvalue(), nl=False)


def flattened(row: Mapping[str, Any]) -> dict[str, Any]:
    """`{"a": {"b": 1}}` as `{"a_b": 1}`."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}_{inner}": each for inner, each in value.items()}
        else:
            flat[key] = value
    return flat


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return printable(not_a_formula(value))
    return value
