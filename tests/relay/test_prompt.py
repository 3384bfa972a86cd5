"""The interpreter while the relay serves: no long collection of garbage, no thread that holds the loop up for long."""

from __future__ import annotations

import gc
import sys

from relay.serve import SWITCH_SECONDS, prompt


def test_what_was_made_at_the_start_is_not_looked_through_for_garbage() -> None:
    made = [[each] for each in range(1000)]
    with prompt():
        assert gc.get_freeze_count() > len(made)
        assert not any(each is made for each in gc.get_objects())
    assert any(each is made for each in gc.get_objects())


def test_a_thread_gives_way_soon_and_all_is_as_it_was_afterwards() -> None:
    before = sys.getswitchinterval()
    with prompt():
        assert sys.getswitchinterval() == SWITCH_SECONDS < before
    assert sys.getswitchinterval() == before
