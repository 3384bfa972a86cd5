"""The search for leaks finds what it looks for: a search that cannot fail would be no test."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import pytest

from tests.relay.spellings import leaks, of_number, of_text

NUMBER, NAME, TOKEN = "9160010002", "Иван Грозный", "q-" + "aB3_" * 10 + "x"


@pytest.mark.parametrize(
    "written",
    [
        "79160010002",
        "+7 (916) 001-00-02",
        "8 916 001 00 02",
        "8(916)0010002",
        "tel:%2B79160010002",
        "%2B7%20916%20001%2000%2002",
        "caller=916-001-00-02",
        "Kzc5MTYwMDEwMDAy",  # base64 of +79160010002
        "eyJuIjoiNzkxNjAwMTAwMDIifQ==",  # base64 of a JSON that has it in it
        "2b3739313630303130303032",  # in hex
        hashlib.md5(b"79160010002", usedforsecurity=False).hexdigest(),
        hashlib.sha256(b"+79160010002").hexdigest(),
    ],
)
def test_a_number_is_found_in_every_spelling(written: str) -> None:
    found = leaks({"number": of_number(NUMBER)}, {"here": f"x {written} y".encode()})
    assert [(each.what, each.where) for each in found][:1] == [("number", "here")]


@pytest.mark.parametrize("written", [NAME, NAME.lower(), NAME.upper(), quote(NAME), ascii(NAME)[1:-1]])
def test_a_name_is_found_in_every_spelling(written: str) -> None:
    assert leaks({"name": of_text(NAME)}, {"here": f"<b>{written}</b>".encode()}) != []


@pytest.mark.parametrize("written", [TOKEN, f"#token={TOKEN}", TOKEN.encode().hex()])
def test_a_token_is_found_in_every_spelling(written: str) -> None:
    (found,) = leaks({"token": of_text(TOKEN)}, {"here": written.encode()})
    assert (found.what, found.where) == ("token", "here")


def test_what_is_no_number_is_not_found() -> None:
    innocent = b"lab:lab-1795411630.2 5551000 2026-11-25T09:00:00Z 916 001"
    assert leaks({"number": of_number(NUMBER)}, {"here": innocent}) == []
