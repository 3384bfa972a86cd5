"""A ticket as it is sent and as it is found, and whether one that was found is ours; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOKEN_DIGITS = 12
# Types of states that end a ticket: an agent may have merged it, and so may the settings' `duplicate_state`.
CLOSED = ("closed", "merged", "removed")
MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Note:
    """An article; `subject` ends in `mark`, by which it is found again."""

    subject: str
    mark: str
    body: str = field(repr=False)  # may hold the caller's number: OTRS is one of the places it may go


@dataclass(frozen=True, slots=True)
class NewTicket:
    title: str
    queue: str
    state: str
    priority: str
    customer_user: str
    key: str
    note: Note
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)  # dynamic ones, beside the key's


@dataclass(frozen=True, slots=True)
class FoundTicket:
    id: str
    number: str
    title: str = field(repr=False)
    key: str  # "" where the key's field is empty: the ticket was left half made
    state_type: str
    subjects: tuple[str, ...]  # of its articles, oldest first

    @property
    def is_closed(self) -> bool:
        return self.state_type in CLOSED

    @property
    def is_merged(self) -> bool:
        return self.state_type == MERGED

    def has_article(self, mark: str) -> bool:
        return any(subject.endswith(mark) for subject in self.subjects)


def token_of(key: str) -> str:
    """What the title says of the key."""
    return key[:TOKEN_DIGITS]


def title_mark(key: str) -> str:
    return f"[#{token_of(key)}]"


def holds(found: FoundTicket, key: str) -> bool:
    """By its key; half a ticket, which has none, by the end of its title."""
    return found.key == key or (not found.key and found.title.endswith(title_mark(key)))


def merged_into(history: Iterable[Mapping[str, object]], ticket: str) -> str | None:
    """The id of the ticket it was merged into last, as `%%number%%id%%number of the other%%its id` has it."""
    found = None
    for each in history:
        parts = str(each.get("Name", "")).split("%%")
        if each.get("HistoryType") == "Merged" and len(parts) == 5 and parts[2] == ticket:
            found = parts[4]
    return found
