"""Which channels are the outside world's, and how their names begin; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from callcenter.first_day.cdr_rows import Use

LEAST_NUMBERS = 3


@dataclass(frozen=True, slots=True)
class Sides:
    """Owners of channels, such as `PJSIP/101`, told apart; `unclear` were not seen to do what tells them."""

    trunks: tuple[str, ...]
    phones: tuple[str, ...]
    unclear: tuple[str, ...]


def sides_of(
    uses: Mapping[str, Use], members: Iterable[str], trunks: Iterable[str] = (), named: tuple[str, ...] = ()
) -> Sides:
    """`members` are queues' phones. `trunks` are told by Asterisk's settings, which know phones by address too.

    With `named`, beginnings that somebody says are trunks', those are the trunks and no others.
    """
    phones = {owner for owner, use in uses.items() if _is_phone(use)} | set(members)
    if named:
        found = {owner for owner in uses if f"{owner}-00000000".startswith(named)}
        phones -= found
    else:
        does = {owner for owner, use in uses.items() if _is_trunk(use)}
        found = (set(trunks) | does) - phones
    unclear = set[str]() if named else uses.keys() - phones - found
    return Sides(*(tuple(sorted(each)) for each in (found, phones, unclear)))


def _is_phone(use: Use) -> bool:
    if use.rung_by_a_queue:
        return True
    if use.dialled_through:
        return False
    return use.rung_as_itself > 0 or max(use.called_as_itself, use.called_out) * 2 > use.called


def _is_trunk(use: Use) -> bool:
    return bool(use.dialled_through or use.called_a_queue or len(use.numbers) >= LEAST_NUMBERS)


def prefixes_of(trunks: Collection[str], phones: Collection[str]) -> tuple[list[str], list[str]]:
    """(how trunks' channels begin and no phone's does, trunks of which no beginning tells that).

    Channels' names go on with `-` and eight hexadecimal digits, the first of which stays 0 for 268 million calls.
    """
    found: list[str] = []
    hopeless: list[str] = []
    for trunk in trunks:
        ways = [way for way in (trunk, f"{trunk}-", f"{trunk}-0") if not _meets(way, phones)]
        (found if ways else hopeless).append(ways[0] if ways else trunk)
    kept = [each for each in found if not any(each != other and each.startswith(other) for other in found)]
    return sorted(set(kept)), sorted(hopeless)


def _meets(prefix: str, phones: Collection[str]) -> bool:
    return any(f"{phone}-00000000".startswith(prefix) for phone in phones)
