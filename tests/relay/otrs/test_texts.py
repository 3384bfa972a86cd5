"""What tickets say: whatever callers and operators write is text, one line of subject, bounded, found again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.otrs import texts
from relay.otrs.templates import ENGLISH, RUSSIAN
from relay.otrs.texts import ARTICLES, BODY_CHARACTERS, FIELD_CHARACTERS, TITLE_CHARACTERS, TicketForm
from relay.otrs.ticket import FoundTicket, holds, title_mark
from relay.store.calls import StoredCall
from relay.store.outbox import Item
from relay.words import Caller, CallId, ChannelName, CompanyId, PbxName, QueueName

KEY = "0123456789abcdef" * 2
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FORM = TicketForm(queue="Call Center", company="ACME")
HOSTILE = [
    "{number} {call.__class__} %s {0}",
    "first\nSubject: second\r\nthird",
    "\x00\x07\x1b[31m bell",
    "\u202eesrever\u2066",
    "half \ud83d of a pair",
    "<script>alert(1)</script>",
    "'; DROP TABLE ticket; --",
    "x" * 5000,
    "",
    " \t ",
    f"{title_mark('f' * 32)}",
]


def call_of(name: str = "Иван", number: str = "79160010002", **changes: Any) -> StoredCall:
    call = StoredCall(
        id=CallId("lab:lab-1.1"),
        pbx=PbxName("lab"),
        company=CompanyId("acme"),
        channel=ChannelName("PJSIP/trunk-1"),
        did="5551000",
        queue=QueueName("sales"),
        started_at=AT,
        answered_at=None,
        answered_by=None,
        ended_at=None,
        caller=Caller(number, name),
    )
    return replace(call, **changes)


def item_of(message: str = "ticket.action", **body: Any) -> Item:
    return Item(
        id=1,
        webhook_id="msg_0123456789abcdef0123456789abcdef",
        kind=message,
        target="otrs",
        company=CompanyId("acme"),
        call=CallId("lab:lab-1.1"),
        attempts=1,
        created_at=AT,
        expires_at=None,
        leased_until=AT,
        is_ordered=True,
        operator=None,
        body={"at": AT.isoformat()} | body,
        sealed_token=None,
        sealed_texts=None,
    )


def is_plain(text: str) -> bool:
    return all(c == "\n" or c.isprintable() for c in text) and text.encode("utf-8") is not None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_title_subject_body_and_fields(name: str) -> None:
    form = replace(
        FORM,
        title="{name} {company}",
        texts={"opened": "{name}\n{name} {number}\nend"},
        fields={"caller_number": "N"},
    )
    new = texts.new_ticket(form, call_of(name, name), KEY)
    assert new.title.endswith(title_mark(KEY))
    assert len(new.title) <= TITLE_CHARACTERS
    assert new.note.subject.endswith(new.note.mark)
    assert "\n" not in new.title + new.note.subject
    assert all(is_plain(each) for each in (new.title, new.note.subject, new.note.body, *new.fields.values()))
    assert new.note.body.split("\n")[-1] == "end", "no line of its own"
    assert all(len(each) <= FIELD_CHARACTERS for each in new.fields.values())
    if "{" in name:
        assert "{number} {call.__class__}" in new.note.body


@given(st.text(), st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_of_an_operator_is_kept_but_for_what_a_database_refuses(kind: str, text: str) -> None:
    note = texts.note(FORM, call_of(), item_of(kind=kind, text=text, operator=kind))
    assert note.subject.endswith(note.mark)
    assert "\n" not in note.subject
    assert is_plain(note.body)
    assert len(note.body) <= BODY_CHARACTERS


def test_an_operators_lines_stay_lines() -> None:
    note = texts.note(
        FORM, call_of(), item_of(kind="card.issued", text="One.\nTwo {x} <b>.", operator="alice")
    )
    assert note.body.endswith("One.\nTwo {x} <b>.")


@pytest.mark.parametrize("kind", ARTICLES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_kind_has_its_text_in_both_languages_and_its_own_mark(kind: str, language: str) -> None:
    form = replace(FORM, language=language, zone="Europe/Moscow")
    note = texts.note(form, call_of(), item_of(kind, operator="alice", reason="abandoned"))
    assert note.mark == texts.mark_of(item_of(kind)) == "[0123456789ab]"
    assert "2026-11-23 12:00:00 (Europe/Moscow)" in note.body
    assert note.subject[0].isascii() == (language == "en" or kind == "ticket.action")


def test_both_languages_say_the_same_words() -> None:
    def words(templates: dict[str, str]) -> dict[str, set[str | None]]:
        return {name: {part[1] for part in Formatter().parse(text)} for name, text in templates.items()}

    assert words(ENGLISH) == words(RUSSIAN)


@pytest.mark.parametrize(
    ("language", "reasons", "shown"),
    [
        ("en", {"balance": "Asked for the balance"}, "Asked for the balance"),
        ("ru", {}, "Баланс"),  # gone from the settings: as it was called then
        ("en", {}, "Balance"),
    ],
)
def test_a_close_says_its_reason_as_the_settings_have_it(
    language: str, reasons: dict[str, str], shown: str
) -> None:
    form = replace(FORM, language=language, reasons=reasons)
    label = {"en": "Balance", "ru": "Баланс"}
    close = item_of("ticket.close", reason="balance", label=label, operator="alice", comment="Told.\nAll.")
    note = texts.note(form, call_of(), close)
    assert shown in note.subject
    assert note.body.endswith("Told.\nAll.")


def test_a_reason_of_no_name_is_shown_by_its_id() -> None:
    note = texts.note(FORM, call_of(), item_of("ticket.close", reason="gone", operator="alice"))
    assert note.subject.startswith("Closed: gone")


@pytest.mark.parametrize(("language", "word"), [("en", "hidden"), ("ru", "скрыт")])
def test_a_hidden_number_is_said_to_be_hidden(language: str, word: str) -> None:
    note = texts.opening(replace(FORM, language=language), call_of(number="", name=""), KEY)
    assert word in note.body


def test_a_word_that_a_template_asks_for_in_vain_is_a_dash() -> None:
    form = replace(FORM, texts={"answered": "{operator} {reason} {text}"})
    note = texts.note(form, call_of(), item_of("ticket.answered", operator=None, interface="PJSIP/101"))
    assert note.subject == "PJSIP/101 - - [0123456789ab]"


def test_a_companys_own_texts_come_before_ours() -> None:
    form = replace(FORM, texts={"held": "Bitte warten\n{operator}"})
    assert texts.note(form, call_of(), item_of("ticket.held", operator="a")).subject.startswith(
        "Bitte warten"
    )
    assert texts.note(form, call_of(), item_of("ticket.resumed", operator="a")).subject.startswith("Off hold")


def test_a_title_has_no_caller_unless_the_template_asks() -> None:
    assert texts.title(FORM, call_of(), KEY) == f"Call ACME sales {title_mark(KEY)}"


def test_only_fields_of_the_settings_with_a_value_are_filled() -> None:
    fields = {"caller_number": "CallerNumber", "call_queue": "CallQueue", "call_start": "CallStart"}
    new = texts.new_ticket(replace(FORM, fields=fields), call_of(queue=None), KEY)
    assert new.fields == {"CallerNumber": "79160010002", "CallStart": "2026-11-23 09:00:00"}


def test_the_note_on_a_duplicate_names_the_ticket_that_stays() -> None:
    note = texts.duplicate(FORM, "2026000001", KEY)
    assert note.subject.startswith("Duplicate of ticket 2026000001")
    assert note.mark != title_mark(KEY), "it is told apart from the opening"


@pytest.mark.parametrize(
    ("key", "title", "is_ours"),
    [
        (KEY, "changed by an agent", True),
        ("", f"Call {title_mark(KEY)}", True),
        ("", f"Call {title_mark(KEY)} more", False),
        ("f" * 32, f"Call {title_mark(KEY)}", False),
        ("", "Call", False),
    ],
)
def test_a_found_ticket_is_ours_by_its_key_or_half_made_by_its_title(
    key: str, title: str, is_ours: bool
) -> None:
    assert holds(FoundTicket("1", "2026000001", title, key, "open", ()), KEY) == is_ours


@pytest.mark.parametrize(
    ("state_type", "is_closed"),
    [("open", False), ("new", False), ("pending reminder", False), ("closed", True), ("merged", True)],
)
def test_a_merged_ticket_is_over_as_a_closed_one(state_type: str, is_closed: bool) -> None:
    assert FoundTicket("1", "2", "", KEY, state_type, ()).is_closed == is_closed
