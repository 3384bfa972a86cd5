"""The stand-in Loymax's pages: an operator's windows, the webhooks that came, faults on demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from relay.standins.loymax import FAULTS, Entry, Screen, StandInLoymax
from relay.standins.members import Member, member_with
from relay.standins.page import Html, badge, join, page, style, table, tag, void

SHOWN: Final = 60  # rows of the ledger on the page
WINDOWS: Final = 12  # on an operator's page
MOST_FAULTS: Final = 50
_SAID: Final = {
    "ringing": ("now", "звонит / ringing"),
    "answered": ("good", "разговор / talking"),
    "elsewhere": ("past", "принял другой / taken by another"),
    "missed": ("bad", "пропущен / missed"),
    "ended": ("past", "завершён / ended"),
}


@dataclass(frozen=True, slots=True)
class LoymaxPages:
    loymax: StandInLoymax

    async def overview(self, _request: web.Request) -> web.Response:
        operators = sorted({*self.loymax.operators, *(who for _, who in self.loymax.screens)})
        return page(
            "Stand-in Loymax",
            tag("div", *(self._operator(each) for each in operators), class_="grid"),
            tag("h2", "Faults for the next webhooks"),
            self._faults(),
            tag("h2", f"Webhooks ({self.loymax.received.total()} taken)"),
            _ledger(list(self.loymax.ledger)[:SHOWN]),
            lead="What Loymax is told of calls, and what it makes of it. Everybody here is invented.",
        )

    async def operator(self, request: web.Request) -> web.Response:
        login = request.match_info["login"]
        windows = [each for (_, who), each in self.loymax.screens.items() if who == login][::-1]
        shown = tag("div", *map(_window, windows[:WINDOWS]), class_="grid")
        return page(
            login,
            shown
            if windows
            else tag("p", "No call yet: the window opens when the phone rings.", class_="quiet"),
            tag("p", tag("a", "All operators", href="/")),
            lead="This operator's call windows, newest first.",
        )

    async def add_fault(self, request: web.Request) -> web.Response:
        """`fault` is one of FAULTS, `count` how often: in the query, or from the page's button."""
        given = {**dict(request.query), **dict(await request.post())}
        fault, count = str(given.get("fault")), str(given.get("count", "1"))
        if fault not in FAULTS or not count.isdecimal() or not 1 <= int(count) <= MOST_FAULTS:
            raise web.HTTPBadRequest(text=f"fault is one of {', '.join(FAULTS)}; count is 1 to {MOST_FAULTS}")
        self.loymax.faults += [fault] * int(count)
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

    def _operator(self, login: str) -> Html:
        windows = [each for (_, who), each in self.loymax.screens.items() if who == login]
        link = tag("a", login, href=f"/operators/{quote(login, safe='')}")
        if not windows:
            return tag("div", tag("h3", link), tag("p", "No call yet", class_="quiet"), class_="card")
        last = windows[-1]
        top = tag("div", tag("h3", link), badge(*_said(last)), class_="top")
        calls = "1 pop-up" if len(windows) == 1 else f"{len(windows)} pop-ups"
        kind = "card ringing" if last.said == "ringing" else "card"
        return tag("div", top, tag("p", _who(last)), tag("p", calls, class_="quiet"), class_=kind)

    def _faults(self) -> Html:
        buttons = [tag("button", each, type="submit", name="fault", value=each) for each in FAULTS]
        waiting = ", ".join(map(str, self.loymax.faults)) or "none"
        form = tag("form", *buttons, method="post", action="/faults")
        return join((form, tag("p", f"Waiting: {waiting}", class_="quiet")))


def _window(screen: Screen) -> Html:
    kind = "card ringing" if screen.said == "ringing" else "card"
    top = tag("div", tag("span", _time(screen.at), class_="quiet"), badge(*_said(screen)), class_="top")
    return tag("article", top, *_inside(screen), class_=kind)


def _inside(screen: Screen) -> tuple[Html, ...]:
    if screen.status is None:
        return (tag("h3", "…"), tag("p", "Asking the relay who calls", class_="quiet"))
    if screen.status != 200:
        why = "The token is not worth anything any more." if screen.status == 404 else "The relay cannot say."
        return (tag("h3", "–"), tag("p", f"{why} ({screen.status})", class_="quiet"))
    member = member_with(_caller(screen).get("number"))
    return _card(screen, member) if member else _registration(screen)


def _card(screen: Screen, member: Member) -> tuple[Html, ...]:
    known = {
        "Карта / Card": member.card,
        "Баланс / Balance": f"{member.balance:,}".replace(",", "\u202f"),
        "Уровень / Level": member.level,
    }
    return (tag("h3", member.name), _facts({**known, **_call(screen)}))


def _registration(screen: Screen) -> tuple[Html, ...]:
    caller = _caller(screen)
    fields = {"Телефон / Phone": caller.get("number") or "", "Имя / Name": caller.get("name") or ""}
    inputs = (
        tag("label", label, void("input", type="text", value=value, class_="field", readonly=""))
        for label, value in fields.items()
    )
    return (
        tag("h3", "Регистрация / Registration"),
        tag("p", "Этого номера у нас нет. / Nobody has this number.", class_="quiet"),
        tag("div", *inputs, class_="window"),
        _facts(_call(screen)),
    )


def _call(screen: Screen) -> dict[str, object]:
    answer, caller = screen.answer, _caller(screen)
    shown = " · ".join(each for each in (caller.get("number"), caller.get("name")) if each)
    told = {
        "Звонит / Caller": shown or "номер скрыт / hidden",
        "Компания / Company": answer.get("company"),
        "Очередь / Queue": answer.get("queue") or answer.get("did"),
        "Заявка / Ticket": answer.get("ticket"),
    }
    return {label: value for label, value in told.items() if value}


def _facts(told: dict[str, object]) -> Html:
    return tag("dl", *(join((tag("dt", label), tag("dd", value))) for label, value in told.items()))


def _caller(screen: Screen) -> dict[str, Any]:
    return screen.answer.get("caller") or {}


def _who(screen: Screen) -> str:
    if screen.status != 200:
        return "–"
    member = member_with(_caller(screen).get("number"))
    return member.name if member else "не зарегистрирован / not registered"


def _ledger(entries: list[Entry]) -> Html:
    rows = (
        (
            _time(each.at),
            badge(each.outcome, "good" if each.outcome == "Success" else "bad"),
            each.kind,
            each.operator or "–",
            tag("code", each.call),
            tag("code", f"{each.webhook_id[:16]}…"),
        )
        for each in entries
    )
    return table(
        ("Time, UTC", "Answered", "Message", "Operator", "Call", "webhook-id"), rows, "None has come yet."
    )


def _said(screen: Screen) -> tuple[str, str]:
    kind, text = _SAID[screen.said]
    return text, kind


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
