"""The stand-ins' pages: in the browser's language, a card for a Member and a registration for anybody else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from relay.standins.loymax import Screen, StandInLoymax
from relay.standins.loymax_pages import LoymaxPages
from relay.standins.members import member_with
from relay.standins.otrs import StandInOtrs
from relay.standins.texts import EN, RU

NOW = datetime(2026, 11, 25, 9, 15, tzinfo=UTC)
MEMBER = next(f"+7916001{n:04}" for n in range(100) if member_with(f"+7916001{n:04}"))
STRANGER = next(f"+7916001{n:04}" for n in range(100) if not member_with(f"+7916001{n:04}"))


def read(language: str, path: str, number: str | None = None, name: str = "Ann") -> str:
    """The page of a Loymax where alice's phone rings."""
    loymax = StandInLoymax("u", "p", "whsec_c2VjcmV0", "s", operators=("alice",))
    answer: dict[str, Any] = {"company": "acme", "caller": {"number": number, "name": name}}
    loymax.screens["lab:1", "alice"] = Screen("lab:1", "alice", NOW, 200, answer)
    return asyncio.run(_get(LoymaxPages(loymax).app(), path, language))


async def _get(app: Any, path: str, language: str) -> str:
    served = TestServer(app)
    await served.start_server()
    headers = {"Accept-Language": language}
    async with aiohttp.ClientSession() as http, http.get(served.make_url(path), headers=headers) as answer:
        assert answer.status == 200
        text = await answer.text()
    await served.close()
    return text


def test_every_text_is_in_both_languages_with_the_same_words_to_fill_in() -> None:
    assert EN.keys() == RU.keys()
    for name, text in EN.items():
        assert _words(text) == _words(RU[name]), name


def _words(text: str) -> set[str | None]:
    return {word for _, word, _, _ in Formatter().parse(text)}


@pytest.mark.parametrize(
    ("language", "shown", "not_shown"),
    [("ru,en;q=0.5", "Уровень", "Level"), ("en", "Level", "Уровень"), ("de", "Level", "Уровень")],
)
def test_a_member_has_a_card_in_the_browsers_language(language: str, shown: str, not_shown: str) -> None:
    page = read(language, "/operators/alice", MEMBER)
    member = member_with(MEMBER)
    assert member is not None
    assert member.card in page
    assert (shown in page, not_shown in page) == (True, False)
    assert f'<html lang="{language[:2] if language != "de" else "en"}">' in page


def test_the_language_may_be_chosen() -> None:
    assert "Все операторы" in read("en", "/operators/alice?lang=ru", MEMBER)


def test_who_is_no_member_is_registered_and_who_hides_is_said_to() -> None:
    stranger, hidden = (read("en", "/operators/alice", number) for number in (STRANGER, None))
    assert "Nobody has this number." in stranger
    assert STRANGER in stranger
    assert "The number is hidden" in hidden


def test_a_callers_name_is_text() -> None:
    page = read("en", "/operators/alice", STRANGER, "<b>Ann</b>")
    assert "&lt;b&gt;Ann&lt;/b&gt;" in page
    assert "<b>" not in page


def test_the_overview_and_the_tickets_speak_the_language_too() -> None:
    assert "Сбои для следующих вебхуков" in read("ru", "/", MEMBER)
    assert "Заявок пока нет" in asyncio.run(_get(StandInOtrs("u", "p").app(), "/", "ru"))


@pytest.mark.parametrize(
    ("query", "status", "waiting"),
    [
        ("of=BlockCard&fault=lost&count=2", 303, {"BlockCard": ["lost", "lost"]}),
        ("of=BlockCard&fault=signature", 400, {}),
        ("of=Webhooks&fault=500", 400, {}),
        ("of=Cards&fault=500&count=51", 400, {}),
    ],
)
def test_faults_of_what_the_ivr_asks_are_on_demand_too(
    query: str, status: int, waiting: dict[str, list[str]]
) -> None:
    async def scenario() -> None:
        loymax = StandInLoymax("u", "p", "whsec_c2VjcmV0", "s")
        served = TestServer(LoymaxPages(loymax).app())
        await served.start_server()
        url = served.make_url(f"/faults?{query}")
        async with aiohttp.ClientSession() as http, http.post(url, allow_redirects=False) as answer:
            assert answer.status == status
        await served.close()
        assert (loymax.members.faults, loymax.faults) == (waiting, [])

    asyncio.run(scenario())
