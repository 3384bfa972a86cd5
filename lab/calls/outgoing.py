"""Operators who call: by hand, and by a click that rings their own phone first."""

from __future__ import annotations

import asyncio
import time

from lab.calls.ami import Event
from lab.calls.phone import Talk
from lab.calls.scenarios import scenario
from lab.calls.stage import PROMPT, QUIET, Stage
from lab.calls.truth import Call

ANSWERS, BUSY, RINGS = "1", "2", "3"


async def _channel_of(stage: Stage, extension: str, start: int) -> Event:
    return await stage.ami.wait(
        lambda event: event["Event"] == "Newchannel" and event["Channel"].startswith(f"PJSIP/{extension}-"),
        start,
        what=f"the channel of {extension}",
    )


async def _dialled(stage: Stage, kind: str, seconds: float = 0.0) -> None:
    """By hand; the operator hangs up `seconds` after an answer."""
    stage.crew.settle(QUIET)
    phone, number, start = stage.crew.phones[0], stage.numbers.customer(kind), len(stage.ami.events)
    call = Call(stage.scenario, stage.company.id, "outgoing", number, started_at=time.time())
    talk = phone.dial(f"9{number}")
    call.uniqueid = (await _channel_of(stage, phone.extension, start))["Uniqueid"]
    stage.truth.calls.append(call)
    if seconds:
        await asyncio.wait_for(talk.answered.wait(), 15)
        await asyncio.sleep(seconds)
        talk.hang_up()
        call.talk_seconds = talk.seconds
    await asyncio.wait_for(talk.ended.wait(), 20)
    call.outcome = "successful" if seconds else "not_successful"
    await stage.crew.rest()


@scenario(seconds=6, weight=2)
async def dialled_answered(stage: Stage) -> None:
    await _dialled(stage, ANSWERS, stage.dice.uniform(2, 5))


@scenario(seconds=1)
async def dialled_busy(stage: Stage) -> None:
    await _dialled(stage, BUSY)


@scenario(seconds=6)
async def dialled_unanswered(stage: Stage) -> None:
    await _dialled(stage, RINGS)


async def _clicked(stage: Stage, kind: str, seconds: float = 0.0) -> None:
    """The operator's phone is rung, then the customer is called."""
    stage.crew.settle(PROMPT)
    phone, number, start = stage.crew.phones[0], stage.numbers.customer(kind), len(stage.ami.events)
    call = Call(stage.scenario, stage.company.id, "outgoing", number, started_at=time.time())
    await stage.ami.do(
        "Originate",
        Channel=f"PJSIP/{phone.extension}",
        Context="callback",
        Exten=number,
        Priority="1",
        CallerID=f'"Callback" <{number}>',
        Account=stage.company.id,
        Async="true",
        Timeout="20000",
        Variable="CDR(userfield)=callback",
    )
    call.uniqueid = (await _channel_of(stage, phone.extension, start))["Uniqueid"]
    stage.truth.calls.append(call)
    talk = await stage.next_talk()
    if seconds:
        await _talked(stage, call, talk, start, seconds)
    await asyncio.wait_for(talk.ended.wait(), 20)
    call.outcome = "successful" if seconds else "not_successful"
    await stage.crew.rest()


async def _talked(stage: Stage, call: Call, talk: Talk, start: int, seconds: float) -> None:
    answer = await stage.ami.wait(
        lambda event: event.has(Event="DialEnd", Uniqueid=call.uniqueid, DialStatus="ANSWER"),
        start,
        what="an answer",
    )
    await asyncio.sleep(seconds)
    talk.hang_up()
    call.talk_seconds = talk.ended_at - answer.at
    call.upper_bound_seconds = talk.seconds


@scenario(seconds=7)
async def clicked_answered(stage: Stage) -> None:
    await _clicked(stage, ANSWERS, stage.dice.uniform(2, 5))


@scenario(seconds=3)
async def clicked_busy(stage: Stage) -> None:
    await _clicked(stage, BUSY)


@scenario(seconds=8)
async def clicked_unanswered(stage: Stage) -> None:
    await _clicked(stage, RINGS)
