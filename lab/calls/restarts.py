"""Asterisk goes down in the middle of calls: one customer talks to an operator, another waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lab.asterisk.server import command, kill, start
from lab.calls.ami import Session
from lab.calls.scenarios import is_like_acme, scenario
from lab.calls.stage import QUIET, Stage


async def _cut(stage: Stage, scenario_name: str, fell: Callable[[], object], rise: Callable[[], object]) -> None:
    stage.settle_to_answer()
    talking = await stage.call_in(scenario_name, "000", "wait")
    talking.truth.queues.append(stage.main_queue)
    talk = await stage.next_talk()
    stage.crew.settle(QUIET)
    waiting = await stage.call_in(scenario_name, "000", "wait")
    waiting.truth.queues.append(stage.main_queue)
    await stage.queue_event("QueueCallerJoin", stage.main_queue, waiting)
    await asyncio.sleep(stage.dice.uniform(1.5, 2.5))
    await asyncio.to_thread(fell)
    for phone in stage.crew.phones:
        phone.forget()
    for call in (talking, waiting):
        await stage.outside.end(call.process)
    await asyncio.to_thread(rise)
    talking.answered(talk)
    talking.truth.is_talk_known = False
    waiting.truth.outcome = "lost"


@scenario(is_like_acme, seconds=12, calls=2, is_exclusive=True)
async def killed(stage: Stage) -> None:
    """kill -9 and a new start, as by a supervisor."""
    await _cut(stage, "killed", lambda: kill(stage.place), lambda: start(stage.place))
    await reconnect(stage.ami)


@scenario(is_like_acme, seconds=12, calls=2, is_exclusive=True)
async def restarted(stage: Stage) -> None:
    """`core restart now` by an administrator."""

    def again() -> None:
        command(stage.place, "core waitfullybooted")

    await _cut(stage, "restarted", lambda: command(stage.place, "core restart now"), again)
    await reconnect(stage.ami)


async def reconnect(ami: Session) -> None:
    await ami.close()
    await ami.open()
