"""What was just recorded goes to who delivers it, without a detour by the store; who listens is told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from relay.calls.effects import LetExpire, Revoke
from relay.delivery.dispatcher import Dispatcher
from relay.delivery.lanes import Over
from relay.store.recording import Recorded
from relay.words import CompanyId


@dataclass(frozen=True, slots=True)
class Handing:
    """`dispatchers`: one per target, as they are when something is handed on."""

    dispatchers: Sequence[Dispatcher]
    listeners: Sequence[Callable[[], None]] = ()

    def room(self, target: str, company: CompanyId) -> int:
        return sum(each.room(company) for each in self.dispatchers if each.target == target)

    def take(self, recorded: Recorded) -> None:
        for tell in self.listeners:
            tell()
        over = [_over(each) for each in recorded.over]
        for each in self.dispatchers:
            each.take([item for item in recorded.leased if item.target == each.target], over)
            if each.target in recorded.waiting:
                each.wake()


def _over(effect: Revoke | LetExpire) -> Over:
    return Over(effect.call, effect.at, effect.but if isinstance(effect, Revoke) else None)
