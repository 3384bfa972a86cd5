"""The Members of the stand-in Loymax: invented people, found by number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_GIVEN = ("Анна", "Иван", "Мария", "Олег", "Софья", "Тимур", "Вера", "Павел", "Лейла", "Георгий")
_FAMILY = ("Ветер", "Берег", "Снежная-Роща", "Полдень", "О'Рейн", "Клевер", "Янтарь", "Ручей", "Сокол")
_LEVELS = ("bronze", "silver", "gold")


@dataclass(frozen=True, slots=True)
class Member:
    """`balance` is in bonus points; `id` and `card_id` are Loymax's own. Without `card` there is none."""

    name: str
    card: str
    balance: int
    level: str
    id: int = 0
    card_id: int = 0
    pin: str = ""


def member_with(number: str | None) -> Member | None:
    """Always the same for a number; two of three callers are Members, who hides the number is none."""
    if not number:
        return None
    drawn = hashlib.sha256(number.encode()).digest()
    if drawn[0] % 3 == 0:
        return None
    name = f"{_GIVEN[drawn[1] % len(_GIVEN)]} {_FAMILY[drawn[2] % len(_FAMILY)]}"
    card = f"{int.from_bytes(drawn[3:9]) % 10**12:012}"
    shown = " ".join(("9900", card[:4], card[4:8], card[8:]))
    return Member(
        name,
        shown,
        int.from_bytes(drawn[9:11]) % 5000,
        _LEVELS[drawn[11] % len(_LEVELS)],
        id=1 + int.from_bytes(drawn[12:15]),
        card_id=1 + int.from_bytes(drawn[15:18]),
        pin=f"{int.from_bytes(drawn[18:20]) % 10**4:04}",
    )
