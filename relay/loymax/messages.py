"""The messages to Loymax as pydantic models: what OpenAPI's `webhooks` shows. A test holds what is sent to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from relay.callbacks.facts import Outcome, Result, Return
from relay.calls.facts import MissedReason


class Sent(BaseModel):
    """What is not known is left out. More fields may come with the same version: ignore those you do not know."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class CallData(Sent):
    call_id: str
    company: Annotated[str, Field(description="Our id of the Company.")]
    partner_id: Annotated[int, Field(description="Its id in Loymax, where the settings have it.")] = 0
    external_id: str = ""
    queue: str = ""
    operator: Annotated[str, Field(description="The operator's login in Loymax.")] = ""


class OfferedData(CallData):
    operator: str
    token: Annotated[str, Field(description="For `POST /api/v1/tokens/resolve`; for this operator alone.")]
    link: Annotated[str, Field(description="What the pop-up opens, with the token in it.")]


class MissedData(CallData):
    reason: MissedReason


class CallbackData(CallData):
    callback_id: Annotated[str, Field(description="For `GET /api/v1/callbacks/{id}`.")]
    change: Annotated[
        Literal["opened", "joined", "claimed", "returned", "dialled", "attempted", "ended", "closed"],
        Field(description="What happened to it."),
    ]
    result: Annotated[
        Result | None, Field(description="Of `attempted`: how the customer's phone took it.")
    ] = None
    outcome: Annotated[Outcome | None, Field(description="Of `closed`.")] = None
    reason: Annotated[
        MissedReason | Return | None,
        Field(
            description="Of `opened` and `joined`, why the call was missed; of `returned`, why nobody was rung."
        ),
    ] = None


class Message(Sent):
    version: Literal[1]
    timestamp: Annotated[AwareDatetime, Field(description="When it happened.")]


class CallOffered(Message):
    type: Literal["call.offered"]
    data: OfferedData


class CallAnswered(Message):
    type: Literal["call.answered"]
    data: CallData


class CallMissed(Message):
    type: Literal["call.missed"]
    data: MissedData


class CallEnded(Message):
    type: Literal["call.ended"]
    data: CallData


class CallbackUpdated(Message):
    type: Literal["callback.updated"]
    data: CallbackData


MESSAGES: dict[str, tuple[type[Message], str]] = {
    "call.offered": (CallOffered, "An operator's phone rings: open the pop-up"),
    "call.answered": (
        CallAnswered,
        "An operator answered: the other operators' tokens are worth nothing now",
    ),
    "call.missed": (CallMissed, "A call queued or rang and nobody answered"),
    "call.ended": (CallEnded, "The call is over"),
    "callback.updated": (CallbackUpdated, "The callback queue changed; `callId` is the missed call's"),
}
