"""Callers' numbers in the marts are what callcenter.phone makes of them, whichever way they took."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.phone import COUNTRIES, country_rule, mask, normalise, number_key
from tests.warehouse.harness import KEY, SETTINGS, CallCenter, fast_folder, open_folder

# Countries whose numbers take the way through SQL, and some that do not.
RULED = sorted(country for country in COUNTRIES if country_rule(country))
UNRULED = ["DE", "GB", "KZ", "BR"]
NOWHERE = "nowhere"  # a Company without a country

Asked = tuple[str, str]  # the number as the PBX has it, and the country of the Company
Found = tuple[UUID | None, str | None]  # the key and the mask

HEAD = """
[warehouse]
path = "data/warehouse.duckdb"
published = "data/callcenter.duckdb"

[[pbx]]
name = "lab"
queue_log = ["queue_log"]
trunks = ["PJSIP/trunk"]

[[operator]]
login = "alice"
name = "Alice"
companies = ["ru"]
interface = "PJSIP/999"
"""


def new_center(folder: Path, countries: Iterable[str]) -> CallCenter:
    """A Company for each country, with a queue of the country's name; no CDR."""
    text = HEAD
    for country in dict.fromkeys(("RU", *countries)):
        text += f'[[company]]\nid = "{country.lower()}"\nname = "{country}"\ntimezone = "UTC"\nqueues = ["{country}"]\n'
        text += "" if country == NOWHERE else f'country = "{country}"\n'
    (folder / SETTINGS).write_text(text, "utf-8")
    return open_folder(folder)


def found_by_the_warehouse(center: CallCenter, asked: list[Asked]) -> list[Found]:
    """caller_key and caller_masked, in the order asked."""
    with (center.folder / "queue_log").open("w", encoding="utf-8") as log:
        for sequence, (number, country) in enumerate(asked):
            log.write(f"1795424400|lab-1795424400.{sequence}|{country}|NONE|ENTERQUEUE||{number}|1\n")
    with center.opened() as con:
        center.bring_up_to_date(con)
        rows = con.execute("SELECT call_id, caller_key, caller_masked FROM marts.fct_call").fetchall()
    by_call = {call_id: (key, masked) for call_id, key, masked in rows}
    return [by_call[f"lab:lab-1795424400.{sequence}"] for sequence in range(len(asked))]


def by_definition(number: str, country: str, secret: bytes = KEY) -> Found:
    normalised = normalise(number, None if country == NOWHERE else country)
    if normalised is None:
        return None, None
    return UUID(number_key(secret, normalised)[:32]), mask(normalised)


def differing(asked: list[Asked], found: list[Found]) -> list[object]:
    return [
        (number, country, here, by_definition(number, country))
        for (number, country), here in zip(asked, found, strict=True)
        if here != by_definition(number, country)
    ]


@pytest.fixture
def folder() -> Iterator[Path]:
    with fast_folder() as name:
        yield Path(name)


def spellings(country: str) -> Iterator[str]:
    """A number of each type of the country, as it is dialled from here, from there, and damaged."""
    for kind in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
    ):
        number = phonenumbers.example_number_for_type(country, kind)
        if number is None:
            continue
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.national_significant_number(number)
        rule = country_rule(country)
        prefix = rule.national_prefix if rule else "0"
        yield from (
            e164,
            e164[1:],
            national,
            prefix + national,
            f"00{e164[1:]}",
            e164[:-1],
            f"{e164}0",
            f"++{e164[1:]}",
        )
        yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


SHAPES = (
    *("79160010002", "+79160010002", "89160010002", "9160010002", "8 (916) 001-00-02", "+7 916 001 00 02"),
    *("", " ", "+", "anonymous", "Anonymous", "unknown", "<unknown>", "restricted", "sip:anonymous@10.0.0.1"),
    *("0", "1", "101", "112", "5551000", "12345", "123456", "+1", "+123", "00", "+00", "007"),
    *(
        "+442079460958",
        "442079460958",
        "810442079460958",
        "+4930123456",
        "+390612345678",
        "+2902345",
        "+80012345678",
    ),
    *("+79160010002@10.0.0.1", "sip:+79160010002@10.0.0.1:5060", "tel:+7-916-001-00-02", "<79160010002>"),
    *(
        "\uff17\uff19\uff11\uff16\uff10\uff10\uff11\uff10\uff10\uff10\uff12",
        "Иван 101",
        "7916001000200000000000",
    ),
    *(
        "79160010002 ",
        " 79160010002",
        "7916 0010002",
        "79160010002\t",
        "=7+9160010002",
        "'; DROP TABLE x; --",
    ),
)


def test_every_shape_of_a_number_for_companies_with_and_without_a_country(folder: Path) -> None:
    countries = ["RU", "US", "NP", *UNRULED, NOWHERE]
    asked = [(number, country) for country in countries for number in SHAPES]
    found = found_by_the_warehouse(new_center(folder, countries), asked)
    assert differing(asked, found) == []


def test_every_country_that_takes_the_way_through_sql(folder: Path) -> None:
    asked = [(number, country) for country in RULED for number in dict.fromkeys(spellings(country))]
    found = found_by_the_warehouse(new_center(folder, RULED), asked)
    assert len(asked) > 2000
    assert differing(asked, found) == []


@settings(
    max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(
    numbers=st.lists(
        st.one_of(
            st.from_regex(r"\+?[78]?[0-9 ()-]{3,14}", fullmatch=True),
            st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|"), max_size=20),
            st.from_regex(r"\+?[0-9]{1,18}", fullmatch=True),
        ).filter(lambda number: number == number.strip()),
        min_size=100,
        max_size=200,
    )
)
def test_any_text(numbers: list[str]) -> None:
    countries = ["RU", "FR", NOWHERE]
    asked = [(number, country) for number in numbers for country in countries]
    with fast_folder() as name:
        found = found_by_the_warehouse(new_center(Path(name), countries), asked)
    assert differing(asked, found) == []


@pytest.mark.parametrize("secret", [b"k", b"k" * 64, b"k" * 65, bytes(range(256)), "ключ из букв".encode()])
def test_a_key_begins_the_hmac_of_python_whatever_the_secret_is_like(folder: Path, secret: bytes) -> None:
    center = replace(new_center(folder, ["RU", NOWHERE]), number_key=secret)
    asked = [("79160010002", "RU"), ("+442079460958", "RU"), ("79160010002", NOWHERE)]
    keys = [key for key, _ in found_by_the_warehouse(center, asked)]
    normalised = (b"+79160010002", b"+442079460958", b"79160010002")
    hashes = [hmac.new(secret, number, hashlib.sha256).digest() for number in normalised]
    assert keys == [UUID(bytes=digest[:16]) for digest in hashes]


def test_equal_numbers_have_equal_keys_in_companies_of_different_countries(folder: Path) -> None:
    asked = [
        ("89160010002", "RU"),
        ("+79160010002", "US"),
        ("0079160010002", "DE"),
        ("+79160010002", NOWHERE),
    ]
    found = found_by_the_warehouse(new_center(folder, ["RU", "US", "DE", NOWHERE]), asked)
    assert len(set(found)) == 1
