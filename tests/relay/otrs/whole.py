"""What the tickets of a call must have come to."""

from __future__ import annotations

from typing import get_args

from relay.standins.otrs import Fault
from tests.relay.otrs.office import Office, subjects

FAULTS: list[Fault] = list(get_args(Fault))


def stands_alone(at: Office, words: list[str], *, duplicates: int = 0) -> None:
    """One ticket that was not closed as a duplicate; all of the others were, with a note."""
    (kept, *others) = sorted(at.otrs.tickets.values(), key=lambda each: int(each["TicketID"]))
    assert subjects(kept) == words
    assert [field["Name"] for field in kept["DynamicField"]] == ["RelayKey", "CallId"]
    assert len(others) == duplicates == at.counted("duplicates")
    for other in others:
        assert other["State"] == "closed unsuccessful"
        (note,) = [each for each in other["Article"] if each["Subject"].startswith("Duplicate of")]
        assert kept["TicketNumber"] in note["Subject"]
