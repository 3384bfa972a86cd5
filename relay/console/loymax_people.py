"""People who are not ours and come with their password of Loymax: who is one, and what Loymax shows him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from callcenter.partners import Partner, matched
from relay.console.passwords import Passwords
from relay.errors import DeliveryFault, GiveUp
from relay.loymax.rights import WRONG, Rights
from relay.people import People, is_spelt_as, spelt

MOST_LOGIN: Final = 150  # characters: the store has room for more

Refusal = Literal["wrong", "unseen", "loymax"]


@dataclass(frozen=True, slots=True)
class Shown:
    """Those of Loymax's Companies that are the settings'; where there is none, why he is refused.

    `code` is a word for the log, never a text of theirs.
    """

    partners: tuple[Partner, ...] = ()
    why: Refusal = "unseen"
    code: str = ""


@dataclass(frozen=True, slots=True)
class LoymaxPeople:
    rights: Rights
    people: People
    passwords: Passwords

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.rights.statistics.session_minutes)

    def are_asked_about(self, login: str) -> bool:
        """Not where the login is ours in any spelling: its password is nothing for Loymax, nor the other way round."""
        return not self.people.is_ours(login) and not is_spelt_as(login, self.passwords.logins())

    async def shown(self, login: str, password: str) -> Shown:
        if not (password and login.isprintable() and 0 < len(spelt(login)) <= MOST_LOGIN):
            return Shown(why="wrong")
        try:
            told = await self.rights.of(login, password)
        except GiveUp as refused:
            return Shown(why="wrong" if refused.code.startswith(WRONG) else "unseen", code=refused.code)
        except DeliveryFault as fault:
            return Shown(why="loymax", code=fault.code)
        return Shown(tuple(matched(tuple(self.people.companies.values()), told)))
