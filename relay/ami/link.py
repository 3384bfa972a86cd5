"""panoramisk, stood on: one Manager per connection, framing on bytes, events in order, no reconnect of its own.

What panoramisk 1.4 does that is overridden here, so that a newer one can be held against it:
- AMIProtocol.data_received decodes each TCP chunk alone and drops what does not decode
- Manager.dispatch makes a task per callback and drops it: no order, lost exceptions
- Manager.connection_lost and connection_made reconnect after a fixed 2 s; the pending actions are sent again
- Manager.ping awaits no answer
A Manager is used for one connection and thrown away, so no action ever outlives its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from relay.ami.login import AmiAddress
from relay.ami.wire import Framer
from relay.errors import AmiFault

Take = Callable[[bytes], None]  # an event's frame, in the order they came


class FramedProtocol(AMIProtocol):  # type: ignore[misc] # panoramisk ships no types
    """An answer to an action goes to panoramisk, every other frame to `take`.

    An OriginateResponse has the ActionID of an Originate that was answered long before: it is an event.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._framer = Framer()

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._framer.feed(data):
                self._route(frame)
        except AmiFault:
            self.transport.abort()

    def _route(self, frame: bytes) -> None:
        if frame.startswith(b"Event: ") and (_is_late(frame) or b"\r\nActionID: " not in frame):
            self._take(frame)
            return
        message = Message.from_line(frame.decode("utf-8", "replace"))
        if message is not None:
            self.handle_message(message)


def _is_late(frame: bytes) -> bool:
    return frame.startswith(b"Event: OriginateResponse\r\n")


class Link(Manager):  # type: ignore[misc] # as above
    """One connection; `lost` is done when it is gone."""

    def __init__(self, address: AmiAddress, take: Take) -> None:
        super().__init__(
            host=address.host,
            port=address.port,
            ssl=address.tls,
            encoding="utf8",
            protocol_factory=lambda: FramedProtocol(take),
            loop=asyncio.get_running_loop(),
            forgetable_actions=_Everything(),
        )
        self.lost: asyncio.Future[None] = self.loop.create_future()

    async def open(self) -> asyncio.Transport:
        """OSError where nobody listens, or by TLS is not whom we trust."""
        transport, _ = await self.connect()
        await asyncio.sleep(0)  # panoramisk wires the protocol in the connecting task's callback
        return transport  # type: ignore[no-any-return] # panoramisk ships no types

    def connection_made(self, connecting: asyncio.Task[Any]) -> None:
        if not connecting.cancelled() and connecting.exception() is None:
            super().connection_made(connecting)

    def connection_lost(self, _reason: object) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def ping(self) -> None:
        """The session pings, with a deadline."""

    def dispatch(self, _event: Message) -> list[str]:
        """Events of an action's answer that nobody waits for any more."""
        return []

    def forget(self, action_id: str) -> None:
        """An action whose answer is no longer awaited."""
        if self.protocol is not None:
            self.protocol.responses.pop(action_id, None)

    def hang_up(self) -> None:
        self.close()
        if self.protocol is not None:
            self.protocol.transport.abort()


class _Everything(tuple[str, ...]):
    """`forgetable_actions`: no action is sent again after a reconnect, an Originate least of all."""

    __slots__ = ()

    def __contains__(self, _action: object) -> bool:
        return True
