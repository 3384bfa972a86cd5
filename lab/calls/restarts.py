"""Asterisk goes down in the middle of calls: one customer talks to an operator, another waits."""

from __future__ import annotations

import asyncio

from lab.asterisk.server import command, kill, start
from lab.calls.phone import Talk
from lab.calls.scenarios import is_like_acme, scenario
from lab.calls.stage import QUIET, Incoming, Stage


async def _under_way(stage: Stage) -> tuple[Incoming, Talk, Incoming]:
    """A customer in conversation, and one who waits."""
    stage.settle_to_answer()
    talking = await stage.call_in("000", "wait")
    talking.truth.queues.append(stage.main_queue)
    talk = await stage.next_talk()
    stage.crew.settle(QUIET)
    waiting = await stage.call_in("000", "wait")
    waiting.truth.queues.append(stage.main_queue)
    await stage.queue_event("QueueCallerJoin", stage.main_queue, waiting)
    await asyncio.sleep(stage.dice.uniform(1.5, 2.5))
    return talking, talk, waiting


@scenario(is_like_acme, seconds=12, calls=2, is_exclusive=True)
async def killed(stage: Stage) -> None:
    """Kill -9 and a new start, as by a supervisor: no closing events, no CDR."""
    talking, talk, waiting = await _under_way(stage)
    await asyncio.to_thread(kill, stage.place)
    await stage.ami.lost()
    for phone in stage.crew.phones:
        phone.forget()
    talking.answered(talk)
    talking.truth.is_talk_known = False
    waiting.truth.outcome = "lost"
    talking.truth.has_cdr = waiting.truth.has_cdr = False
    await _come_back(stage, talking, waiting)


@scenario(is_like_acme, seconds=12, calls=2, is_exclusive=True)
async def restarted(stage: Stage) -> None:
    """`core restart now` hangs up on everybody before it goes, as if the customers had."""
    talking, talk, waiting = await _under_way(stage)
    await asyncio.to_thread(command, stage.place, "core restart now")
    await stage.ami.lost()
    await asyncio.wait_for(talk.ended.wait(), 5)
    talking.answered(talk)
    waiting.truth.outcome = "abandoned"
    await _come_back(stage, talking, waiting)


async def _come_back(stage: Stage, *calls: Incoming) -> None:
    for call in calls:
        await stage.outside.end(call.process)
    for phone in stage.crew.phones:
        phone.forget()
    await asyncio.to_thread(start, stage.place)
    await stage.ami.close()
    await stage.ami.open()
