"""Which Company a queue, a number or an account code is proposed for; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

MOST = 0.8  # of a queue's calls have the account code


@dataclass(frozen=True, slots=True)
class CompanyAsked:
    """What was said of a Company. `owns` are names of queues, DIDs and account codes, `*` standing for anything."""

    id: str
    name: str
    timezone: str
    country: str | None = None
    owns: tuple[str, ...] = ()


def codes_of(pairs: Iterable[tuple[tuple[str, str], int]]) -> dict[str, str]:
    """The account code that most of a thing's calls have; a thing whose calls have several has none."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (name, code), count in pairs:
        counted[name][code] += count
    return {
        name: code
        for name, codes in counted.items()
        for code, count in codes.most_common(1)
        if code and count >= MOST * codes.total()
    }


def owners_of(
    names: Iterable[str], companies: Sequence[CompanyAsked], codes: Mapping[str, str]
) -> dict[str, str]:
    """Company ids by name, where one follows: what was said, the account code, the beginning of the name.

    Of one Company it is everything. `codes` are the account codes of names; a code has its own, or none.
    """
    if len(companies) == 1:
        return dict.fromkeys(names, companies[0].id)
    found = {name: _owner(name, companies, codes.get(name, "")) for name in names}
    return {name: owner for name, owner in found.items() if owner}


def _owner(name: str, companies: Sequence[CompanyAsked], code: str) -> str:
    for text in (name, code):
        for each in companies:
            if text and any(fnmatchcase(text, pattern) for pattern in each.owns):
                return each.id
    for each in companies:
        if each.id in (name.lower(), code.lower()):
            return each.id
    return next(
        (each.id for each in companies if name.lower().startswith((f"{each.id}-", f"{each.id}_"))), ""
    )
