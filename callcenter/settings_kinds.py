"""One value of the file: what it may be, and what is said of it where it is not that."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from datetime import date
from functools import cache, partial
from string import Formatter
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from callcenter.calendars import is_calendar
from callcenter.phone import COUNTRIES
from callcenter.settings_faults import did_you_mean, quoted
from callcenter.settings_hours import read_hours
from callcenter.settings_values import CDR_COLUMNS, IGNORED_COLUMN, UNASSIGNED

TITLE_WORDS = ("company", "queue", "did", "number", "name")
TEXT_WORDS = (
    *TITLE_WORDS,
    *("call", "at", "operator", "reason", "comment", "text", "kind", "ticket", "login"),
    *("result", "outcome", "nth"),
)
DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2200, 1, 1)


def _check_text(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError(f"must be text without spaces around it, not {quoted(text)}")
    if not text.isprintable():
        raise ValueError(f"has characters that cannot be printed: {quoted(text)}")
    return text


def _check_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", text):
        raise ValueError(f"must be 1 to 32 of a-z, 0-9 and '-', not beginning with '-': {quoted(text)}")
    return text


def _check_company_id(text: str) -> str:
    if text == UNASSIGNED:
        raise ValueError(f"{UNASSIGNED!r} is reserved for calls that belong to no Company")
    return _check_name(text)


def _check_timezone(text: str) -> str:
    if text not in _timezones():
        raise ValueError(f"unknown time zone {quoted(text)}{did_you_mean(text, _timezones(), 3)}")
    return text


def _check_country(text: str) -> str:
    if text not in COUNTRIES:
        hint = f"; did you mean {text.upper()!r}?" if text.upper() in COUNTRIES else ", such as 'RU'"
        raise ValueError(f"unknown country {quoted(text)}: it must be two letters of ISO 3166{hint}")
    return text


def _check_column(text: str) -> str:
    if text != IGNORED_COLUMN and text not in CDR_COLUMNS:
        raise ValueError(f"unknown CDR column {quoted(text)}{did_you_mean(text, CDR_COLUMNS)}")
    return text


def _check_day(value: object) -> object:
    if type(value) is date and _FIRST_DAY <= value <= _LAST_DAY:
        return value
    raise ValueError(f"must be a date without quotes, such as 2025-01-31, not {quoted(value)}")


def _check_address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65_535:
        raise ValueError(f"must be host:port, such as '127.0.0.1:5038', not {quoted(text)}")
    return text


def _check_ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"must be an IP address, such as '10.0.0.5', not {quoted(text)}") from None


def _check_web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must begin with http:// or https:// and a host, not {quoted(text)}")
    if parts.username or parts.password:
        raise ValueError("must not have a user or password in it")
    return text


def _check_store(text: str) -> str:
    """No secret stands in the settings, so not in a URL either; and it is not told."""
    if "://" not in text:
        return text
    parts = urlsplit(text)
    if parts.scheme != "postgresql":
        raise ValueError("must be a file's path or begin with postgresql://")
    if parts.password is not None:
        raise ValueError("must not have a password in it: store_password_file names a file that has it")
    return text


def _check_database(text: str) -> str:
    """As a store's: neither a secret nor options, which may have one."""
    parts = urlsplit(text)
    if parts.scheme not in DATABASES or not parts.path.strip("/"):
        known = ", ".join(f"{scheme}://" for scheme in DATABASES)
        raise ValueError(f"must begin with one of {known} and end with the database's name")
    if parts.password is not None:
        raise ValueError("must not have a password in it: password_file names a file that has it")
    if parts.query or parts.fragment:
        raise ValueError("must end with the database's name: options are not taken")
    return text


def _check_table(text: str) -> str:
    if not all(part.strip() for part in text.split(".")) or text.count(".") > 1:
        raise ValueError(f"must be a table's name, a schema's and a dot may stand before it: {quoted(text)}")
    return text


def _check_link(text: str) -> str:
    if text.count("{token}") != 1:
        raise ValueError(f"must have {{token}} in it, once: {quoted(text)}")
    return _check_web_url(text)


def _check_path(text: str, words: tuple[str, ...], needed: str = "") -> str:
    """A path or URL with names in braces; `needed` is there once."""
    if not text.startswith(("/", "http://", "https://")) or (needed and text.count(needed) != 1):
        once = f" with {needed} in it, once" if needed else ""
        raise ValueError(f"must be a path that begins with / or a URL{once}: {quoted(text)}")
    return _check_braces(text, words)


def _check_title(text: str) -> str:
    return _check_braces(text, TITLE_WORDS)


def _check_template(text: str) -> str:
    """Of several lines, but the first, an article's subject, is never empty."""
    if not text.partition("\n")[0].strip() or not text.replace("\n", "").isprintable():
        raise ValueError(f"must be text that can be printed, its first line not empty: {quoted(text)}")
    return _check_braces(text, TEXT_WORDS)


def _check_braces(text: str, words: tuple[str, ...]) -> str:
    """Only names in braces: no attributes, no formats."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        parts = [("", "{", "", None)]
    if any(name is not None and (name not in words or how or turn) for _, name, how, turn in parts):
        allowed = ", ".join(f"{{{word}}}" for word in words)
        raise ValueError(f"may have {allowed} in it, and no other braces: {quoted(text)}")
    return text


def _check_callback_number(text: str) -> str:
    if text.count("{") != 1 or not re.fullmatch(r"[0-9*#]*\{(digits|e164|national)\}", text):
        raise ValueError(
            f"must be {{digits}}, {{e164}} or {{national}}, digits may stand before it: {quoted(text)}"
        )
    return text


def _check_caller_id(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9]{1,32}", text):
        raise ValueError(f"must be a number to show, of digits, such as '74950000000', not {quoted(text)}")
    return text


def _check_mail_address(text: str) -> str:
    if not re.fullmatch(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", text
    ):
        raise ValueError(f"must be an address, such as 'reports@example.com', not {quoted(text)}")
    return text


def _check_host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise ValueError(f"must be a host's name or address, not {quoted(text)}")
    return text


def _check_hours(text: str) -> str:
    read_hours(text)
    return text


def _check_calendar(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", text) or not is_calendar(text):
        raise ValueError(
            f"must be a country's, such as 'RU', or of a part of one, such as 'DE-BY': {quoted(text)}"
        )
    return text


@cache
def _timezones() -> frozenset[str]:
    """Names every machine understands alike: not this machine's own zone, nor one that is no place."""
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


Text = Annotated[str, Field(max_length=200), AfterValidator(_check_text)]
PathText = Annotated[str, Field(max_length=4096), AfterValidator(_check_text)]
Name = Annotated[str, AfterValidator(_check_name)]
CompanyId = Annotated[str, AfterValidator(_check_company_id)]
Timezone = Annotated[str, AfterValidator(_check_timezone)]
Country = Annotated[str, AfterValidator(_check_country)]
Column = Annotated[str, AfterValidator(_check_column)]
Address = Annotated[Text, AfterValidator(_check_address)]
IpAddress = Annotated[Text, AfterValidator(_check_ip_address)]
Role = Literal["service", "administrator"]
WebUrl = Annotated[Text, AfterValidator(_check_web_url)]
Store = Annotated[PathText, AfterValidator(_check_store)]
DatabaseUrl = Annotated[PathText, AfterValidator(_check_database)]
TableName = Annotated[Text, AfterValidator(_check_table)]
Link = Annotated[Text, AfterValidator(_check_link)]
PhonePath = Annotated[Text, AfterValidator(partial(_check_path, words=("phone",), needed="{phone}"))]
MemberPath = Annotated[Text, AfterValidator(partial(_check_path, words=("member",), needed="{member}"))]
CardPath = Annotated[Text, AfterValidator(partial(_check_path, words=("member", "card")))]
Title = Annotated[Text, AfterValidator(_check_title)]
Template = Annotated[str, Field(max_length=2000), AfterValidator(_check_template)]
CallbackNumber = Annotated[Text, AfterValidator(_check_callback_number)]
CallerId = Annotated[Text, AfterValidator(_check_caller_id)]
HoursText = Annotated[Text, AfterValidator(_check_hours)]
Calendar = Annotated[str, AfterValidator(_check_calendar)]
MailAddress = Annotated[Text, AfterValidator(_check_mail_address)]
MailAddresses = Annotated[list[MailAddress], Field(max_length=100)]
Host = Annotated[Text, AfterValidator(_check_host)]
Minutes = Annotated[int, Field(ge=1, le=7 * 1440)]
Seconds = Annotated[int, Field(ge=0, le=30 * 86_400)]
Days = Annotated[int, Field(ge=2, le=3660)]
Language = Literal["en", "ru"]
Day = Annotated[date, BeforeValidator(_check_day)]
Globs = Annotated[list[PathText], Field(max_length=100)]


class Table(BaseModel):
    """TOML has types of its own, so nothing is converted: `threads = "2"` is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
