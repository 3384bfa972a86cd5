"""The stand-in OTRS's page: its tickets, newest first, each with its articles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from relay.standins.page import Html, badge, page, tag

SHOWN: Final = 60


def shown(tickets: Mapping[str, dict[str, Any]]) -> web.Response:
    newest = list(tickets.values())[::-1]
    cards = tag("div", *map(_ticket, newest[:SHOWN]), class_="grid")
    return page(
        "Stand-in OTRS",
        cards if newest else tag("p", "No ticket yet: it is made when the phone rings.", class_="quiet"),
        lead=f"Tickets: {len(newest)}. One for each call that rang a phone or waited in a queue.",
    )


def _ticket(ticket: dict[str, Any]) -> Html:
    articles = ticket["Article"]
    state = str(ticket.get("State", ""))
    top = tag(
        "div",
        tag("code", ticket["TicketNumber"]),
        badge(state, "now" if state == "open" else "past"),
        class_="top",
    )
    told = {"Queue": ticket["Queue"], "Owner": ticket.get("Owner") or "–", "Articles": len(articles)}
    facts = [part for label, value in told.items() for part in (tag("dt", label), tag("dd", value))]
    read = [
        tag("p", tag("strong", each.get("Subject", ""))) + tag("pre", each.get("Body", ""))
        for each in articles
    ]
    return tag(
        "article",
        top,
        tag("h3", ticket.get("Title", "")),
        tag("dl", *facts),
        tag("details", tag("summary", str(articles[-1].get("Subject", ""))), *map(Html, read)),
        class_="card",
    )
