"""Members whom the walk of the dial plan calls as, by number; and what is wrong with some of them."""

from __future__ import annotations

import asyncio

from aiohttp import web

from relay.standins.member_api import MemberApi
from relay.standins.members import Member

ANNA, IVAN, OLEG, VERA, SICK, NINA = (f"7916077300{nth}" for nth in range(1, 7))
LENA, ZOYA, TWINS, PAVEL, DINA, RITA, YANA, KIRA, GLEB, FAINA, ROMA, MARK, TINA = (
    f"791607731{nth:02}" for nth in range(13)
)
RICH, RICHER, EVEN, OWING, LUCKY, NONE, PETR, ZINA, SEVA, MAYA = (f"7916077320{nth}" for nth in range(10))


def _member(nth: int, balance: int = 40, pin: str = "", card: str = "") -> Member:
    """With a card that ends in 4300 and `nth`."""
    shown = card or f"9900 1111 2222 {4300 + nth}"
    return Member(f"Участник {nth}", shown, balance, "gold", id=50 + nth, card_id=700 + nth, pin=pin)


MEMBERS: dict[str, tuple[Member, ...]] = {
    ANNA: (_member(21, 1234),),
    IVAN: (_member(22, 1),),
    OLEG: (_member(23),),
    VERA: (_member(24),),
    NINA: (_member(25),),
    LENA: (
        Member("Лена Роща", "9900 1111 2222 4326", 11, "gold", id=190, card_id=726),
        Member("Лена Роща", "9900 1111 2222 4327", 11, "gold", id=190, card_id=727),
    ),
    ZOYA: (Member("Зоя Полдень", "", 5, "gold", id=191),),
    TWINS: (_member(28), _member(29)),
    PAVEL: (_member(30, 521_782, pin="482615937043"),),
    DINA: (_member(31, pin="5173"),),
    RITA: (
        Member("Рита Янтарь", "9900 1111 2222 4332", 1, "gold", id=192, card_id=732, pin="6284"),
        Member("Рита Янтарь", "9900 1111 2222 4333", 1, "gold", id=192, card_id=733, pin="6284"),
    ),
    YANA: (_member(34),),
    KIRA: (_member(35),),
    GLEB: (_member(36),),
    FAINA: (_member(37),),
    ROMA: (_member(38),),
    MARK: (_member(39),),
    RICH: (_member(40, 2_345_678),),
    RICHER: (_member(41, 5_192_421),),
    EVEN: (_member(42, 800_911),),
    OWING: (_member(43, -12),),
    LUCKY: (_member(44, 1),),
    NONE: (_member(45, 0),),
    PETR: (_member(48),),
    ZINA: (_member(49),),
    SEVA: (_member(50),),
    MAYA: (_member(51, 800_911),),
    TINA: (
        Member("Тина Снегирь", "9900 1111 2222 4346", 7, "gold", id=193, card_id=746),
        Member("Тина Снегирь", "9900 1111 2222 4347", 7, "gold", id=193, card_id=747),
    ),
}


# How often each card was blocked in the end: once, and no other.
BLOCKED = dict.fromkeys((723, 727, 731, 736, 737, 738, 740, 747), 1)


def card_of(number: str) -> int:
    return MEMBERS[number][0].card_id


def look(number: str) -> tuple[Member, ...]:
    """As Loymax knows them; it fails for one."""
    if number == f"+{SICK}":
        raise web.HTTPInternalServerError
    return MEMBERS.get(number.removeprefix("+"), ())


def settle(api: MemberApi) -> None:
    """Who meets what in Loymax. Of the first two it never says a word, of the third when it is let."""
    api.look = look
    api.stuck |= {card_of(NINA): 500, card_of(MARK): 429}
    for each in (MEMBERS[YANA][0].id, card_of(KIRA), card_of(GLEB)):
        api.held[each] = asyncio.Event()
    api.blocked[card_of(FAINA)] = 1
