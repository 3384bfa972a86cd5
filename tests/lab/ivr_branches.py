"""Every branch of the documented dial plan: what the caller does, what he is to hear, and what is to come of it.

HURRIED is the same number with short times, of PATIENT's only the first queue's is; of DEAF the relay is down, of MUTE
it is there and says nothing; NOBODY's queue lets nobody in.
"""

from __future__ import annotations

from relay.standins.members import Member
from tests.lab.ivr_site import Branch

DID, NOBODY = "5551700", "5553700"
HURRIED, PATIENT, DEAF, MUTE = "5551791", "5551792", "5551793", "5551794"
SUPPORT, OVERFLOW = "acme-support", "acme-overflow"
ANNA, IVAN, OLEG, VERA, SICK, NINA = (f"7916077300{nth}" for nth in range(1, 7))
MEMBERS = {
    ANNA: Member("Анна Ветер", "9900 1111 2222 4321", 1234, "gold", id=71, card_id=701),
    IVAN: Member("Иван Берег", "9900 1111 2222 4322", 1, "gold", id=72, card_id=702),
    OLEG: Member("Олег Клевер", "9900 1111 2222 4323", 250, "gold", id=73, card_id=703),
    VERA: Member("Вера Сокол", "9900 1111 2222 4324", 11, "gold", id=74, card_id=704),
    NINA: Member("Нина Ручей", "9900 1111 2222 4325", 40, "gold", id=75, card_id=705),
}
_GIVES_UP = ("join acme-support", "wait 1", "hang-up")
_PROMISED = ("ru we-call-you-back", "ru goodbye")
_CLOSED = "Closed: served by the IVR"
_ASKED, _GAVE_UP = "the caller asked to be called back", ("the caller gave up waiting",)

NIGHT = (
    Branch(
        "closed, asks to be called back",
        "79160771001",
        DID,
        ("hear ru closed", "press 1"),
        ("ru closed", *_PROMISED),
        "callback_asked",
        entry="asked",
        ticket=(_ASKED,),
    ),
    Branch(
        "closed, hangs up",
        "79160771002",
        DID,
        ("hear ru closed", "wait 1", "hang-up"),
        ("ru closed",),
        "closed",
    ),
    Branch(
        "closed, presses nothing",
        "79160771003",
        HURRIED,
        ("hear ru closed",),
        ("ru closed", "ru goodbye"),
        "closed",
    ),
    Branch(
        "closed, asks with a hidden number",
        "",
        DID,
        ("hear ru closed", "press 1"),
        ("ru closed", "ru no-callback", "ru goodbye"),
        "closed",
    ),
)
ANSWERED = Branch(
    "answered",
    "79160772001",
    DID,
    ("hear ru menu", "press 0", "talk-in acme-support", "wait 2", "hang-up"),
    ("ru menu",),
    "answered",
    (SUPPORT,),
    ticket=("Operator: alice", "Ended"),
)
OVERFLOWED = Branch(
    "answered in the second queue",
    "79160772002",
    PATIENT,
    ("hear ru menu", "press 0", "talk-in acme-overflow", "wait 2", "hang-up"),
    ("ru menu",),
    "answered",
    (SUPPORT, OVERFLOW),
    ticket=("Operator: bob", "Ended"),
)
QUEUES = (
    OVERFLOWED,
    Branch(
        "waits, asks to be called back, in English",
        "79160772003",
        DID,
        ("hear ru menu", "press 9", "hear en menu", "press 0", "hear en all-busy", "press 1"),
        ("ru menu", "en menu", "en all-busy", "en we-call-you-back", "en goodbye"),
        "callback_asked",
        (SUPPORT,),
        "asked",
        ticket=(_ASKED, "the caller left the queue"),
    ),
    Branch(
        "presses nothing, gives up in the queue",
        "79160772004",
        HURRIED,
        ("hear ru menu", *_GIVES_UP),
        ("ru menu", "ru other-language"),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
    Branch(
        "presses wrong keys, waits in vain, asks to be called back",
        "79160772005",
        HURRIED,
        (
            *("hear ru menu", "press 7", "hear ru menu", "press *", "hear ru menu", "press 8"),
            *("hear ru nobody-free", "press 1"),
        ),
        (*("ru menu", "ru wrong-key") * 3, "ru nobody-free", *_PROMISED),
        "callback_asked",
        (SUPPORT, OVERFLOW),
        "asked",
        ticket=(_ASKED, "the queue timed out"),
    ),
    Branch(
        "waits in vain",
        "79160772006",
        HURRIED,
        ("hear ru menu", "press 0"),
        ("ru menu", "ru nobody-free", "ru goodbye"),
        "timeout",
        (SUPPORT, OVERFLOW),
        "timeout",
        ticket=("the queue timed out",),
    ),
    Branch(
        "is let into no queue",
        "79160772007",
        NOBODY,
        ("hear ru menu", "press 0"),
        ("ru menu", "ru nobody-free", "ru goodbye"),
        "queue_refused",
        entry="queue_refused",
        company="initech",
        ticket=("the queue was full, or nobody was in it",),
    ),
    Branch(
        "asks to be called back in the menu",
        "79160772008",
        DID,
        ("hear ru menu", "press 3"),
        ("ru menu", *_PROMISED),
        "callback_asked",
        entry="asked",
        ticket=(_ASKED,),
    ),
    Branch(
        "hangs up in the menu",
        "79160772009",
        DID,
        ("hear ru menu", "wait 1", "hang-up"),
        ("ru menu",),
        "ivr",
    ),
    Branch(
        "asks with a hidden number, gives up in the queue",
        "",
        DID,
        ("hear ru menu", "press 3", *_GIVES_UP),
        ("ru menu", "ru no-callback"),
        "abandoned",
        (SUPPORT,),
        ticket=_GAVE_UP,
    ),
)
SERVICES = (
    Branch(
        "hears the balance",
        ANNA,
        DID,
        ("hear ru menu", "press 1", "hear ru last-four-digits", "press 4321"),
        (
            *("ru menu", "ru last-four-digits", "ru one-moment", "ru your-balance", "ru digits/1f"),
            *("ru digits/thousand", "ru digits/200", "ru digits/30", "ru digits/4"),
            *("ru points-few", "ru goodbye"),
        ),
        "ivr_served",
        ticket=("By the IVR: the balance was told", _CLOSED),
    ),
    Branch(
        "hears the balance in English, after a wrong factor",
        IVAN,
        DID,
        (
            *("hear ru menu", "press 9", "hear en menu", "press 1", "hear en last-four-digits", "press 0000"),
            *("hear en last-four-digits", "press 4322"),
        ),
        (
            *("ru menu", "en menu", "en last-four-digits", "en one-moment", "en not-right"),
            *("en last-four-digits", "en one-moment", "en your-balance", "en digits/1"),
            *("en points-one", "en goodbye"),
        ),
        "ivr_served",
        ticket=("By the IVR: the balance was told", _CLOSED),
    ),
    Branch(
        "blocks a card",
        OLEG,
        DID,
        (
            *("hear ru menu", "press 2", "hear ru last-four-digits", "press 4323"),
            *("hear ru press-1-to-block", "press 1"),
        ),
        (
            *("ru menu", "ru last-four-digits", "ru one-moment", "ru press-1-to-block", "ru one-moment"),
            *("ru card-blocked", "ru goodbye"),
        ),
        "ivr_served",
        ticket=("By the IVR: the card was blocked, as the caller confirmed by key", _CLOSED),
    ),
    Branch(
        "blocks a card, and Loymax does not say whether it is, gives up in the queue",
        NINA,
        DID,
        (
            *("hear ru menu", "press 2", "hear ru last-four-digits", "press 4325"),
            *("hear ru press-1-to-block", "press 1", *_GIVES_UP),
        ),
        (
            *("ru menu", "ru last-four-digits", "ru one-moment", "ru press-1-to-block", "ru one-moment"),
            "ru block-unknown",
        ),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=(
            "By the IVR: the caller asked to block a card, and Loymax did not say whether it is; look there",
            *_GAVE_UP,
        ),
    ),
    Branch(
        "does not confirm, gives up in the queue",
        VERA,
        DID,
        (
            *("hear ru menu", "press 2", "hear ru last-four-digits", "press 4324"),
            *("hear ru press-1-to-block", "press 2", *_GIVES_UP),
        ),
        ("ru menu", "ru last-four-digits", "ru one-moment", "ru press-1-to-block"),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
    Branch(
        "is nobody Loymax knows, gives up in the queue",
        "79160773011",
        DID,
        (
            "hear ru menu",
            "press 1",
            *("hear ru last-four-digits", "press 4321") * 3,
            *("hear ru not-served", *_GIVES_UP),
        ),
        (
            "ru menu",
            *("ru last-four-digits", "ru one-moment", "ru not-right") * 3,
            "ru not-served",
        ),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
    Branch(
        "wants the balance with a hidden number, gives up in the queue",
        "",
        HURRIED,
        ("hear ru menu", "press 1", *_GIVES_UP),
        ("ru menu", "ru not-served"),
        "abandoned",
        (SUPPORT,),
        ticket=_GAVE_UP,
    ),
    Branch(
        "wants the balance while Loymax is ill, gives up in the queue",
        SICK,
        DID,
        ("hear ru menu", "press 1", "hear ru last-four-digits", "press 4321", *_GIVES_UP),
        ("ru menu", "ru last-four-digits", "ru one-moment", "ru not-served"),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
)
ALONE = (
    Branch(
        "the relay is down, for the balance too",
        "79160774001",
        DEAF,
        ("hear ru menu", "press 1", *_GIVES_UP),
        ("ru menu", "ru not-served"),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
    Branch(
        "the relay says nothing, of a callback too",
        "79160774002",
        MUTE,
        ("hear ru menu", "press 3", *_GIVES_UP),
        ("ru menu", "ru no-callback"),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
    Branch(
        "the relay goes down in the menu",
        "79160774003",
        DID,
        ("hear ru menu", "relay down", "press 1", *_GIVES_UP),
        ("ru menu", "ru not-served"),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
    Branch(
        "the relay falls silent in the menu",
        "79160774004",
        DID,
        ("hear ru menu", "relay mute", "press 2", *_GIVES_UP),
        ("ru menu", "ru not-served"),
        "abandoned",
        (SUPPORT,),
        "abandoned",
        ticket=_GAVE_UP,
    ),
)
DAY = (*QUEUES, *SERVICES, *ALONE)
