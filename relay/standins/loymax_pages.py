"""The stand-in Loymax's pages: an operator's windows, the webhooks that came, faults on demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from relay.standins.loymax import FAULTS, Entry, Screen, StandInLoymax
from relay.standins.member_api import MEMBER_FAULTS, QUESTIONS
from relay.standins.members import Member, member_with
from relay.standins.page import Html, badge, join, page, style, table, tag
from relay.standins.texts import Texts, texts_of

SHOWN: Final = 60  # rows of the ledger on the page
WINDOWS: Final = 12  # on an operator's page
MOST_FAULTS: Final = 50
_FAULT: Final = {"fault": "", "count": "1", "of": ""}
_KINDS: Final = {"ringing": "now", "answered": "good", "elsewhere": "past", "missed": "bad", "ended": "past"}


@dataclass(frozen=True, slots=True)
class LoymaxPages:
    loymax: StandInLoymax

    async def overview(self, request: web.Request) -> web.Response:
        texts = texts_of(request)
        operators = sorted({*self.loymax.operators, *(who for _, who in self.loymax.screens)})
        return page(
            texts["loymax"],
            tag("div", *(self._operator(each, texts) for each in operators), class_="grid"),
            tag("h2", texts["faults"]),
            self._faults(texts),
            tag("h2", texts["webhooks"].format(count=self.loymax.received.total())),
            _ledger(list(self.loymax.ledger)[:SHOWN], texts),
            lead=texts["loymax_lead"],
            language=texts["language"],
        )

    async def operator(self, request: web.Request) -> web.Response:
        login, texts = request.match_info["login"], texts_of(request)
        windows = [each for (_, who), each in self.loymax.screens.items() if who == login][::-1]
        shown = tag("div", *(_window(each, texts) for each in windows[:WINDOWS]), class_="grid")
        return page(
            login,
            shown if windows else tag("p", texts["no_window"], class_="quiet"),
            tag("p", tag("a", texts["all_operators"], href="/")),
            lead=texts["windows_lead"],
            language=texts["language"],
        )

    async def add_fault(self, request: web.Request) -> web.Response:
        """`fault` is one of FAULTS, `count` how often: in the query, or from the page's button.

        `of` is a question of the IVR's, such as `BlockCard`, and then `fault` one of MEMBER_FAULTS.
        """
        given = {**dict(request.query), **dict(await request.post())}
        fault, count, of = (str(given.get(name, usual)) for name, usual in _FAULT.items())
        known = MEMBER_FAULTS if of else FAULTS
        if fault not in known or not count.isdecimal() or not 1 <= int(count) <= MOST_FAULTS:
            raise web.HTTPBadRequest(text=f"fault is one of {', '.join(known)}; count is 1 to {MOST_FAULTS}")
        if of and of not in QUESTIONS:
            raise web.HTTPBadRequest(text=f"of is one of {', '.join(QUESTIONS)}")
        waiting = self.loymax.members.faults.setdefault(of, []) if of else self.loymax.faults
        waiting += [fault] * int(count)
        raise web.HTTPSeeOther("/")

    def app(self) -> web.Application:
        """Loymax with its pages."""
        app = self.loymax.app()
        app.add_routes(self.routes())
        return app

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.overview),
            web.get("/operators/{login}", self.operator),
            web.post("/faults", self.add_fault),
            web.get("/style.css", style),
        ]

    def _operator(self, login: str, texts: Texts) -> Html:
        windows = [each for (_, who), each in self.loymax.screens.items() if who == login]
        link = tag("a", login, href=f"/operators/{quote(login, safe='')}")
        if not windows:
            return tag("div", tag("h3", link), tag("p", texts["no_call"], class_="quiet"), class_="card")
        last = windows[-1]
        top = tag("div", tag("h3", link), _said(last, texts), class_="top")
        calls = texts["popups"].format(count=len(windows))
        kind = "card ringing" if last.said == "ringing" else "card"
        return tag("div", top, tag("p", _who(last, texts)), tag("p", calls, class_="quiet"), class_=kind)

    def _faults(self, texts: Texts) -> Html:
        buttons = [tag("button", each, type="submit", name="fault", value=each) for each in FAULTS]
        waiting = ", ".join(map(str, self.loymax.faults)) or texts["none"]
        form = tag("form", *buttons, method="post", action="/faults")
        return join((form, tag("p", texts["waiting"].format(these=waiting), class_="quiet")))


def _window(screen: Screen, texts: Texts) -> Html:
    kind = "card ringing" if screen.said == "ringing" else "card"
    top = tag("div", tag("span", _time(screen.at), class_="quiet time"), _said(screen, texts), class_="top")
    return tag("article", top, *_inside(screen, texts), class_=kind)


def _inside(screen: Screen, texts: Texts) -> tuple[Html, ...]:
    if screen.status is None:
        return (tag("h3", "…"), tag("p", texts["asking"], class_="quiet"))
    if screen.status != 200:
        why = texts["worthless" if screen.status == 404 else "cannot_say"].format(status=screen.status)
        return (tag("h3", "–"), tag("p", why, class_="quiet"))
    member = member_with(_caller(screen).get("number"))
    return _card(screen, member, texts) if member else _registration(screen, texts)


def _card(screen: Screen, member: Member, texts: Texts) -> tuple[Html, ...]:
    known = {
        "card": member.card,
        "balance": f"{member.balance:,}".replace(",", "\u202f"),
        "level": texts[member.level],
    }
    return (tag("h3", member.name), _facts({**known, **_call(screen, texts)}, texts))


def _registration(screen: Screen, texts: Texts) -> tuple[Html, ...]:
    caller = _caller(screen)
    fields = {"phone": caller.get("number"), "name": caller.get("name")}
    why = texts["nobody" if caller.get("number") else "hidden_nobody"]
    boxes = (
        tag("div", texts[label], tag("span", value or "\u00a0", class_="field"))
        for label, value in fields.items()
    )
    return (
        tag("h3", texts["registration"]),
        tag("p", why, class_="quiet"),
        tag("div", *boxes, class_="window"),
        _facts(_call(screen, texts), texts),
    )


def _call(screen: Screen, texts: Texts) -> dict[str, object]:
    answer, caller = screen.answer, _caller(screen)
    shown = " · ".join((caller.get("number") or texts["hidden"], *filter(None, [caller.get("name")])))
    told = {
        "caller": shown,
        "company": answer.get("company"),
        "queue": answer.get("queue"),
        "did": answer.get("did"),
        "ticket": answer.get("ticket"),
    }
    return {label: value for label, value in told.items() if value}


def _facts(told: dict[str, object], texts: Texts) -> Html:
    return tag("dl", *(join((tag("dt", texts[label]), tag("dd", value))) for label, value in told.items()))


def _caller(screen: Screen) -> dict[str, Any]:
    return screen.answer.get("caller") or {}


def _who(screen: Screen, texts: Texts) -> str:
    if screen.status != 200:
        return "–"
    member = member_with(_caller(screen).get("number"))
    return member.name if member else texts["unregistered"]


def _ledger(entries: list[Entry], texts: Texts) -> Html:
    rows = (
        (
            _time(each.at),
            badge(each.outcome, "good" if each.outcome == "Success" else "bad"),
            each.kind,
            each.operator or "–",
            tag("code", each.call or "–"),
            tag("code", f"{each.webhook_id[:16]}…"),
        )
        for each in entries
    )
    heads = (texts[each] for each in ("time", "answered_with", "message", "operator", "call"))
    return table((*heads, "webhook-id"), rows, texts["no_webhook"])


def _said(screen: Screen, texts: Texts) -> Html:
    return badge(texts[screen.said], _KINDS[screen.said])


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
