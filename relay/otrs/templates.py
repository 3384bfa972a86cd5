"""What articles say, in Russian and English, unless the settings have texts of their own.

A text's first line is the article's subject. What may stand in braces: {operator}, {at}, {number}, {name}, {did},
{queue}, {call}, {company} and, where there is one, {reason}, {comment}, {text}, {kind}, {ticket}, {result}, {nth},
{outcome}.
"""

from __future__ import annotations

ENGLISH = {
    "opened": "Call\nCaller: {number} {name}\nDialled: {did}\nQueue: {queue}\nStarted: {at}\nCall: {call}",
    "answered": "Answered\n{at}\nOperator: {operator}",
    "held": "On hold\n{at}\nOperator: {operator}",
    "resumed": "Off hold\n{at}\nOperator: {operator}",
    "transferred": "Transferred\n{at}\nBy: {operator}\nHow: {kind}",
    "missed": "Missed\n{at}\nReason: {reason}",
    "ended": "Ended\n{at}",
    "action": "{kind}\n{at}\nOperator: {operator}\n\n{text}",
    "closed": "Closed: {reason}\n{at}\nOperator: {operator}\n\n{comment}",
    "duplicate": "Duplicate of ticket {ticket}\nOTRS made this one after the relay had stopped waiting for it.",
    "no_owner": "The owner was not changed: OTRS does not know {login} as an agent.",
    "callback_attempted": "Called back: {result}\n{at}\nOperator: {operator}\nAttempt: {nth}",
    "callback_closed": "Callback closed: {outcome}\n{at}\nOperator: {operator}\n\n{comment}",
    "callback_noted": "Note on the callback\n{at}\nOperator: {operator}\n\n{text}",
}
RUSSIAN = {
    "opened": "Звонок\nЗвонит: {number} {name}\nНабран: {did}\nОчередь: {queue}\nНачало: {at}\nЗвонок: {call}",
    "answered": "Ответ\n{at}\nОператор: {operator}",
    "held": "На удержании\n{at}\nОператор: {operator}",
    "resumed": "Снят с удержания\n{at}\nОператор: {operator}",
    "transferred": "Перевод\n{at}\nПеревёл: {operator}\nКак: {kind}",
    "missed": "Пропущен\n{at}\nПричина: {reason}",
    "ended": "Завершён\n{at}",
    "action": "{kind}\n{at}\nОператор: {operator}\n\n{text}",
    "closed": "Закрыт: {reason}\n{at}\nОператор: {operator}\n\n{comment}",
    "duplicate": "Дубликат заявки {ticket}\nOTRS создала эту заявку, когда её уже не ждали.",
    "no_owner": "Владелец не изменён: OTRS не знает агента {login}.",
    "callback_attempted": "Обратный звонок: {result}\n{at}\nОператор: {operator}\nПопытка: {nth}",
    "callback_closed": "Обратный звонок закрыт: {outcome}\n{at}\nОператор: {operator}\n\n{comment}",
    "callback_noted": "Заметка к обратному звонку\n{at}\nОператор: {operator}\n\n{text}",
}
TITLES = {"en": "Call {company} {queue}", "ru": "Звонок {company} {queue}"}
TEXTS = {"en": ENGLISH, "ru": RUSSIAN}
HIDDEN = {"en": "hidden", "ru": "скрыт"}
# Words of facts (relay/calls/facts.py) as they are shown.
WORDS = {
    "en": {
        "abandoned": "the caller gave up waiting",
        "left_queue": "the caller left the queue",
        "not_answered": "nobody answered",
        "timeout": "the queue timed out",
        "queue_refused": "the queue was full, or nobody was in it",
        "reason.closed": "out of business hours",
        "asked": "the caller asked to be called back",
        "reason.unknown": "not known; Asterisk could not be seen",
        "answered": "the customer answered",
        "busy": "busy",
        "no_answer": "the customer did not answer",
        "failed": "the call did not get through",
        "cancelled": "the operator hung up before the customer answered",
        "result.unknown": "not known; the customer's phone may have rung",
        "reached": "the customer was reached",
        "self_served": "the customer called again and was answered",
        "refused": "the customer wants no call",
        "gave_up": "given up",
        "expired": "expired",
    },
    "ru": {
        "abandoned": "клиент не дождался ответа",
        "left_queue": "клиент вышел из очереди",
        "not_answered": "никто не ответил",
        "timeout": "время ожидания в очереди истекло",
        "queue_refused": "очередь переполнена, или в ней никого не было",
        "reason.closed": "нерабочее время",
        "asked": "клиент попросил перезвонить",
        "reason.unknown": "неизвестно; Asterisk был недоступен",
        "answered": "клиент ответил",
        "busy": "занято",
        "no_answer": "клиент не ответил",
        "failed": "не удалось соединить",
        "cancelled": "оператор положил трубку раньше ответа клиента",
        "result.unknown": "неизвестно; телефон клиента мог звонить",
        "reached": "с клиентом поговорили",
        "self_served": "клиент перезвонил, и ему ответили",
        "refused": "клиент отказался от звонка",
        "gave_up": "попытки исчерпаны",
        "expired": "срок истёк",
        "blind": "без сопровождения",
        "attended": "с сопровождением",
    },
}
