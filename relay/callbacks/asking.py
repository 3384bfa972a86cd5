"""A caller who asks to be called back while he is on the line: one entry for the call, whatever becomes of the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from relay.callbacks import queue
from relay.calls.facts import Started
from relay.clock import Clock
from relay.store import callbacks as rows
from relay.store.engine import write
from relay.store.recording import Recorder, Recording
from relay.store.waiting import keep, new_entry
from relay.words import CallId

Answer = Literal["accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Asking:
    recorder: Recorder
    wake: Callable[[], None]
    clock: Clock

    async def ask(self, call: Started) -> Answer:
        """Refused: a hidden number, or a Company that calls nobody back. Asked again, a call has what it had."""
        now = self.clock()
        answer = await write(
            self.recorder.engine, lambda con: self._ask(self.recorder.recording(con, now), call)
        )
        self.wake()
        return answer

    def _ask(self, to: Recording, call: Started) -> Answer:
        if not self.recorder.rules(call.company).is_on or self.recorder.is_hidden(call):
            return "refused"
        to.add(call)
        if not rows.has_asked(to.con, call.call):
            self._open(to, call.call)
        return "accepted"

    @staticmethod
    def _open(to: Recording, call: CallId) -> None:
        of = rows.caller_of(to.con, call)
        if of.number_key is None:
            return
        rules = to.by.rules(of.company)
        new = new_entry(of, call, "asked", to.now, rules)
        known = rows.load_open(to.con, of.company, of.number_key)
        if known is None and (added := rows.add(to.con, new)):
            keep(to, added, queue.ask(added, call, to.now, queue.opened(added)))
            return
        known = known or rows.load_open(to.con, of.company, of.number_key)  # another relay was first
        if known is not None:
            joined, facts = queue.join(known, call, "asked", to.now, rules)
            keep(to, known, queue.ask(joined, call, to.now, facts))
