"""Phone numbers: one spelling for each, so that the same caller is found again; pure.

Numbers are compared whole. Comparing tails takes two cities' numbers for one caller, so nothing here does.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)

_SCHEME = re.compile(r"^(?:sips?|tel):", re.IGNORECASE)
_TYPES = (
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

# Countries whose bulk rule is proved to agree with normalise() for every number there can be: the test walks
# the automata of the metadata's patterns. The others (DE, GB, KZ, CN ...) have numbers with two readings.
_PROVED = """
AC AD AF AL AM AO AW AZ BA BD BE BF BH BI BJ BL BN BQ BT BW BZ CD CF CG CH CI CK CM CV CW CY CZ DJ
DK DZ EC EE EG EH ER ES ET FJ FK FM FR GE GF GH GI GL GM GN GP GQ GR GT GW GY HK HN HR HT HU IE IO
IQ IR IS JO KE KG KH KI KM KP KW LA LB LK LR LS LV LY MA MC MD ME MF MH MK ML MN MO MQ MR MT MU MV
MW MX MY MZ NA NC NE NG NI NO NP NR NU NZ OM PE PF PG PH PK PM PS PT PW PY RE RO RS RU SA SB SC SD
SG SH SL SN SO SR SS ST SV SY SZ TA TD TG TH TJ TK TL TM TN TO TR TV TW TZ UA UG US UZ VE VU WF WS
YE YT ZM ZW
"""


@dataclass(frozen=True, slots=True)
class CountryRule:
    r"""What SQL needs to normalise most of a country's numbers without asking phonenumbers.

    A full match of `\+?<calling_code><national_pattern>` or of `<national_prefix><national_pattern>` is the
    number whose E.164 is `+<calling_code>` and the part the pattern matched. Anything else needs normalise().
    """

    calling_code: str
    national_prefix: str  # "" where the country has none
    national_pattern: str  # RE2, in a group of its own


def normalise(number: str, country: str | None) -> str | None:
    """E.164 where the number is valid in the country or written internationally, else its bare digits.

    None where the caller is hidden: no digits, as in "", "anonymous", "Unknown" or "<unknown>". An address
    counts up to its host: "sip:+79160010002@10.0.0.1" is +79160010002, and "anonymous@10.0.0.1" is hidden.
    """
    user = re.split("[@;]", _SCHEME.sub("", number.strip().lstrip("<")), maxsplit=1)[0]
    digits = _bare_digits(user)
    if not digits:
        return None
    return _e164(digits, country) or digits


def _bare_digits(text: str) -> str:
    """ASCII digits, and a plus if one stands before the first."""
    folded = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.decimal(c)) for c in folded if c.isdecimal())
    before = re.split(r"\d", folded, maxsplit=1)[0]
    return f"+{digits}" if digits and "+" in before else digits


def _e164(digits: str, country: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def mask(normalised: str | None) -> str | None:
    """Enough to recognise a number one knows: "+79160010002" is "+7 916 ***-**-02", "5551000" is "***00"."""
    if normalised is None:
        return None
    code = _calling_code(normalised)
    national = normalised[1 + len(code) :]
    if code and len(national) >= 7:  # a shorter one would be shown whole
        shown = 3 if code == "7" else 2
        return f"+{code} {national[:shown]} ***-**-{national[-2:]}"
    return "***" if len(normalised) <= 4 else f"***{normalised[-2:]}"


def as_dialled(normalised: str, country: str | None, form: str) -> str:
    """For a dial plan: `e164` as it is, `digits` without the plus, `national` as one dials within the country.

    "+79160010002" is 89160010002 in RU; what is no E.164, or has no country, are its digits.
    """
    if form == "e164":
        return normalised
    if form == "national" and country and normalised.startswith("+"):
        parsed = phonenumbers.parse(normalised, None)
        return _bare_digits(phonenumbers.format_out_of_country_calling_number(parsed, country))
    return normalised.removeprefix("+")


def _calling_code(normalised: str) -> str:
    """The country's calling code, "" where the number is not E.164."""
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", normalised):
        return ""
    codes = (normalised[1:end] for end in (2, 3, 4))
    return next((code for code in codes if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")


def number_key(secret: bytes, normalised: str) -> str:
    """HMAC-SHA-256 in hex: equal for equal numbers, and useless without the secret."""
    return hmac.new(secret, normalised.encode(), hashlib.sha256).hexdigest()


@cache
def country_rule(country: str | None) -> CountryRule | None:
    """The country's rule for bulk work, or None where every number needs normalise()."""
    if country not in _PROVED.split() or not (metadata := PhoneMetadata.metadata_for_region(country)):
        return None
    kinds = (getattr(metadata, kind) for kind in _TYPES)
    patterns = (kind.national_number_pattern for kind in kinds if kind)
    union = "|".join(dict.fromkeys(pattern for pattern in patterns if pattern))
    prefix = metadata.national_prefix_for_parsing or ""
    return CountryRule(str(metadata.country_code), prefix, f"(?:{union})")
