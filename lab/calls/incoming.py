"""Customers who call: answered or not, and why not."""

from __future__ import annotations

import asyncio

from lab.calls.scenarios import has_nobody, is_like_acme, scenario
from lab.calls.stage import PROMPT, QUIET, Incoming, Stage
from lab.calls.truth import Pause

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.com","x")',
    "O|Brien|ABANDON|1|1|9",
    "He said \"hi\", then 'bye'; DROP TABLE cdr",
    "=1+1|x,y",
)


async def _answered(
    stage: Stage, rest: str = "000", number: str | None = None, name: str | None = None
) -> Incoming:
    """A call that a queue's operator answers and the customer ends."""
    stage.settle_to_answer()
    call = await stage.call_in(rest, seconds=stage.dice.uniform(3.5, 7.5), number=number, name=name)
    call.truth.queues.append(stage.main_queue)
    talk = await stage.next_talk()
    await call.over()
    call.answered(talk)
    return call


@scenario(seconds=8, weight=6)
async def answered(stage: Stage) -> None:
    await _answered(stage)


@scenario(is_like_acme, seconds=8)
async def answered_with_did_told(stage: Stage) -> None:
    await _answered(stage, "020")


@scenario(seconds=8)
async def hidden_number(stage: Stage) -> None:
    await _answered(stage, number="")


@scenario(seconds=8)
async def cyrillic_name(stage: Stage) -> None:
    await _answered(stage, name="Ёлкина Юлия Щукинская")


@scenario(seconds=8, weight=2)
async def hostile_name(stage: Stage) -> None:
    await _answered(stage, name=stage.dice.choice(HOSTILE))


@scenario(seconds=8, weight=2)
async def member_hangs_up(stage: Stage) -> None:
    stage.settle_to_answer()
    call = await stage.call_in("000", "wait")
    call.truth.queues.append(stage.main_queue)
    talk = await stage.next_talk()
    await asyncio.sleep(stage.dice.uniform(2, 5))
    talk.hang_up()
    await call.over()
    call.answered(talk)


@scenario(seconds=9)
async def rung_in_vain_first(stage: Stage) -> None:
    """Nobody picks up the first time; the phones ring again, and somebody does."""
    stage.crew.settle(QUIET)
    call = await stage.call_in("000", seconds=9.5)
    call.truth.queues.append(stage.main_queue)
    await asyncio.sleep(4.3)
    stage.settle_to_answer()
    talk = await stage.next_talk()
    await call.over()
    call.answered(talk)


@scenario(is_like_acme, seconds=9, calls=2)
async def two_callers(stage: Stage) -> None:
    """Two customers in one queue at the same time, an operator for each."""
    stage.settle_to_answer()
    calls = []
    for _ in range(2):
        call = await stage.call_in("000", seconds=stage.dice.uniform(6, 8))
        call.truth.queues.append(stage.main_queue)
        calls.append(call)
    talks = [await stage.next_talk() for _ in calls]
    for call in calls:
        await asyncio.wait_for(call.process.wait(), 60)
    await stage.crew.rest()
    connected = {
        (await stage.queue_event("AgentConnect", stage.main_queue, call))["Interface"]: call for call in calls
    }
    for talk in talks:
        connected[f"PJSIP/{talk.phone.extension}"].answered(talk)


async def _abandoned(stage: Stage, seconds: float, number: str | None = None) -> Incoming:
    stage.crew.settle(QUIET)
    call = await stage.call_in("000", seconds=seconds, number=number)
    call.truth.queues.append(stage.main_queue)
    call.truth.outcome = "abandoned"
    await call.over()
    return call


@scenario(seconds=4, weight=2)
async def abandoned(stage: Stage) -> None:
    await _abandoned(stage, stage.dice.uniform(1.5, 7))


@scenario(seconds=12, calls=2)
async def calls_again(stage: Stage) -> None:
    """The same customer, first in vain."""
    first = await _abandoned(stage, 3)
    await _answered(stage, number=first.truth.number)


@scenario(seconds=13)
async def timeout(stage: Stage) -> None:
    stage.crew.settle(QUIET)
    call = await stage.call_in("020" if stage.company.is_like_acme else "000", "wait")
    call.truth.queues.append(stage.main_queue)
    call.truth.outcome = "timeout"
    await call.over()


@scenario(is_like_acme, seconds=22)
async def overflow_unanswered(stage: Stage) -> None:
    stage.crew.settle(QUIET)
    call = await stage.call_in("000", "wait")
    call.truth.queues += stage.company.queues[:2]
    call.truth.outcome = "timeout"
    await call.over()


@scenario(is_like_acme, seconds=17)
async def overflow_answered(stage: Stage) -> None:
    stage.crew.settle(QUIET)
    call = await stage.call_in("000", seconds=16)
    call.truth.queues += stage.company.queues[:2]
    await stage.queue_event("QueueCallerJoin", stage.company.queues[1], call)
    stage.crew.phones[1].behave(PROMPT)
    talk = await stage.next_talk()
    await call.over()
    call.answered(talk)


@scenario(seconds=4)
async def key_pressed(stage: Stage) -> None:
    stage.crew.settle(QUIET)
    call = await stage.call_in("000", "wait")
    call.truth.queues.append(stage.main_queue)
    await stage.queue_event("QueueCallerJoin", stage.main_queue, call)
    await asyncio.sleep(stage.dice.uniform(1, 3))
    await stage.ami.do("PlayDTMF", Channel=call.channel, Digit="1", Receive="true")
    call.truth.outcome = "key"
    await call.over()


async def _never_queued(stage: Stage, rest: str, outcome: str) -> None:
    call = await stage.call_in(rest, "wait")
    call.truth.outcome = outcome
    await call.over()


@scenario(is_like_acme, seconds=4)
async def ended_in_menu(stage: Stage) -> None:
    await _never_queued(stage, "900", "ended_before_queue")


@scenario(is_like_acme, seconds=3)
async def ended_in_menu_told(stage: Stage) -> None:
    await _never_queued(stage, stage.dice.choice(["910", "911"]), "ivr")


@scenario(is_like_acme, seconds=2)
async def refused(stage: Stage) -> None:
    await _never_queued(stage, "800", "refused")


@scenario(is_like_acme, seconds=3)
async def closed_told(stage: Stage) -> None:
    await _never_queued(stage, stage.dice.choice(["810", "811"]), "closed")


@scenario(has_nobody, seconds=2)
async def queue_refused(stage: Stage) -> None:
    await _never_queued(stage, "000", "ended_before_queue")


@scenario(has_nobody, seconds=2)
async def queue_refused_told(stage: Stage) -> None:
    await _never_queued(stage, "010", "queue_refused")


@scenario(seconds=7)
async def direct_line_answered(stage: Stage) -> None:
    stage.crew.settle(PROMPT)
    call = await stage.call_in(stage.company.operators[0].extension, seconds=stage.dice.uniform(2, 5))
    talk = await stage.next_talk()
    await call.over()
    call.answered(talk, is_in_queue=False)


@scenario(is_like_acme, seconds=9)
async def direct_line_behind_menu(stage: Stage) -> None:
    """The PBX answers, then rings a phone: the CDR counts from the PBX's answer."""
    stage.crew.settle(PROMPT)
    call = await stage.call_in("300", seconds=stage.dice.uniform(6, 8))
    talk = await stage.next_talk()
    await call.over()
    call.answered(talk, is_in_queue=False)
    call.truth.legs[-1].upper_bound_seconds = talk.ended_at - call.truth.started_at


@scenario(seconds=9)
async def direct_line_unanswered(stage: Stage) -> None:
    stage.crew.settle(QUIET)
    call = await stage.call_in(stage.company.operators[1].extension, "wait")
    call.truth.outcome = "no_answer_direct"
    await call.over()


@scenario(seconds=4)
async def direct_line_given_up(stage: Stage) -> None:
    """The customer hangs up while the phone rings."""
    stage.crew.settle(QUIET)
    call = await stage.call_in(stage.company.operators[0].extension, "cancel", 2.5)
    call.truth.outcome = "no_answer_direct"
    await call.over()


@scenario(seconds=3, calls=0)
async def member_pause(stage: Stage) -> None:
    """An operator pauses in all queues."""
    operator = stage.company.operators[0]
    seconds = stage.dice.uniform(1.5, 3)
    await stage.ami.do("QueuePause", Interface=operator.interface, Paused="true", Reason="lunch")
    await asyncio.sleep(seconds)
    await stage.ami.do("QueuePause", Interface=operator.interface, Paused="false")
    stage.truth.pauses.append(Pause(operator.login, "lunch", seconds))
