"""`callcenter relay` in a process of its own, begun and killed at will.

A relay needs seconds to import what it is made of, so one process imports it once and forks a child for each life. A
child runs the same command as a user; what it writes to stderr is kept.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Lives:
    """`begin` and `kill` take turns."""

    process: asyncio.subprocess.Process
    pid: int | None = None

    async def begin(self) -> None:
        self.pid = int(await self._told("begin"))

    async def kill(self) -> None:
        """SIGKILL: it can neither see it nor put anything in order."""
        if self.pid is None:
            raise ValueError("no relay is alive")
        os.kill(self.pid, signal.SIGKILL)
        self.pid = None
        await self._told("wait")

    async def end(self) -> None:
        if self.pid is not None:
            await self.kill()
        if self.process.stdin:
            self.process.stdin.close()
        await self.process.wait()

    async def _told(self, order: str) -> str:
        if self.process.stdin is None or self.process.stdout is None:
            raise ValueError("no pipes")
        self.process.stdin.write(f"{order}\n".encode())
        return (await self.process.stdout.readline()).decode().strip()


async def lives_of(settings: Path, log: Path) -> Lives:
    command = (sys.executable, "-m", "tests.relay.soak.lives", str(settings), str(log))
    pipe = asyncio.subprocess.PIPE
    return Lives(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))


def _serve(settings: str, log: str) -> None:
    """The child: becomes the relay."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    from callcenter.cli import app  # noqa: PLC0415 - imported by the parent

    app(["relay", "--config", settings])


def _main(settings: str, log: str) -> None:
    import relay.serve  # noqa: F401, PLC0415 - what takes seconds, once
    from callcenter.cli import app  # noqa: F401, PLC0415 - as above

    for order in sys.stdin:
        if order == "begin\n":
            child = os.fork()
            if child == 0:
                _serve(settings, log)
                os._exit(0)
            answer = child
        else:
            answer = os.waitstatus_to_exitcode(os.wait()[1])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
