"""panoramisk, stood on: one Manager per connection, framing on bytes, events in order, no reconnect of its own.

What panoramisk 1.4 does that is overridden here, so that a newer one can be held against it:
- AMIProtocol.data_received decodes each TCP chunk alone and drops what does not decode
- Manager.dispatch makes a task per callback and drops it: no order, lost exceptions
- Manager.connection_lost and connection_made reconnect after a fixed 2 s; the pending actions are sent again
- Manager.ping awaits no answer
- Action keeps every item of a list until the last has come, whole
A Manager is used for one connection and thrown away, so no action ever outlives its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from relay.ami.channels import Headers
from relay.ami.lists import Bounds, Keep, ListAnswer
from relay.ami.login import AmiAddress
from relay.ami.wire import Framer, event_name, headers, value_of
from relay.errors import ActionTimedOut, AmiFault, AnswerLost

Take = Callable[[bytes], None]  # an event's frame, in the order they came


class FramedProtocol(AMIProtocol):  # type: ignore[misc] # panoramisk ships no types
    """An answer to an action goes to panoramisk, the items of a list to who asked, every other frame to `take`.

    An OriginateResponse has the ActionID of an Originate that was answered long before: it is an event.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._framer = Framer()
        self.lists: dict[str, ListAnswer] = {}  # by the ActionID

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._framer.feed(data):
                self._route(frame)
        except AmiFault:
            self.transport.abort()

    def _route(self, frame: bytes) -> None:
        if not frame.startswith(b"Event: "):
            self._answer(frame)
        elif _is_late(frame) or (action_id := value_of(frame, b"ActionID")) is None:
            self._take(frame)
        elif (of := action_id.decode("utf-8", "replace")) in self.lists:  # else nobody waits for it any more
            self._list(of, frame)

    def _answer(self, frame: bytes) -> None:
        message = Message.from_line(frame.decode("utf-8", "replace"))
        if message is not None:
            self.handle_message(message)

    def _list(self, action_id: str, frame: bytes) -> None:
        if (event_name(frame) or b"").endswith(b"Complete"):
            self._answer(frame)
            return
        try:
            self.lists[action_id].add(headers(frame), len(frame))
        except Exception as fault:  # too long, or a fault of who keeps the item: his, not the connection's
            action = self.responses.get(action_id)
            self.forget(action_id)
            if action is not None and not action.future.done():
                action.future.set_exception(fault)

    def forget(self, action_id: str) -> None:
        """An action whose answer is no longer awaited."""
        self.lists.pop(action_id, None)
        self.responses.pop(action_id, None)


def _is_late(frame: bytes) -> bool:
    return frame.startswith(b"Event: OriginateResponse\r\n")


class Link(Manager):  # type: ignore[misc] # as above
    """One connection; `lost` is done when it is gone."""

    def __init__(self, address: AmiAddress, take: Take, bounds: Bounds) -> None:
        super().__init__(
            host=address.host,
            port=address.port,
            ssl=address.tls,
            encoding="utf8",
            protocol_factory=lambda: FramedProtocol(take),
            loop=asyncio.get_running_loop(),
            forgetable_actions=_Everything(),
        )
        self.pbx = address.pbx
        self.bounds = bounds
        self.lost: asyncio.Future[None] = self.loop.create_future()

    async def open(self) -> asyncio.Transport:
        """OSError where nobody listens, or by TLS is not whom we trust."""
        transport, _ = await self.connect()
        await asyncio.sleep(0)  # panoramisk wires the protocol in the connecting task's callback
        return transport  # type: ignore[no-any-return] # panoramisk ships no types

    async def ask(self, action: Mapping[str, str], seconds: float) -> Headers:
        """The response, without what follows it; ActionTimedOut, AnswerLost."""
        return await self._ask(Action(dict(action)), None, seconds)

    async def ask_list(self, action: Mapping[str, str], keep: Keep, seconds: float) -> Headers:
        """The response, when every item has been given to `keep`; as `ask`, or ListTooLong: then they are a part."""
        return await self._ask(Action(dict(action)), keep, seconds)

    async def _ask(self, action: Action, keep: Keep | None, seconds: float) -> Headers:
        sent = self.send_action(action, as_list=None if keep else False)
        if keep:
            self.protocol.lists[action.id] = ListAnswer(action["Action"], keep, self.bounds)
        try:
            await asyncio.wait([sent, self.lost], timeout=seconds, return_when="FIRST_COMPLETED")
        finally:
            self.protocol.forget(action.id)
        if sent.done():
            answers = sent.result()
            return dict(answers[0] if isinstance(answers, list) else answers)
        if self.lost.done():
            raise AnswerLost(f"the AMI session with {self.pbx} was lost")
        raise ActionTimedOut(f"{self.pbx} did not answer {action['Action']}")

    def connection_made(self, connecting: asyncio.Task[Any]) -> None:
        if not connecting.cancelled() and connecting.exception() is None:
            super().connection_made(connecting)

    def connection_lost(self, _reason: object) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def ping(self) -> None:
        """The session pings, with a deadline."""

    def dispatch(self, _event: Message) -> list[str]:
        """What panoramisk takes for an event: a response that nobody waits for any more."""
        return []

    def hang_up(self) -> None:
        self.close()
        if self.protocol is not None:
            self.protocol.transport.abort()


class _Everything(tuple[str, ...]):
    """`forgetable_actions`: no action is sent again after a reconnect, an Originate least of all."""

    __slots__ = ()

    def __contains__(self, _action: object) -> bool:
        return True
