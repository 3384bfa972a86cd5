"""From what was found and what was said to a proposal; pure: of one and the same, always the same."""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from callcenter.first_day.channels import Sides, prefixes_of, sides_of
from callcenter.first_day.findings import Found, Member
from callcenter.first_day.members import members_of
from callcenter.first_day.names import free_of, slug_of
from callcenter.first_day.owning import CompanyAsked, codes_of, owners_of
from callcenter.first_day.proposal import (
    CompanyProposed,
    DatabaseProposed,
    OperatorProposed,
    Owned,
    Proposal,
    Said,
)

MOST_VALUES, MOST_CHARACTERS = 2_000, 200
FEW_CALLS = 200  # from so many on, what was dialled once is passed over: transfers leave numbers of their own
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
Counted = Mapping[str, int]


def propose(found: Found, said: Said) -> Proposal:
    members, unknown = members_of(found)
    phones = [each.interface for each in members]
    sides = sides_of(found.cdr.uses, phones, trunks_told(found), said.trunks)
    trunks, hopeless = prefixes_of(sides.trunks, sides.phones)
    counted = {
        "queues": _settable(found.counted_queues),
        "dids": _settable(_dids(found, sides)),
        "account_codes": _settable(found.cdr.codes),
    }
    codes = _codes(found)
    owners = {kind: owners_of(names, said.companies, codes) for kind, names in counted.items()}
    operators, strangers = operators_of(members, owners["queues"], said.companies)
    return Proposal(
        said=said,
        queue_log=_patterns(_file("queue_log", found)),
        cdr=_patterns(_file("cdr", found)),
        cdr_timezone=said.cdr_timezone or zone_of(found),
        cdr_columns=found.cdr.columns,
        trunks=said.trunks or tuple(trunks),
        companies=tuple(_company(each, counted, owners) for each in said.companies),
        operators=tuple(operators),
        unowned=tuple(_unowned(counted, owners)),
        notes=(*_notes(found, said, sides, hopeless), *_of_people(unknown, strangers)),
        databases=tuple(_databases(found, said)),
    )


def trunks_told(found: Found) -> set[str]:
    """Whom pjsip.conf knows by address or registers with, and whom the manager says so."""
    told = {
        f"PJSIP/{value}"
        for lines in found.pjsip.values()
        if ("type", "identify") in lines or ("type", "registration") in lines
        for key, value in lines
        if key == "endpoint"
    }
    return told | set(found.manager.trunks if found.manager else ())


def zone_of(found: Found) -> str:
    """As the rows show, else as cdr.conf says: this machine's, for a PBX that is here; UTC where nothing tells."""
    if found.zone:
        return found.zone.name
    return found.machine_zone or "UTC" if found.places.uses_utc is False else "UTC"


def operators_of(
    members: Iterable[Member], owners: Mapping[str, str], companies: Sequence[CompanyAsked]
) -> tuple[list[OperatorProposed], list[str]]:
    """(operators, names that cannot be one). No two share a login, an interface or a name in queue_log."""
    found: list[OperatorProposed] = []
    strangers, taken, logins = [], set[str](), set[str]()
    only = {companies[0].id} if len(companies) == 1 else set[str]()
    for each in members:
        own = sorted({owners[queue] for queue in each.queues if queue in owners} | only)
        names = {each.interface, each.name}
        if not own or names & taken or not all(map(is_settable, names)):
            strangers.append(each.name)
            continue
        login = _login(each, logins)
        taken |= names
        logins.add(login)
        found.append(OperatorProposed(login, each.name, tuple(own), each.interface, each.name))
    return found, strangers


def is_settable(text: str) -> bool:
    """Whether the settings take it: they are a file that people read."""
    return bool(text) and text == text.strip() and text.isprintable() and len(text) <= MOST_CHARACTERS


def _login(member: Member, taken: set[str]) -> str:
    """Of the name; of one who has none, the phone's."""
    phone = slug_of(member.interface.partition("/")[2].partition("@")[0], "operator", ".")
    name = phone if "/" in member.name else slug_of(member.name, phone, ".", 60)
    return free_of(name, taken, ".")


def _settable(counted: Counted) -> dict[str, int]:
    """The most frequent ones, by name; as the settings read them, no two alike."""
    found: dict[str, int] = {}
    for name, count in sorted(counted.items(), key=lambda each: (-each[1], each[0])):
        if is_settable(name) and len(found) < MOST_VALUES:
            found[name] = count
    return dict(sorted(found.items()))


def _dids(found: Found, sides: Sides) -> Counted:
    """Numbers dialled from outside, in contexts that phones call from less; those that DID events name."""
    outside, own = _outside_contexts(found, sides), {phone.partition("/")[2] for phone in sides.phones}
    counted: Counter[str] = Counter()
    for (owner, context, number, _), count in found.cdr.dialled.items():
        is_number = _NUMBER.fullmatch(number) and number not in own
        if owner in sides.trunks and context in outside and is_number:
            counted[number.removeprefix("+")] += count
    least = 1 if counted.total() < FEW_CALLS else 2
    often = Counter({number: count for number, count in counted.items() if count >= least})
    for number, count in found.queue_log.dids.items():
        plain = number.removeprefix("+")
        if _NUMBER.fullmatch(number):
            often[plain] = max(often[plain], count)
    return often


def _outside_contexts(found: Found, sides: Sides) -> set[str]:
    counted = Counter[str]()
    for (owner, context), count in found.cdr.contexts.items():
        counted[context] += count if owner in sides.trunks else -count
    return {context for context, count in counted.items() if count > 0}


def _codes(found: Found) -> dict[str, str]:
    """The account code of queues and of numbers; a code is its own."""
    dialled = Counter[tuple[str, str]]()
    for (_, _, number, code), count in found.cdr.dialled.items():
        dialled[number.removeprefix("+"), code] += count
    own = {code: code for code in found.cdr.codes if code}
    return own | codes_of(dialled.items()) | codes_of(found.cdr.queue_codes.items())


def _file(kind: str, found: Found) -> Path | None:
    """None where a table has the same calls: none may be counted twice."""
    if kind in {each.kind for each in found.tables}:
        return None
    return found.places.cdr if kind == "cdr" else found.places.queue_log


def _databases(found: Found, said: Said) -> Iterator[DatabaseProposed]:
    for each in found.tables:
        told = said.cdr_timezone if each.kind == "cdr" else None
        zone = told or each.zone or found.machine_zone or "UTC"
        yield DatabaseProposed(each.kind, each.url, zone, said.database_password_file, said.database_ca_file)


def _patterns(path: Path | None) -> tuple[str, ...]:
    """Its rotated files too."""
    return (f"{glob.escape(str(path))}*",) if path else ()


def _company(
    asked: CompanyAsked, counted: Mapping[str, Counted], owners: Mapping[str, Mapping[str, str]]
) -> CompanyProposed:
    def owned(kind: str) -> tuple[Owned, ...]:
        names = counted[kind].items()
        return tuple(Owned(name, count) for name, count in names if owners[kind].get(name) == asked.id)

    return CompanyProposed(asked, owned("dids"), owned("queues"), owned("account_codes"))


def _unowned(
    counted: Mapping[str, Counted], owners: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, tuple[Owned, ...]]]:
    for kind, names in counted.items():
        left = tuple(Owned(name, count) for name, count in names.items() if name not in owners[kind])
        if left:
            yield kind, left


def _notes(found: Found, said: Said, sides: Sides, hopeless: Sequence[str]) -> Iterator[str]:
    yield from found.places.notes
    for each in found.tables:
        if path := found.places.cdr if each.kind == "cdr" else found.places.queue_log:
            yield f"{path} is not read: the table {each.kind} has its calls, and none may be counted twice"
        if each.zone is None:
            yield f"the time zone of the table {each.kind} cannot be told: `timezone` of its {each.kind}_database"
    if not found.counted_queues:
        yield "no queue was seen: write each under queues of its [[company]]"
    if not said.trunks and not sides.trunks:
        yield "no trunk was seen: write how its channels' names begin under trunks of the [[pbx]]"
    for trunk in hopeless:
        yield f"a phone's channels begin like those of the trunk {trunk}: no setting tells them apart"
    if sides.unclear:
        yield f"neither trunk nor phone, as far as was seen: {', '.join(sides.unclear[:10])}"
    if width := found.cdr.strange_width:
        yield f"its CDR has {width} columns: cdr_custom of the [[pbx]] must name them, docs/settings.md"
    if found.cdr.rows and not found.cdr.samples and not found.tables:
        yield "its CDR has no uniqueid: loguniqueid = yes in cdr.conf makes the figures better"
    if found.cdr.rows and not found.zone and not said.cdr_timezone and not found.tables:
        yield "the time zone of its CDR cannot be told: cdr_timezone of the [[pbx]] must say it"


def _of_people(unknown: Sequence[str], strangers: Sequence[str]) -> Iterator[str]:
    if unknown:
        yield f"nothing tells the phones of {_some(unknown)}: an [[operator]] for each, with its interface"
    if strangers:
        yield f"no Company's, or of a name that another has too: {_some(strangers)}: no [[operator]] was made"


def _some(names: Sequence[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
