"""Self-service by a PIN, and how often one may be wrong.

PIN is the number of a Company that takes two wrong ones a call and three a number, STRICT of one that takes one wrong
factor an hour of all its callers.
"""

from __future__ import annotations

from tests.lab.ivr_branches import PIN, STRICT
from tests.lab.ivr_members import ANNA, DINA, LENA, PAVEL, RITA
from tests.lab.ivr_services import BLOCKED, DIGITS, NOT_SERVED, TOLD, TYPES
from tests.lab.ivr_site import Branch

BY_PIN = (
    Branch(
        "by PIN: hears the balance",
        PAVEL,
        PIN,
        ("hear ru menu", "press 1", "hear ru pin", "press 482615937043"),
        (
            "ru menu",
            "ru pin",
            "ru one-moment",
            "ru your-balance",
            "ru digits/500",
            "ru digits/20",
            "ru digits/1f",
            "ru digits/thousand",
            "ru digits/700",
            "ru digits/80",
            "ru digits/2",
            "ru bonus-few",
            "ru goodbye",
        ),
        "ivr_served",
        company="hooli",
        ticket=TOLD,
    ),
    Branch(
        "by PIN: blocks a card in English, after a wrong PIN",
        DINA,
        PIN,
        (
            "hear ru menu",
            "press 9",
            "hear en menu",
            "press 2",
            "hear en pin",
            "press 5174#",
            "hear en pin",
            "press 5173#",
            "hear en press-1-to-block",
            "press 1",
        ),
        (
            "ru menu",
            "en menu",
            "en pin",
            "en one-moment",
            "en not-right",
            "en pin",
            "en one-moment",
            "en press-1-to-block",
            "en one-moment",
            "en card-blocked",
            "en goodbye",
        ),
        "ivr_served",
        company="hooli",
        ticket=BLOCKED,
    ),
    Branch(
        "by PIN: has two cards",
        RITA,
        PIN,
        ("hear ru menu", "press 2", "hear ru pin", "press 6284#", *NOT_SERVED),
        ("ru menu", "ru pin", "ru one-moment", "ru not-served"),
        "ivr",
        company="hooli",
    ),
)
# One call after the other, of each line.
LIMITS = (
    (
        Branch(
            "by PIN: has tried often enough in this call",
            LENA,
            PIN,
            (
                "hear ru menu",
                "press 1",
                "hear ru pin",
                "press 1111#",
                "hear ru pin",
                "press 2222#",
                "hear ru pin",
                "press 3333#",
                *NOT_SERVED,
            ),
            (
                "ru menu",
                *("ru pin", "ru one-moment", "ru not-right") * 2,
                "ru pin",
                "ru one-moment",
                "ru not-served",
            ),
            "ivr",
            company="hooli",
        ),
        Branch(
            "by PIN: has tried often enough with this number",
            LENA,
            PIN,
            (
                "hear ru menu",
                "press 1",
                "hear ru pin",
                "press 4444#",
                "hear ru pin",
                "press 5555#",
                *NOT_SERVED,
            ),
            (
                "ru menu",
                "ru pin",
                "ru one-moment",
                "ru not-right",
                "ru pin",
                "ru one-moment",
                "ru not-served",
            ),
            "ivr",
            company="hooli",
        ),
    ),
    (
        Branch(
            "is the last who may be wrong in this hour",
            "79160773015",
            STRICT,
            (*TYPES, "press 0000", "hear ru last-four-digits", "hang-up"),
            ("ru menu", *DIGITS, "ru not-right", "ru last-four-digits"),
            "ivr",
            company="umbrella",
        ),
        Branch(
            "is right when too many others were wrong",
            ANNA,
            STRICT,
            (*TYPES, "press 4321", *NOT_SERVED),
            ("ru menu", *DIGITS, "ru not-served"),
            "ivr",
            company="umbrella",
        ),
    ),
)
