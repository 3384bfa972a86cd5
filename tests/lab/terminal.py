"""A person at a terminal: a command that may ask, and what is typed to each of its questions."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 120


@dataclass(frozen=True, slots=True)
class Typed:
    code: int
    screen: str


def typed(folder: Path, words: Sequence[str], answers: Sequence[tuple[str, str]]) -> Typed:
    """In the folder; each answer is typed when its question stands at the end of the screen."""
    command = str(Path(sys.executable).with_name("callcenter"))
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execv(command, [command, *words])  # noqa: S606 - our own
    screen = _conversation(terminal, list(answers))
    _, status = os.waitpid(process, 0)
    return Typed(os.waitstatus_to_exitcode(status), screen)


def _conversation(terminal: int, left: list[tuple[str, str]]) -> str:
    screen, asked, deadline = "", 0, time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            try:
                data = os.read(terminal, 65_536)
            except OSError:  # its end was closed: the command has ended
                break
            screen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        if left and left[0][0] in screen[asked:] and screen.rstrip(" ").endswith(":"):
            os.write(terminal, f"{left.pop(0)[1]}\n".encode())
            asked = len(screen)
    os.close(terminal)
    assert not left, f"never asked: {left[0][0]}\n{screen}"
    return screen
