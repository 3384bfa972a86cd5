"""One spelling for each number; and the proof that the bulk rules never differ from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, reduce
from typing import Any

import duckdb
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from callcenter.phone import COUNTRIES, CountryRule, country_rule, mask, normalise, number_key

RULED = sorted(country for country in COUNTRIES if country_rule(country))


# One spelling


@pytest.mark.parametrize(
    "written",
    [
        "+79160010002",
        "79160010002",
        "89160010002",
        "9160010002",
        "8 (916) 001-00-02",
        "+7 916 001 00 02",
        "\uff0b7\u00a0916\u2013001\u201300\u201302",
        "sip:+79160010002@10.0.0.1:5060",
        "<SIP:+79160010002@pbx;user=phone>",
        "tel:+7-916-001-00-02;ext=5",
        "\u0668\u0669\u0661\u0666\u0660\u0660\u0661\u0660\u0660\u0660\u0662",
    ],
)
def test_a_caller_has_one_spelling_however_the_number_comes(written: str) -> None:
    assert normalise(written, "RU") == "+79160010002"


@pytest.mark.parametrize(
    ("written", "country", "spelling"),
    [
        ("+79160010002", None, "+79160010002"),
        ("79160010002", None, "79160010002"),
        ("+442079460958", "RU", "+442079460958"),
        ("810442079460958", "RU", "+442079460958"),
        ("0079160010002", "DE", "+79160010002"),
        ("77012345678", "RU", "+77012345678"),
        ("+390612345678", None, "+390612345678"),
        ("101", "RU", "101"),
        ("5551000", "RU", "5551000"),
        ("112", "RU", "112"),
        ("0", None, "0"),
        ("+1", "RU", "+1"),
        ("79160010002", "XX", "79160010002"),
        ("7916001000200000000000", "RU", "7916001000200000000000"),
        ("Иван 101", "RU", "101"),
    ],
)
def test_what_is_valid_is_e164_and_the_rest_its_digits(
    written: str, country: str | None, spelling: str
) -> None:
    assert normalise(written, country) == spelling


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "+",
        "anonymous",
        "Anonymous",
        "UNKNOWN",
        "<unknown>",
        "unknown",
        "restricted",
        "private",
        "unavailable",
        "withheld",
        "blocked",
        "anonymous@192.168.0.1",
        "sip:anonymous@10.0.0.1:5060",
        "s",
        "\x00",
    ],
)
def test_a_hidden_caller_has_no_number(written: str) -> None:
    assert normalise(written, "RU") is None


def test_numbers_that_end_alike_are_different_callers() -> None:
    tails = ["+79160010002", "+79260010002", "+74956001000", "0010002", "10002", "+380671001002"]
    assert len({normalise(number, "RU") for number in tails}) == len(tails)


@settings(deadline=None)
@given(text=st.text(), country=st.sampled_from(["RU", "DE", "US", None]))
def test_any_text_has_a_spelling_of_ascii_digits_or_none(text: str, country: str | None) -> None:
    spelling = normalise(text, country)
    assert spelling is None or re.fullmatch(r"\+?[0-9]+", spelling)


@settings(deadline=None)
@given(text=st.from_regex(r"\+?[78]?[0-9 ()-]{3,14}", fullmatch=True))
def test_a_spelling_is_spelled_as_itself(text: str) -> None:
    spelling = normalise(text, "RU")
    assert spelling is None or normalise(spelling, "RU") == spelling


def test_a_number_of_100_000_digits_is_no_trouble() -> None:
    assert normalise("9" * 100_000, "RU") == "9" * 100_000


# What may be shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, None),
        ("+79160010002", "+7 916 ***-**-02"),
        ("+442079460958", "+44 20 ***-**-58"),
        ("+12125550123", "+1 21 ***-**-23"),
        ("+380671234567", "+380 67 ***-**-67"),
        ("+2902345", "***45"),
        ("+123", "***"),
        ("5551000", "***00"),
        ("101", "***"),
        ("1234", "***"),
        ("12345", "***45"),
        ("79160010002", "***02"),
        ("", "***"),
    ],
)
def test_a_mask_shows_where_from_and_the_last_two_digits(number: str | None, shown: str | None) -> None:
    assert mask(number) == shown


@settings(deadline=None)
@given(number=st.from_regex(r"\+?[0-9]{1,18}", fullmatch=True).map(lambda text: normalise(text, "RU")))
def test_a_mask_hides_at_least_two_digits(number: str | None) -> None:
    shown = mask(number)
    assert number is not None
    assert shown is not None
    assert "***" in shown
    assert sum(map(str.isdigit, shown)) <= max(sum(map(str.isdigit, number)) - 2, 0)


def test_a_key_is_the_same_for_the_same_number_and_secret_only() -> None:
    key = number_key(b"secret", "+79160010002")
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert key == number_key(b"secret", "+79160010002")
    assert key != number_key(b"secret", "+79160010003")
    assert key != number_key(b"another", "+79160010002")


# The bulk rules


def by_rule(number: str, rule: CountryRule) -> str | None:
    """As SQL applies a rule."""
    for lead in (rf"\+?{rule.calling_code}", rule.national_prefix):
        if found := re.fullmatch(f"{lead}({rule.national_pattern})", number, re.ASCII):
            return f"+{rule.calling_code}{found[1]}"
    return None


def test_the_rule_of_russia_reads_numbers_as_they_are_dialled() -> None:
    rule = country_rule("RU")
    assert rule is not None
    assert (rule.calling_code, rule.national_prefix) == ("7", "8")
    for number in ("+79160010002", "79160010002", "89160010002"):
        assert by_rule(number, rule) == "+79160010002"
    for number in ("101", "5551000", "9160010002", "", "+442079460958", "791600100021"):
        assert by_rule(number, rule) is None


@pytest.mark.parametrize("country", [None, "XX", "AR", "BR", "GB", "DE", "KZ"])
def test_there_is_no_rule_where_a_number_may_be_read_two_ways(country: str | None) -> None:
    assert country_rule(country) is None


def test_most_countries_have_a_rule() -> None:
    assert {"RU", "UA", "UZ", "KG", "TJ", "AM", "AZ", "GE", "MD", "US", "FR", "ES", "NP"} <= set(RULED)
    assert len(RULED) > 150


def test_duckdb_takes_every_rule() -> None:
    """DuckDB's expressions are RE2's: no look-around, no back references."""
    rules = [(code, rule) for code in RULED if (rule := country_rule(code))]
    patterns = [rule.national_pattern for _, rule in rules]
    with duckdb.connect() as connection:
        for pattern in patterns:
            query = "SELECT regexp_full_match('x', $pattern)"
            assert connection.execute(query, {"pattern": pattern}).fetchone() == (False,)


@st.composite
def ruled_numbers(draw: st.DrawFn) -> tuple[str, str]:
    country = draw(st.sampled_from(RULED))
    rule = country_rule(country)
    assert rule is not None
    national = draw(st.from_regex(re.compile(rule.national_pattern, re.ASCII), fullmatch=True))
    lead = draw(st.sampled_from([f"+{rule.calling_code}", rule.calling_code, rule.national_prefix]))
    return country, lead + national


@settings(deadline=None)
@given(ruled_numbers())
def test_a_rule_says_what_normalise_says(example: tuple[str, str]) -> None:
    country, number = example
    rule = country_rule(country)
    assert rule is not None
    assert by_rule(number, rule) == normalise(number, country) is not None


@settings(deadline=None)
@given(country=st.sampled_from(RULED), number=st.from_regex(r"\+?[0-9]{3,16}", fullmatch=True))
def test_a_rule_says_nothing_else_of_any_number(country: str, number: str) -> None:
    rule = country_rule(country)
    assert rule is not None
    assert by_rule(number, rule) in (None, normalise(number, country))


# The proof. A number that a rule matches is "+CC N", "CC N" or "P N" where N matches a type of the country.
# The library (phonenumberutil.parse, is_valid_number) makes +CC N of it unless N is not in the general
# pattern, or a national prefix can be taken off N, or CC N is a national number too, or the number begins
# with an international prefix, or another country of the same code claims N. Each is refuted for every N
# there can be: the patterns are finite automata, and all states one number can reach together are looked at.

Term = tuple[Any, ...]
EMPTY: Term = ("empty",)
NOTHING: Term = ("either", frozenset())
DIGITS = "0123456789"
NUMBER_TYPES = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)
PIECE = re.compile(r"\[[^\]]*\]|\\d|\(\?:|\{[0-9,]+\}|.")


def either(*terms: Term) -> Term:
    flat = frozenset().union(*(term[1] if term[0] == "either" else {term} for term in terms))
    return next(iter(flat)) if len(flat) == 1 else ("either", flat)


@cache
def then(first: Term, second: Term) -> Term:
    if NOTHING in (first, second):
        return NOTHING
    if EMPTY in (first, second):
        return second if first == EMPTY else first
    if first[0] == "then":
        return then(first[1], then(first[2], second))
    return ("then", first, second)


@cache
def accepts_empty(term: Term) -> bool:
    match term:
        case ("either", terms):
            return any(map(accepts_empty, terms))
        case ("then", first, second):
            return accepts_empty(first) and accepts_empty(second)
        case _:
            return term == EMPTY


@cache
def after(term: Term, digit: str) -> Term:
    """What may follow the digit (Brzozowski's derivative)."""
    match term:
        case ("digit", digits):
            return EMPTY if digit in digits else NOTHING
        case ("either", terms):
            return either(*(after(each, digit) for each in terms))
        case ("then", first, second):
            rest = then(after(first, digit), second)
            return either(rest, after(second, digit)) if accepts_empty(first) else rest
        case _:
            return NOTHING


def language(pattern: str) -> Term:
    """The language of one of the metadata's patterns."""
    pieces = PIECE.findall(pattern)[::-1]
    term = _alternatives(pieces)
    assert not pieces
    return term


def _alternatives(pieces: list[str]) -> Term:
    term = _sequence(pieces)
    while pieces and pieces[-1] == "|":
        pieces.pop()
        term = either(term, _sequence(pieces))
    return term


def _sequence(pieces: list[str]) -> Term:
    term = EMPTY
    while pieces and pieces[-1] not in "|)":
        term = then(term, _repeated(_one(pieces), pieces))
    return term


def _one(pieces: list[str]) -> Term:
    piece = pieces.pop()
    if piece in ("(", "(?:"):
        term = _alternatives(pieces)
        assert pieces.pop() == ")"
        return term
    assert piece[0] == "[" or piece == r"\d" or piece in DIGITS, f"{piece} is not understood"
    return ("digit", frozenset(digit for digit in DIGITS if re.match(piece, digit)))


def _repeated(term: Term, pieces: list[str]) -> Term:
    if not pieces or pieces[-1][0] not in "?{":
        return term
    piece = pieces.pop()
    bounds = [0, 1] if piece == "?" else [int(bound) for bound in piece[1:-1].split(",")]
    optional = reduce(lambda rest, _: either(EMPTY, then(term, rest)), range(bounds[-1] - bounds[0]), EMPTY)
    return reduce(lambda rest, _: then(term, rest), range(bounds[0]), optional)


def no_number(*terms: Term, where: Callable[..., bool]) -> bool:
    """Whether `where` is false of all numbers the first term accepts, told which others accept them."""
    seen = {terms}
    waiting = [terms]
    while waiting:
        state = waiting.pop()
        if accepts_empty(state[0]) and where(*map(accepts_empty, state[1:])):
            return False
        following = {tuple(after(term, digit) for term in state) for digit in DIGITS}
        fresh = {each for each in following - seen if each[0] != NOTHING}
        seen |= fresh
        waiting += fresh
    return True


def lengths(term: Term) -> set[int]:
    found, terms = set(), {term}
    for length in range(19):
        if any(map(accepts_empty, terms)):
            found.add(length)
        terms = {after(each, digit) for each in terms for digit in DIGITS}
    assert terms <= {NOTHING}
    return found


def dialled(digits: str, term: Term) -> Term:
    return reduce(lambda rest, digit: then(("digit", frozenset(digit)), rest), reversed(digits), term)


def all_after(digits: str, term: Term) -> Term:
    return reduce(after, digits, term)


def begins_with(term: Term) -> Term:
    any_digit: Term = ("digit", frozenset(DIGITS))
    return then(term, reduce(lambda rest, _: either(EMPTY, then(any_digit, rest)), range(18), EMPTY))


def metadata_of(country: str) -> PhoneMetadata:
    metadata = PhoneMetadata.metadata_for_region(country)
    assert metadata is not None
    return metadata


def types_of(metadata: PhoneMetadata) -> list[PhoneNumberDesc]:
    found = (getattr(metadata, name) for name in NUMBER_TYPES)
    return [kind for kind in found if kind and kind.national_number_pattern]


def numbers_of(metadata: PhoneMetadata) -> Term:
    return either(*(language(str(kind.national_number_pattern)) for kind in types_of(metadata)))


def is_read_whole(numbers: Term, metadata: PhoneMetadata) -> bool:
    """N is a national number by these metadata, and nothing is taken off it."""
    assert not metadata.national_prefix_transform_rule
    general = metadata.general_desc
    assert general is not None
    plan = language(str(general.national_number_pattern))
    prefix = metadata.national_prefix_for_parsing or ""
    assert prefix == "" or prefix.isdigit()
    return (
        lengths(numbers) <= set(general.possible_length) - set(general.possible_length_local_only)
        and no_number(numbers, plan, where=lambda in_plan: not in_plan)
        and (not prefix or no_number(all_after(prefix, numbers), plan, where=lambda in_plan: in_plan))
    )


def is_claimed_rightly(numbers: Term, country: str, regions: Iterable[str]) -> bool:
    """The first country of the code that claims N, by leading digits or by types, finds it valid."""
    for region in regions:
        metadata = metadata_of(region)
        if metadata.leading_digits:
            claim = begins_with(language(metadata.leading_digits))
            valid = numbers_of(metadata)
            if not no_number(numbers, claim, valid, where=lambda claimed, is_valid: claimed and not is_valid):
                return False
            if region == country and not no_number(numbers, claim, where=lambda claimed: not claimed):
                return False
        if region == country:
            break
    return True


@pytest.mark.parametrize("country", RULED)
def test_a_rule_is_right_for_every_number_it_matches(country: str) -> None:
    rule, metadata = country_rule(country), metadata_of(country)
    assert rule is not None
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[metadata.country_code or 0]
    numbers = language(rule.national_pattern)
    code, prefix = rule.calling_code, rule.national_prefix

    for kind in types_of(metadata):
        possible = set(kind.possible_length)
        assert not possible or lengths(language(str(kind.national_number_pattern))) <= possible
    for reader in {country, regions[0]}:
        assert is_read_whole(numbers, metadata_of(reader))
    assert metadata.general_desc is not None
    plan = language(str(metadata.general_desc.national_number_pattern))
    assert no_number(numbers, all_after(code, plan), where=lambda is_national: is_national)
    abroad = begins_with(language(str(metadata.international_prefix)))
    for lead in (code, prefix):
        assert no_number(dialled(lead, numbers), abroad, where=lambda leaves: leaves)
    assert prefix in ("", code) or not (code.startswith(prefix) or prefix.startswith(code))
    assert len(regions) == 1 or is_claimed_rightly(numbers, country, regions)


@pytest.mark.parametrize("country", ["AT", "DE"])
def test_the_proof_fails_where_a_valid_number_is_outside_the_general_pattern(country: str) -> None:
    metadata = metadata_of(country)
    assert not is_read_whole(numbers_of(metadata), metadata)


def test_the_automata_read_patterns_as_re_does() -> None:
    pattern = r"(?:1[0-24]|2\d?)3{1,2}|(?:45){2}"
    term = language(pattern)
    for number in (f"{value:0{width}}" for width in range(1, 6) for value in range(10**width)):
        assert accepts_empty(all_after(number, term)) == bool(re.fullmatch(pattern, number)), number
