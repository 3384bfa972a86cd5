"""Where reports lie: `reports/<company>/<period>.<language>.xlsx` beside the published file."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from callcenter.settings import Settings
from pipelines.ledger import ReportKey
from reports.texts import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)


def report_path(settings: Settings, key: ReportKey) -> Path:
    return _folder(settings) / key.company / f"{key.period}.{key.language}.xlsx"


def reports_there(settings: Settings) -> list[ReportKey]:
    """The months' reports that lie there, of the Companies the settings name: those are kept up to date."""
    months = "[0-9]" * 4 + "-" + "[0-9]" * 2
    return [
        ReportKey(company.id, path.name[:7], language)
        for company in settings.companies
        for language in LANGUAGES
        for path in sorted((_folder(settings) / company.id).glob(f"{months}.{language}.xlsx"))
    ]


def _folder(settings: Settings) -> Path:
    return settings.warehouse.published.parent / "reports"
