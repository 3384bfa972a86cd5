"""Companies as Loymax has them, once called partners: read, kept with their age, held against the settings; no network.

`GET v1.2/partners` gives `id`, a whole number, `externalId`, a UUID, `name` and `legalName` of each: by its OpenAPI of
2022 page by page (`filter.from`, `filter.count`), as an object with a list in it. What the list is called there is not
public. It tells what whoever asks may see, and its `filter.permission` narrows that to a right he has. Names of rights
are not public, and there is no asking about another: so who signs in by his password of Loymax is who asks.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from callcenter.settings import Company, Settings, SettingsError

MOST, MOST_CHARACTERS, MOST_BYTES = 10_000, 200, 8 << 20
Level = Literal["fault", "warning"]


@dataclass(frozen=True, slots=True)
class Partner:
    id: int
    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """Loymax's last good answer, and when (aware) it came."""

    at: datetime
    partners: tuple[Partner, ...]

    def age(self, now: datetime) -> str:
        """In words, rounded down."""
        minutes = max(0, int((now - self.at).total_seconds() // 60))
        if minutes < 120:
            return f"{minutes} min ago"
        return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


@dataclass(frozen=True, slots=True)
class Difference:
    """Between the settings and Loymax; `place` is where in the settings."""

    level: Level
    place: str
    text: str


def page_of(data: Any) -> tuple[Any, bool]:
    """(the list, whether there may be more pages): an object has one list in it."""
    if not isinstance(data, dict):
        return data, False
    lists = [each for each in data.values() if isinstance(each, list)]
    return (lists[0], True) if len(lists) == 1 else (data, False)


def read_partners(data: Any) -> tuple[Partner, ...]:
    """Of the answer's data. ValueError says which entry is none, by its place and never with what is in it."""
    if not isinstance(data, list) or len(data) > MOST:
        raise ValueError(f"must be a list of at most {MOST} Companies")
    found = tuple(_partner(each, nth) for nth, each in enumerate(data))
    if len({each.id for each in found}) < len(found):
        raise ValueError("an id is there twice")
    return found


def _partner(entry: Any, nth: int) -> Partner:
    given = entry if isinstance(entry, dict) else {}
    number, external, name = given.get("id"), given.get("externalId") or "", given.get("name") or ""
    is_number = type(number) is int and 0 <= number < 2**53
    if not is_number or not isinstance(external, str) or not isinstance(name, str):
        raise ValueError(f"Company [{nth}]: needs a whole number `id`, and text as externalId and name")
    return Partner(number, _plain(external), _plain(name) or str(number))  # type: ignore[arg-type] # a number, above


def _plain(text: str) -> str:
    """As the settings take it: what cannot be printed is left out."""
    return "".join(c for c in text if c.isprintable())[:MOST_CHARACTERS].strip()


def differences(companies: Iterable[Company], partners: Sequence[Partner]) -> Iterator[Difference]:
    """Of Companies with Loymax's ids; an id that Loymax has not is a fault, another name no more than a warning."""
    known = {each.id: each for each in partners}
    for index, company in enumerate(companies):
        if company.partner_id is None:
            if company.external_id and not any(is_of(company, each) for each in partners):
                yield Difference("fault", f"company[{index}].external_id", "Loymax has no such Company")
            continue
        place, partner = f"company[{index}]", known.get(company.partner_id)
        if partner is None:
            told = f"Loymax has no Company {company.partner_id}"
            yield Difference("fault", f"{place}.partner_id", told)
            continue
        if company.external_id and company.external_id.lower() != partner.external_id.lower():
            yield Difference("fault", f"{place}.external_id", "Loymax has another for this partner_id")
        if company.name != partner.name:
            yield Difference("warning", f"{place}.name", f"in Loymax it is {partner.name!r}")


def is_wanted(settings: Settings) -> bool:
    """Whether the settings name a Company by Loymax's ids, and so that it matters."""
    if settings.loymax is None:
        return False
    has_number = any(each.partner_id is not None for each in settings.companies)
    return has_number or settings.loymax.statistics is not None


def is_of(company: Company, partner: Partner) -> bool:
    """By each id that the settings have, and by one at least."""
    ids = (company.partner_id, company.external_id)
    return any(each is not None for each in ids) and (
        company.partner_id in (None, partner.id)
        and (company.external_id is None or company.external_id.lower() == partner.external_id.lower())
    )


def matched(companies: Sequence[Company], partners: Iterable[Partner]) -> dict[Partner, list[str]]:
    """The ids of the Companies that each is, of those that are any."""
    found = {each: [company.id for company in companies if is_of(company, each)] for each in partners}
    return {partner: ids for partner, ids in found.items() if ids}


def new_partners(companies: Iterable[Company], partners: Iterable[Partner]) -> list[Partner]:
    """Those that no Company of the settings is, by name."""
    taken = {each.partner_id for each in companies}
    return sorted((each for each in partners if each.id not in taken), key=lambda each: (each.name, each.id))


def kept_path(settings: Settings) -> Path:
    return settings.warehouse.path.parent / "loymax-companies.json"


def keep(path: Path, known: Known) -> None:
    """Whole or not at all."""
    rows = [{"id": each.id, "externalId": each.external_id, "name": each.name} for each in known.partners]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump({"at": known.at.isoformat(), "partners": rows}, file, ensure_ascii=False)
    draft.replace(path)


def kept(path: Path) -> Known | None:
    """The last good answer; None where there is none. SettingsError where the file is not what we wrote."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MOST_BYTES))
        return Known(datetime.fromisoformat(found["at"]), read_partners(found["partners"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path}: cannot be used ({type(error).__name__}): delete it") from None
