"""A process that loads, builds and publishes until it is killed: `python -m tests.warehouse.child FOLDER ROUNDS`.

It commits far more often than the product does, so that there are many moments to be killed at. It says `ready`
once it has started and begins when it is told a line; it says `waiting` when another process has the warehouse,
and `published` after each round.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.warehouse.harness import open_folder
from warehouse import build, intake
from warehouse.engine import open_warehouse
from warehouse.publish import publish

CHUNK_BYTES = 64 * 1024
COMMIT_BYTES = 128 * 1024


def main(folder: Path, rounds: int) -> None:
    center = open_folder(folder)
    intake.COMMIT_BYTES = COMMIT_BYTES
    build.batches = partial(build.batches, rows_per_batch=1)
    say("ready")
    sys.stdin.readline()
    for _ in range(rounds):
        with open_warehouse(center.settings, on_wait=saying("waiting")) as con:
            center.bring_up_to_date(con, CHUNK_BYTES)
            publish(con, center.settings)
        say("published")


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def saying(word: str) -> Callable[[], None]:
    return lambda: say(word)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
