"""`callcenter version`: which one this is."""

from __future__ import annotations

from importlib.metadata import version as installed

import click


def version() -> None:
    """Print the version."""
    click.echo(f"callcenter {installed('callcenter-for-loymax')}")
