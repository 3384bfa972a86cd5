"""The stand-in OTRS's page: its tickets, newest first, each with its articles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from relay.standins.page import Html, badge, page, tag
from relay.standins.texts import Texts

SHOWN: Final = 60


def shown(tickets: Mapping[str, dict[str, Any]], texts: Texts) -> web.Response:
    newest = list(tickets.values())[::-1]
    cards = tag("div", *(_ticket(each, texts) for each in newest[:SHOWN]), class_="grid")
    return page(
        texts["otrs"],
        cards if newest else tag("p", texts["no_ticket"], class_="quiet"),
        lead=texts["otrs_lead"].format(count=len(newest)),
        language=texts["language"],
    )


def _ticket(ticket: dict[str, Any], texts: Texts) -> Html:
    articles = ticket["Article"]
    state = str(ticket.get("State", ""))
    top = tag(
        "div",
        tag("code", ticket["TicketNumber"]),
        badge(state, "now" if state == "open" else "past"),
        class_="top",
    )
    told = {"queue": ticket["Queue"], "owner": ticket.get("Owner") or "–", "articles": len(articles)}
    facts = [part for label, value in told.items() for part in (tag("dt", texts[label]), tag("dd", value))]
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
