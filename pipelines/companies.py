"""Companies as the pipelines meet them: whose days end when, and in which language they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagster import AddDynamicPartitionsRequest, DagsterInstance, DeleteDynamicPartitionsRequest, Failure

from callcenter.settings import UNASSIGNED, Settings
from pipelines.partitions import COMPANIES, COMPANY_DIMENSION
from reports.texts import Language

_READ_RUSSIAN = frozenset({"RU", "BY", "KZ", "KG"})


def zones(settings: Settings) -> Iterator[tuple[str, str]]:
    """(Company, time zone) of all Companies, `unassigned` among them."""
    yield from ((company.id, company.timezone) for company in settings.companies)
    yield UNASSIGNED, settings.default_timezone


def timezone_of(settings: Settings, company: str) -> str:
    """A Failure where the settings have no such Company: it may have been removed from them."""
    found = dict(zones(settings)).get(company)
    if found is None:
        raise Failure(f"{settings.path}: there is no Company {company!r}", allow_retries=False)
    return found


def language_of(settings: Settings, company: str) -> Language:
    """The language of a Company's reports, unless a run's configuration names another."""
    if named := next((each.reports.language for each in settings.companies if each.id == company), None):
        return "ru" if named == "ru" else "en"
    countries = {each.id: each.country for each in settings.companies}
    return "ru" if countries.get(company) in _READ_RUSSIAN else "en"


def missing_partitions(
    instance: DagsterInstance, companies: Iterable[str]
) -> list[AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest]:
    """Adds the Companies that Dagster does not know yet; one that left keeps its closed days and reports."""
    known = set(instance.get_dynamic_partitions(COMPANY_DIMENSION))
    missing = [company for company in companies if company not in known]
    return [COMPANIES.build_add_request(missing)] if missing else []
