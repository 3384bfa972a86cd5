"""Tickets of the lab's Znuny, by PyOTRS."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import pyotrs
from pyotrs.lib import TICKET_CONNECTOR_CONFIG_DEFAULT

from tests.lab.place import address

SLOW_SECONDS = 20.0


@dataclass
class Desk:
    """A logged-in agent. Ids of tickets are whole numbers, times are Znuny's texts."""

    client: pyotrs.Client

    def create(
        self,
        key: str,
        *,
        queue: str = "ACME",
        title: str = "Call",
        body: str = "It rang.",
        owner: str | None = None,
        fields: dict[str, str] | None = None,
    ) -> int:
        """A new ticket with its first article. Raises pyotrs.lib.APIError, HTTPError."""
        about = {
            "Title": title,
            "Queue": queue,
            "State": "new",
            "Priority": "3 normal",
            "CustomerUser": "caller",
        }
        article = pyotrs.Article(
            {"Subject": "Call", "Body": body, "CommunicationChannel": "Phone", "IsVisibleForCustomer": 0}
        )
        values = {"RelayKey": key, **(fields or {})}
        made = self.client.ticket_create(
            pyotrs.Ticket(about | ({"Owner": owner} if owner else {})),
            article,
            dynamic_fields=[pyotrs.DynamicField(name, value) for name, value in values.items()],
        )
        return int(made["TicketID"])

    def find(self, key: str) -> list[int]:
        """Tickets with this RelayKey, the oldest first."""
        wanted = pyotrs.DynamicField("RelayKey", search_patterns=[key])
        return self._ids(dynamic_fields=[wanted])

    def find_title(self, title: str) -> list[int]:
        return self._ids(Title=title)

    def _ids(self, **filters: object) -> list[int]:
        return [int(each) for each in self.client.ticket_search(SortBy="Age", OrderBy="Up", **filters)]

    def read(self, ticket: int) -> pyotrs.Ticket:
        """With its fields and articles."""
        return self.client.ticket_get_by_id(ticket, articles=True)

    def add(self, ticket: int, body: str) -> None:
        note = pyotrs.Article(
            {"Subject": "Note", "Body": body, "CommunicationChannel": "Internal", "IsVisibleForCustomer": 0}
        )
        self.client.ticket_update(ticket, article=note)


def log_in(
    agent: str,
    folder: Path,
    *,
    password: str = "",
    seconds: float = SLOW_SECONDS,
    routes: dict[str, object] | None = None,
) -> Desk:
    """`seconds`: how long to wait for an answer. Raises pyotrs.lib.APIError, HTTPError."""
    client = pyotrs.Client(
        address("ZNUNY_BASEURL"),
        agent,
        password or f"{agent}-secret",
        webservice_config_ticket=routes or search_by_post(),
        use_legacy_sessions=True,  # Znuny speaks SessionID, not OTRS 8's AccessToken
        request_timeout=(3, seconds),
        session_id_file=str(folder / agent),
    )
    client.session_create()
    return Desk(client)


def search_by_post() -> dict[str, object]:
    """PyOTRS's own routes, but a search goes out as a JSON body: a query string cannot carry a field's filter."""
    routes: dict[str, object] = copy.deepcopy(TICKET_CONNECTOR_CONFIG_DEFAULT)
    config = routes["Config"]
    assert isinstance(config, dict)
    config["TicketSearch"] = {"RequestMethod": "POST", "Route": "/TicketSearch", "Result": "TicketID"}
    return routes
