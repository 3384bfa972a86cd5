"""The settings of tickets: each Company's form, and the others'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from relay.otrs.texts import TicketForm
from relay.words import CompanyId, OperatorLogin


@dataclass(frozen=True, slots=True)
class TicketForms:
    """`owner`: an operator's login in OTRS, if the settings know the operator and the Company is one of his: an owner
    sees the ticket whatever its queue.
    """

    own: Mapping[CompanyId, TicketForm]
    default: TicketForm
    owner: Callable[[OperatorLogin, CompanyId], str | None]
    settle: timedelta = timedelta(seconds=60)  # longer than OTRS's longest stall

    def of(self, company: CompanyId) -> TicketForm:
        return self.own.get(company, self.default)
