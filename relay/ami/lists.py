"""An answer that is a list, taken item by item: of each the asker keeps what he needs, and no list is endless; pure.

50,000 is more channels than an Asterisk carries and more members than its queues have; a channel of Status is about
700 bytes, and an item of what the relay keeps of it at most 1 kB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from relay.ami.channels import Headers
from relay.errors import ListTooLong

Keep = Callable[[Headers], object]  # what to do with an item


@dataclass(frozen=True, slots=True)
class Bounds:
    items: int = 50_000
    size: int = 64 << 20  # bytes


USUAL = Bounds()


@dataclass(slots=True)
class ListAnswer:
    """One action's answer while it comes."""

    action: str
    keep: Keep
    bounds: Bounds
    items: int = 0
    size: int = 0

    def add(self, item: Headers, size: int) -> None:
        """ListTooLong beyond the bounds: what was kept so far is a part, and worth nothing."""
        self.items += 1
        self.size += size
        if self.items > self.bounds.items or self.size > self.bounds.size:
            raise ListTooLong(self.action, self.bounds.items, self.bounds.size)
        self.keep(item)


def pass_over(_item: Headers) -> None:
    """Of whoever wants to know only whether the list comes."""
