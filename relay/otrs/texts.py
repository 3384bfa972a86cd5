"""What tickets say; pure. An article's subject ends in a mark of its own, so that it is found again.

Whatever a caller or an operator wrote stands in these texts as text: it is never a template, has no line of the subject
for itself, no character that a database refuses, and a bounded length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from relay.otrs.templates import HIDDEN, TEXTS, TITLES, WORDS
from relay.otrs.ticket import NewTicket, Note, title_mark
from relay.store.calls import StoredCall
from relay.store.outbox import Item

TITLE_CHARACTERS = 255  # Znuny cuts what is longer, silently
SUBJECT_CHARACTERS = 200
FIELD_CHARACTERS = 200  # 5,000 make Znuny fail in the middle of a creation
BODY_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class TicketForm:
    """What a Company's tickets are like. `texts` and `fields` are the settings' own; `zone` is the Company's."""

    queue: str
    company: str = ""
    title: str | None = None
    state: str = "open"
    closed_state: str = "closed successful"
    duplicate_state: str = "closed unsuccessful"
    priority: str = "3 normal"
    customer_user: str = "caller"
    language: str = "en"
    zone: str = "UTC"
    texts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)  # what of the call -> the dynamic field's name
    reasons: Mapping[str, str] = field(default_factory=dict)  # a reason's id -> as it is shown

    def text(self, name: str) -> str:
        return self.texts.get(name) or TEXTS[self.language][name]


def new_ticket(form: TicketForm, call: StoredCall, key: str) -> NewTicket:
    return NewTicket(
        title=title(form, call, key),
        queue=form.queue,
        state=form.state,
        priority=form.priority,
        customer_user=form.customer_user,
        key=key,
        note=opening(form, call, key),
        fields=_fields(form, call),
    )


def title(form: TicketForm, call: StoredCall, key: str) -> str:
    """The Company's template, then the token by which a half-made ticket is found."""
    mark = f" {title_mark(key)}"
    text = _filled(form.title or TITLES[form.language], _of_call(form, call))
    return line(text, TITLE_CHARACTERS - len(mark)) + mark


def opening(form: TicketForm, call: StoredCall, key: str) -> Note:
    at = {"at": _shown(call.started_at, form)}
    return _note(form.text("opened"), _of_call(form, call) | at, title_mark(key))


def mark_of(item: Item) -> str:
    return f"[{item.webhook_id.removeprefix('msg_')[:12]}]"


def note(form: TicketForm, call: StoredCall, item: Item, more: str = "") -> Note:
    """The article for a message of the outbox; KeyError for a kind that has none."""
    name = ARTICLES[item.kind]
    said = {word: str(value) for word, value in item.body.items() if value is not None}
    words = WORDS[form.language]
    if name == "closed":
        said["reason"] = _reason(form, item)
    elif name != "action":
        said |= {
            word: words.get(f"{word}.{said[word]}") or words.get(said[word], said[word])
            for word in ("reason", "kind", "result", "outcome")
            if word in said
        }
    said["operator"] = said.get("operator") or said.get("interface") or "-"
    said["at"] = _shown(datetime.fromisoformat(said["at"]), form)
    return _note(form.text(name), _of_call(form, call) | said, mark_of(item), more)


def _reason(form: TicketForm, item: Item) -> str:
    """In the settings' words; of one that is gone from them, in those of the time."""
    reason = str(item.body.get("reason") or "-")
    then = item.body.get("label") or {}
    return form.reasons.get(reason) or str(then.get(form.language) or reason)


def no_owner(form: TicketForm, login: str) -> str:
    return _filled(form.text("no_owner"), {"login": login})


def duplicate(form: TicketForm, kept: str, key: str) -> Note:
    """Said of a ticket that OTRS made after all: its number is in `kept`."""
    return _note(form.text("duplicate"), {"ticket": kept}, f"[={title_mark(key)[2:]}")


ARTICLES = {
    "ticket.answered": "answered",
    "ticket.held": "held",
    "ticket.resumed": "resumed",
    "ticket.transferred": "transferred",
    "ticket.missed": "missed",
    "ticket.ended": "ended",
    "ticket.action": "action",
    "ticket.close": "closed",
    "ticket.callback_attempted": "callback_attempted",
    "ticket.callback_closed": "callback_closed",
    "ticket.callback_noted": "callback_noted",
    "ticket.ivr": "ivr",
    "ticket.served": "served",
}


def line(text: str, most: int) -> str:
    """One line of what may be anything."""
    return " ".join(clean(text).split())[:most].rstrip()


def clean(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which PostgreSQL and JSON refuse."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c == "\n" or c.isprintable() else " " for c in whole)


def _note(template: str, values: Mapping[str, str], mark: str, more: str = "") -> Note:
    """The template's first line is the subject, so that no value of several lines is cut into it."""
    first, _, rest = template.partition("\n")
    subject = line(_filled(first, values), SUBJECT_CHARACTERS)
    lines = [subject, *(clean(_filled(each, values)).rstrip() for each in rest.split("\n"))]
    body = "\n".join([*lines, more] if more else lines).strip()[:BODY_CHARACTERS]
    return Note(f"{subject} {mark}".lstrip(), mark, body or mark)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """A value that is not there is shown as a dash: a template of the settings may ask for any."""
    return template.format_map(defaultdict(lambda: "-", values))


def _of_call(form: TicketForm, call: StoredCall) -> dict[str, str]:
    return {
        "call": call.id,
        "company": form.company or call.company,
        "queue": call.queue or "-",
        "did": line(call.did, FIELD_CHARACTERS),
        "number": line(call.caller.number, FIELD_CHARACTERS) or HIDDEN[form.language],
        "name": line(call.caller.name, FIELD_CHARACTERS),
    }


def _fields(form: TicketForm, call: StoredCall) -> dict[str, str]:
    """The dynamic fields of the settings; one without a value is left out."""
    values = {
        "caller_number": call.caller.number,
        "called_number": call.did,
        "call_id": call.id,
        "call_queue": call.queue or "",
        "call_start": f"{call.started_at:%Y-%m-%d %H:%M:%S}",
    }
    shown = {name: line(values[what], FIELD_CHARACTERS) for what, name in form.fields.items()}
    return {name: value for name, value in shown.items() if value}


def _shown(at: datetime, form: TicketForm) -> str:
    zone: tzinfo = ZoneInfo(form.zone)
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} ({form.zone})"
