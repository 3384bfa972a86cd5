"""What tickets say; pure. An article's subject ends in a mark of its own, so that it is found again."""

from __future__ import annotations

from datetime import datetime

from relay.store.calls import StoredCall
from relay.store.outbox import Item

TITLE_CHARACTERS = 255  # Znuny cuts what is longer, silently
_SAYS = {
    "ticket.answered": "Answered",
    "ticket.held": "Put on hold",
    "ticket.resumed": "Taken off hold",
    "ticket.transferred": "Transferred",
    "ticket.missed": "Missed",
    "ticket.ended": "Ended",
}


def title(template: str, call: StoredCall, key: str) -> str:
    """The Company's template, then the token by which a half-made ticket is found."""
    token = f" [#{key[:12]}]"
    text = template.format(company=call.company, queue=call.queue or "-", did=call.did)
    return text[: TITLE_CHARACTERS - len(token)] + token


def opening(call: StoredCall) -> str:
    lines = (
        f"Call {call.id}",
        f"Caller: {call.caller.number or 'hidden'} {call.caller.name}".rstrip(),
        f"Dialled: {call.did}",
        f"Queue: {call.queue or '-'}",
        f"Started: {_shown(call.started_at)}",
    )
    return "\n".join(lines)


def mark(item: Item) -> str:
    return f"[{item.webhook_id.removeprefix('msg_')[:12]}]"


def note(item: Item) -> tuple[str, str]:
    """(subject, body) of the article for a message of the outbox."""
    says = _SAYS[item.kind]
    who = item.body.get("operator") or item.body.get("interface")
    lines = [f"{says}: {item.body['at']}", f"Operator: {who}" if who else "", _reason(item)]
    return f"{says} {mark(item)}", "\n".join(line for line in lines if line)


def _reason(item: Item) -> str:
    reason = item.body.get("reason")
    return f"Reason: {reason}" if reason else ""


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
