"""What `callcenter explain` shows, put together from the call, the settings and what may be seen."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from callcenter.cli.calls import local
from callcenter.cli.explained_lines import told_lines
from callcenter.cli.explained_object import explanation_object
from callcenter.cli.explained_rules import company_rules
from callcenter.cli.explained_text import print_explanation
from callcenter.cli.masking import Masker, Unmasked
from callcenter.cli.output import write_json
from callcenter.directory import Directory
from callcenter.settings import Settings
from warehouse.explain import Explained


def show(explained: Explained, settings: Settings, *, is_json: bool, reveal: bool) -> None:
    """In the time zone of the call's Company; masked, unless what is revealed was recorded."""
    directory = Directory.from_settings(settings)
    zone = ZoneInfo(
        next(
            (each.timezone for each in settings.companies if each.id == explained.call.company),
            settings.default_timezone,
        )
    )
    mask = Unmasked() if reveal else Masker(settings, explained.uniqueids)
    told, rules = told_lines(explained, directory), company_rules(explained, directory)
    if is_json:
        found = explanation_object(explained, told, rules, mask, lambda at: local(at, zone).isoformat())
        write_json(found | {"is_masked": not reveal})
        return
    print_explanation(explained, told, rules, mask, zone)
    if not reveal:
        click.echo("\nNumbers and callers' names are masked; --reveal shows them, and is recorded.")
