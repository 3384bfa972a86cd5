"""Calls passed on: blind and attended, to a phone, to a queue, and while it rings.

An attended transfer is made by the phone: it holds the customer, calls somebody, and joins the two by a REFER that
replaces its second call. What Asterisk then writes depends on what the second call is at that moment:

    two phones talk                          ATTENDEDTRANSFER|BRIDGE   attended_bridge, attended_by_feature_code
    the second phone rings, or a queue's     ATTENDEDTRANSFER|APP      attended_while_ringing, attended_into_queue
    a queue's operator has answered          ATTENDEDTRANSFER|LINK     attended_after_queue
"""

from __future__ import annotations

import asyncio
import time

from lab.calls.phone import Manners, Talk, sound_of
from lab.calls.scenarios import scenario
from lab.calls.stage import Incoming, Stage


async def _connected(stage: Stage, seconds: float) -> tuple[Incoming, Talk]:
    """A customer in conversation with an operator, who hangs up after `seconds` in all."""
    stage.settle_to_answer()
    call = await stage.call_in("000", seconds=seconds)
    call.truth.queues.append(stage.main_queue)
    talk = await stage.next_talk()
    await asyncio.sleep(stage.dice.uniform(2, 3))
    return call, talk


def _expert(stage: Stage) -> str:
    return stage.company.operators[2].extension


def _experts_queue(stage: Stage) -> str:
    return f"6{stage.company.prefix[-1]}3"


async def _consulted(stage: Stage, talk: Talk, extension: str) -> tuple[Talk, Talk]:
    """The operator calls the expert, who answers: the operator's side of it and the expert's."""
    consultation = talk.phone.dial(extension)
    expert = await stage.next_talk()
    await asyncio.wait_for(consultation.answered.wait(), 60)
    await asyncio.sleep(stage.dice.uniform(1.5, 2.5))
    return consultation, expert


@scenario(seconds=12)
async def blind_to_member(stage: Stage) -> None:
    call, talk = await _connected(stage, 11)
    passed_on = await talk.transfer(_expert(stage))
    expert = await stage.next_talk()
    await call.over()
    call.answered(talk, until=passed_on)
    call.answered(expert, is_in_queue=False)
    call.truth.legs[-1].upper_bound_seconds = expert.ended_at - passed_on


@scenario(seconds=12)
async def blind_to_queue(stage: Stage) -> None:
    call, talk = await _connected(stage, 11)
    passed_on = await talk.transfer(_experts_queue(stage))
    call.truth.queues.append(stage.company.queues[-1])
    expert = await stage.next_talk()
    await call.over()
    call.answered(talk, until=passed_on)
    call.answered(expert)


@scenario(seconds=9)
async def blind_to_nobody(stage: Stage) -> None:
    """The customer gives up while the phone rings to which the call was passed on."""
    call, talk = await _connected(stage, 8)
    stage.crew.phones[2].manners = Manners(answer_after=None)
    passed_on = await talk.transfer(_expert(stage))
    await call.over()
    call.answered(talk, until=passed_on)


@scenario(seconds=14)
async def attended_bridge(stage: Stage) -> None:
    call, talk = await _connected(stage, 13)
    consultation, expert = await _consulted(stage, talk, _expert(stage))
    passed_on = await talk.transfer(_expert(stage), consultation)
    await call.over()
    call.answered(talk, until=passed_on)
    call.answered(expert, is_in_queue=False)
    call.truth.legs[-1].talk_seconds = expert.ended_at - passed_on


@scenario(seconds=16)
async def attended_by_feature_code(stage: Stage) -> None:
    """By the keys of features.conf, pressed by the manager's Atxfer, on a phone without a transfer button."""
    call, talk = await _connected(stage, 15)
    talk.speak(sound_of(talk))
    channel = (await stage.queue_event("AgentConnect", stage.main_queue, call))["DestChannel"]
    await stage.ami.do("Atxfer", Channel=channel, Exten=_expert(stage), Context="agents")
    expert = await stage.next_talk()
    await asyncio.sleep(2)
    passed_on = time.time()
    talk.hang_up()
    await call.over()
    call.answered(talk, until=passed_on)
    call.answered(expert, is_in_queue=False)
    call.truth.legs[-1].talk_seconds = expert.ended_at - passed_on


@scenario(seconds=14)
async def attended_while_ringing(stage: Stage) -> None:
    call, talk = await _connected(stage, 13)
    stage.crew.phones[2].manners = Manners(answer_after=3)
    consultation = talk.phone.dial(_expert(stage))
    await asyncio.sleep(1.5)
    passed_on = await talk.transfer(_expert(stage), consultation)
    expert = await stage.next_talk()
    await call.over()
    call.answered(talk, until=passed_on)
    call.answered(expert, is_in_queue=False)
    call.truth.legs[-1].upper_bound_seconds = expert.ended_at - passed_on


@scenario(seconds=14)
async def attended_into_queue(stage: Stage) -> None:
    """Passed on while the consultation waits in a queue, where the expert then answers."""
    call, talk = await _connected(stage, 13)
    stage.crew.phones[2].manners = Manners(answer_after=3)
    consultation = talk.phone.dial(_experts_queue(stage))
    await asyncio.sleep(1.5)
    passed_on = await talk.transfer(_experts_queue(stage), consultation)
    call.truth.queues.append(stage.company.queues[-1])
    expert = await stage.next_talk()
    await call.over()
    call.answered(talk, until=passed_on)
    call.answered(expert)


@scenario(seconds=14)
async def attended_after_queue(stage: Stage) -> None:
    """The operator consults somebody through a queue, and passes the customer on once that one has answered."""
    call, talk = await _connected(stage, 13)
    consultation, expert = await _consulted(stage, talk, _experts_queue(stage))
    passed_on = await talk.transfer(_experts_queue(stage), consultation)
    await call.over()
    call.answered(talk, until=passed_on)
    call.answered(expert, is_in_queue=False)
    call.truth.legs[-1].talk_seconds = expert.ended_at - passed_on


@scenario(seconds=12)
async def consultation_given_up(stage: Stage) -> None:
    """The operator consults somebody and goes on talking to the customer."""
    call, talk = await _connected(stage, 11)
    consultation, _ = await _consulted(stage, talk, _expert(stage))
    consultation.hang_up()
    await call.over()
    call.answered(talk)
