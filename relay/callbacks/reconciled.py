"""What a service tells of calls that the relay may have missed, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.alias_generators import to_camel

from relay.calls.facts import MissedReason
from relay.http.answers import Shown
from relay.http.bodies import Body, Word

MOST_CALLS = 100

Outcome = Literal["missed", "answered", "reached"]
Result = Literal[
    "known",
    "number_wanted",
    "opened",
    "joined",
    "recorded",
    "closed",
    "nothing",
    "too_old",
    "refused",
]
_UniqueId = Annotated[str, Field(min_length=1, max_length=150, pattern=r"^[!-~]+$")]
_Number = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[!-~]+$")]


class ToldCall(Body):
    model_config = ConfigDict(alias_generator=to_camel)

    pbx: Word
    uniqueids: Annotated[
        tuple[_UniqueId, ...],
        Field(
            min_length=1,
            max_length=50,
            description="All that Asterisk's logs have of the call; first that of the caller's first channel.",
        ),
    ]
    company: Annotated[Word, Field(description="Its id in the settings.")]
    outcome: Annotated[
        Outcome, Field(description="`reached`: an outgoing call whose customer answered; the others came in.")
    ]
    reason: Annotated[MissedReason, Field(description="Of a missed call.")] = "unknown"
    queue: Annotated[Word | None, Field(description="Of a missed call: where it waited last.")] = None
    did: Annotated[str, Field(max_length=80, pattern=r"^[ -~]*$")] = ""
    started_at: AwareDatetime
    answered_at: Annotated[AwareDatetime | None, Field(description="Null where the logs do not tell.")] = None
    ended_at: AwareDatetime
    caller_key: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-f]{32,64}$",
            description="The other party's: `numberKey` of the facts, or its first 32 digits. Null: hidden.",
        ),
    ] = None
    number: Annotated[
        _Number | None,
        Field(
            repr=False,
            description="Only where an answer before said `number_wanted`; taken where `callerKey` is of it.",
        ),
    ] = None
    operator: Annotated[Word | None, Field(description="Who answered or called: the settings' login.")] = None


class ReconcileBody(Body):
    calls: Annotated[tuple[ToldCall, ...], Field(min_length=1, max_length=MOST_CALLS)]


class ReconciledCall(Shown):
    pbx: str
    uniqueid: Annotated[str, Field(description="The first that was told.")]
    result: Annotated[
        Result,
        Field(
            description="`known`: nothing to do. `number_wanted`: send it again with its number. `opened`, "
            "`joined`: the caller waits in the queue. `recorded`: he does not, as he was served since, is hidden, "
            "or his Company has no queue. `closed`: of one served, his entry is closed; `nothing`: he had none, or his "
            "Company calls nobody back who called out of hours. "
            "`too_old`: missed longer ago than an entry lasts. `refused`: a PBX or Company the relay does not "
            "have, or not this service's; times that cannot be; or a number that `callerKey` is not of."
        ),
    ]


class ReconciledShown(Shown):
    calls: Annotated[list[ReconciledCall], Field(description="In the order they were told.")]
