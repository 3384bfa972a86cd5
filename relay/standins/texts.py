"""The stand-ins' pages in English and Russian: the browser's language decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from relay.console.texts import language_of

Texts = Mapping[str, str]

EN: Final[Texts] = {
    "language": "en",
    "loymax": "Stand-in Loymax",
    "loymax_lead": "What Loymax is told of calls, and what it makes of it. Everybody here is invented.",
    "faults": "Faults for the next webhooks",
    "waiting": "Waiting: {these}",
    "none": "none",
    "webhooks": "Webhooks ({count} taken)",
    "no_webhook": "None has come yet.",
    "time": "Time, UTC",
    "answered_with": "Answered",
    "message": "Message",
    "operator": "Operator",
    "windows_lead": "This operator's call windows, newest first. Times are UTC.",
    "no_window": "No call yet: the window opens when the phone rings.",
    "all_operators": "All operators",
    "no_call": "No call yet",
    "popups": "Pop-ups: {count}",
    "ringing": "ringing",
    "answered": "talking",
    "elsewhere": "taken by another",
    "missed": "missed",
    "ended": "ended",
    "asking": "Asking the relay who calls",
    "worthless": "The token is not worth anything any more. ({status})",
    "cannot_say": "The relay cannot say. ({status})",
    "unregistered": "not registered",
    "registration": "Registration",
    "nobody": "Nobody has this number.",
    "hidden_nobody": "The number is hidden: nobody can be looked up.",
    "phone": "Phone",
    "name": "Name",
    "card": "Card",
    "balance": "Balance, points",
    "level": "Level",
    "bronze": "Bronze",
    "silver": "Silver",
    "gold": "Gold",
    "caller": "Caller",
    "hidden": "hidden number",
    "company": "Company",
    "queue": "Queue",
    "did": "Dialled",
    "call": "Call",
    "ticket": "Ticket",
    "otrs": "Stand-in OTRS",
    "otrs_lead": "Tickets: {count}. One for each call that rang a phone or waited in a queue.",
    "no_ticket": "No ticket yet: it is made when the phone rings.",
    "owner": "Owner",
    "articles": "Articles",
}
RU: Final[Texts] = {
    "language": "ru",
    "loymax": "Loymax для показа",
    "loymax_lead": "Что Loymax узнаёт о звонках и что показывает оператору. Все люди здесь вымышлены.",
    "faults": "Сбои для следующих вебхуков",
    "waiting": "Ждут: {these}",
    "none": "нет",
    "webhooks": "Вебхуки (принято: {count})",
    "no_webhook": "Пока ни одного.",
    "time": "Время, UTC",
    "answered_with": "Ответ",
    "message": "Сообщение",
    "operator": "Оператор",
    "windows_lead": "Окна звонков этого оператора, новые сверху. Время — UTC.",
    "no_window": "Звонков пока нет: окно откроется, когда зазвонит телефон.",
    "all_operators": "Все операторы",
    "no_call": "Звонков пока нет",
    "popups": "Окон: {count}",
    "ringing": "звонит",
    "answered": "разговор",
    "elsewhere": "принял другой",
    "missed": "пропущен",
    "ended": "завершён",
    "asking": "Спрашиваем, кто звонит",
    "worthless": "Токен больше не действует. ({status})",
    "cannot_say": "Узнать, кто звонит, сейчас нельзя. ({status})",
    "unregistered": "не зарегистрирован",
    "registration": "Регистрация",
    "nobody": "Этого номера у нас нет.",
    "hidden_nobody": "Номер скрыт: искать участника не по чему.",
    "phone": "Телефон",
    "name": "Имя",
    "card": "Карта",
    "balance": "Баланс, баллы",
    "level": "Уровень",
    "bronze": "Бронза",
    "silver": "Серебро",
    "gold": "Золото",
    "caller": "Звонит",
    "hidden": "номер скрыт",
    "company": "Компания",
    "queue": "Очередь",
    "did": "Набран",
    "call": "Звонок",
    "ticket": "Заявка",
    "otrs": "OTRS для показа",
    "otrs_lead": "Заявок: {count}. По одной на каждый звонок, который дошёл до телефона или ждал в очереди.",
    "no_ticket": "Заявок пока нет: заявка появится, когда зазвонит телефон.",
    "owner": "Владелец",
    "articles": "Записей",
}
LANGUAGES: Final = {"en": EN, "ru": RU}


def texts_of(request: web.Request) -> Texts:
    """`?lang=` counts before what the browser prefers."""
    chosen = request.query.get("lang", "")
    return LANGUAGES[language_of(chosen, request.headers.get("Accept-Language", ""))]
