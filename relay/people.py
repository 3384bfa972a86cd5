"""Operators and Companies under the names our neighbours know them by; from the settings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from callcenter.partners import Partner, matched
from callcenter.settings import Administrator, Company, Operator, Settings
from relay.words import CompanyId, Interface, OperatorLogin


def spelt(login: str) -> str:
    """The same of logins that people, and perhaps Loymax, take for one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).casefold()).strip()


def is_spelt_as(login: str, known: Iterable[str]) -> bool:
    return spelt(login) in map(spelt, known)


@dataclass(frozen=True, slots=True)
class People:
    operators: dict[OperatorLogin, Operator]
    by_loymax_login: dict[str, OperatorLogin]
    companies: dict[CompanyId, Company]
    administrators: dict[OperatorLogin, Administrator]  # who has an operator's login is that operator

    @classmethod
    def of(cls, settings: Settings) -> People:
        operators = {OperatorLogin(each.login): each for each in settings.operators}
        return cls(
            operators,
            {each.loymax_login or login: login for login, each in operators.items()},
            {CompanyId(each.id): each for each in settings.companies},
            {OperatorLogin(each.login): each for each in settings.administrators},
        )

    def login(self, operator: OperatorLogin) -> str:
        """In Loymax."""
        known = self.operators.get(operator)
        return (known.loymax_login if known else None) or operator

    def otrs_owner(self, operator: OperatorLogin, company: CompanyId) -> str | None:
        """The login in OTRS of an operator of this Company; None for any other."""
        known = self.operators.get(operator)
        if known is None or company not in known.companies:
            return None
        return known.otrs_login or operator

    def operator_with_login(self, loymax_login: str) -> OperatorLogin | None:
        return self.by_loymax_login.get(loymax_login)

    def may_sign_in(self, login: OperatorLogin) -> bool:
        return login in self.operators or login in self.administrators

    def who_signs_in(self, loymax_login: str) -> OperatorLogin | None:
        """An operator or an administrator."""
        found = (login for login, each in self.administrators.items() if each.loymax_login == loymax_login)
        return self.operator_with_login(loymax_login) or next(found, None)

    def is_ours(self, login: str) -> bool:
        """However it is spelt: an operator's or an administrator's, whether he has a password or not."""
        return is_spelt_as(login, (*self.operators, *self.administrators))

    def shown_by(self, partners: Iterable[Partner]) -> frozenset[CompanyId]:
        """The Companies of the settings that Loymax's are."""
        found = matched(tuple(self.companies.values()), partners)
        return frozenset(CompanyId(each) for ids in found.values() for each in ids)

    def name(self, login: OperatorLogin) -> str:
        known = self.operators.get(login) or self.administrators.get(login)
        return known.name if known else login

    def works_for(self, operator: OperatorLogin, company: CompanyId) -> bool:
        known = self.operators.get(operator)
        return known is not None and company in known.companies

    def interface(self, operator: OperatorLogin) -> Interface:
        """KeyError for who is not in the settings."""
        return Interface(self.operators[operator].interface)

    def company(self, company: CompanyId) -> dict[str, Any]:
        """As Loymax is told of it: our id, and its own where the settings have them."""
        known = self.companies.get(company)
        ids = {"partnerId": known.partner_id, "externalId": known.external_id} if known else {}
        return {"company": company, **{name: value for name, value in ids.items() if value is not None}}
