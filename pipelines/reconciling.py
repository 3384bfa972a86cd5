"""Telling the relay of the calls it missed: batch by batch, with a caller's number only where it asks for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Protocol

from pipelines.unseen import UnseenCall
from warehouse.relay_api import RelayFault

PATH = "/api/v1/callbacks/reconcile"
BATCH = 50  # calls; the relay takes 100, and 64 KiB


class Client(Protocol):
    """Who asks the relay."""

    def post(self, path: str, body: Mapping[str, object]) -> bytes: ...


@dataclass(slots=True)
class Reconciled:
    """What came of it. `results` are the relay's words; `failure` says why it ended early."""

    results: Counter[str] = field(default_factory=Counter)
    count_numbers: int = 0  # sent
    failure: str | None = None


def reconcile(client: Client, calls: Sequence[UnseenCall]) -> Reconciled:
    """Never raises for a relay that fails: the next run tells it again."""
    done = Reconciled()
    try:
        for batch in batches(calls):
            done.results.update(_tell(client, batch, done))
    except RelayFault as fault:
        done.failure = str(fault)
    return done


def batches(calls: Iterable[UnseenCall], most: int = BATCH) -> Iterator[list[UnseenCall]]:
    """A caller's calls in one batch, unless they are more than one holds."""
    batch: list[UnseenCall] = []
    for _, of_caller in groupby(calls, key=lambda each: each.caller):
        more = list(of_caller)
        if batch and len(batch) + len(more) > most:
            yield batch
            batch = []
        while len(more) > most:
            yield more[:most]
            more = more[most:]
        batch += more
    if batch:
        yield batch


def _tell(client: Client, batch: Sequence[UnseenCall], done: Reconciled) -> list[str]:
    first = _post(client, [each.told for each in batch])
    wanted = {
        place
        for place, (each, result) in enumerate(zip(batch, first, strict=True))
        if result == "number_wanted" and each.number
    }
    if not wanted:
        return first
    done.count_numbers += len(wanted)
    again = _post(
        client,
        [
            each.told | {"number": each.number} if place in wanted else each.told
            for place, each in enumerate(batch)
        ],
    )
    return [again[place] if place in wanted else result for place, result in enumerate(first)]


def _post(client: Client, calls: list[dict[str, Any]]) -> list[str]:
    """The results, in the order of the calls. RelayFault where the answer is none."""
    try:
        answer = json.loads(client.post(PATH, {"calls": calls}))
        results = [str(each["result"]) for each in answer["calls"]]
    except (ValueError, KeyError, TypeError):
        raise RelayFault(f"{PATH}: the answer is not as expected") from None
    if len(results) != len(calls):
        raise RelayFault(f"{PATH}: the answer is not of all calls")
    return results
