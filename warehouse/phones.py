"""Callers' numbers to keys: normalised, then HMAC and mask. Clear numbers stay in the raw tables.

callcenter.phone is the definition; nearly all numbers take the same path in SQL, where a whole batch of them
costs what a few thousand cost one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import duckdb
import polars as pl

from callcenter.phone import CountryRule, country_rule, mask, normalise, number_key

_BLOCK = 64  # bytes, of SHA-256

Asked = tuple[str, str]  # number as delivered, country or ""
Spelled = tuple[str, str, str, str | None]  # number, country, key, mask


def fill_in_bulk(con: duckdb.DuckDBPyConnection, key: bytes) -> list[Asked]:
    """Fills int_phone(number, country, caller_key, caller_masked) for the calls in hand; returns what is left."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE int_phone_asked AS SELECT DISTINCT other_number AS number,"
        " coalesce(country, '') AS country FROM int_company_call WHERE other_number <> ''"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE int_phone"
        " (number VARCHAR, country VARCHAR, caller_key UUID, caller_masked VARCHAR)"
    )
    inner, outer = _pads(key)
    con.execute("SET VARIABLE inner_pad = $pad", {"pad": inner})
    con.execute("SET VARIABLE outer_pad = $pad", {"pad": outer})
    # 128 of HMAC's 256 bits: no two numbers meet in them, and a UUID is written faster than hex digits.
    con.execute(
        "CREATE OR REPLACE TEMP MACRO caller_key(number) AS left(sha256(getvariable('outer_pad')"
        " || unhex(sha256(getvariable('inner_pad') || encode(number)))), 32)::UUID"
    )
    _fill_bare_digits(con)
    countries = con.execute("SELECT DISTINCT country FROM int_phone_asked WHERE country <> ''").fetchall()
    for (country,) in countries:
        rule = country_rule(country)
        if rule:
            _fill_country(con, country, rule)
    return con.execute(
        "SELECT number, country FROM int_phone_asked ANTI JOIN int_phone USING (number, country)"
    ).fetchall()


def _fill_bare_digits(con: duckdb.DuckDBPyConnection) -> None:
    """Where the Company has no country, digits without a plus stand for themselves."""
    con.execute(
        """
        INSERT INTO int_phone
        SELECT number, country,
            caller_key(number),
            if(length(number) <= 4, '***', '***' || right(number, 2))
        FROM int_phone_asked
        WHERE country = '' AND regexp_full_match(number, '[0-9]+')
        """
    )


def _fill_country(con: duckdb.DuckDBPyConnection, country: str, rule: CountryRule) -> None:
    parameters = {
        "country": country,
        "code": rule.calling_code,
        "international": rf"\+?{rule.calling_code}(?:{rule.national_pattern})",
        "national": f"{rule.national_prefix}(?:{rule.national_pattern})",
        "prefix_length": len(rule.national_prefix),
        "shown": 3 if rule.calling_code == "7" else 2,
    }
    con.execute(
        """
        INSERT INTO int_phone
        SELECT number, $country,
            caller_key(normalised),
            CASE
                WHEN length(normalised) >= 8 + length($code) THEN '+' || $code || ' '
                    || substr(normalised, 2 + length($code), $shown) || ' ***-**-' || right(normalised, 2)
                ELSE '***' || right(normalised, 2)
            END
        FROM (
            SELECT number,
                CASE
                    WHEN regexp_full_match(number, $international) THEN '+' || ltrim(number, '+')
                    WHEN regexp_full_match(number, $national) THEN '+' || $code || substr(number, 1 + $prefix_length)
                END AS normalised
            FROM int_phone_asked
            WHERE country = $country
        )
        WHERE normalised IS NOT NULL
        """,
        parameters,
    )


def spell(asked: Sequence[Asked], key: bytes) -> list[Spelled]:
    """The numbers that have no bulk rule, 50 microseconds each; hidden ones are left out. Asks no warehouse."""
    found = ((number, country, _normalise(number, country or None)) for number, country in asked)
    return [
        (number, country, number_key(key, normalised)[:32], mask(normalised))
        for number, country, normalised in found
        if normalised is not None
    ]


def insert_spelled(con: duckdb.DuckDBPyConnection, spelled: Sequence[Spelled]) -> None:
    if spelled:
        frame = pl.DataFrame(
            spelled, schema=["number", "country", "caller_key", "caller_masked"], orient="row"
        )
        con.register("phone_rows", frame.to_arrow())
        con.execute("INSERT INTO int_phone SELECT * FROM phone_rows")
        con.unregister("phone_rows")


@lru_cache(maxsize=2**18)
def _normalise(number: str, country: str | None) -> str | None:
    return normalise(number, country)


def _pads(key: bytes) -> tuple[bytes, bytes]:
    """HMAC's two paddings (RFC 2104), so that SQL needs only SHA-256."""
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
