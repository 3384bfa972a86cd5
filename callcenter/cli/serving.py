"""Dagster's UI over a folder of its own, for as long as somebody looks at it."""

from __future__ import annotations

import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from callcenter.cli.front import CommandError
from callcenter.settings import CONFIG_VARIABLE

HOST, FIRST_PORT, PORTS = "127.0.0.1", 3000, 100
START_SECONDS, POLL_SECONDS = 180, 0.5
PATIENCE = ((signal.SIGINT, 20.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class Dagster:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def wait_until_ready(self) -> None:
        """CommandError where it ends, or does not come."""
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self.process.poll() is not None:
                raise CommandError(self.ended())
            if time.monotonic() > deadline:
                raise CommandError(f"Dagster does not answer after {START_SECONDS} s: see {self.log}")
            time.sleep(POLL_SECONDS)

    def ended(self) -> str:
        last = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
        code = self.process.returncode
        return f"Dagster has ended by itself, with exit code {code}. The end of {self.log}:\n{last}"


@contextmanager
def dagster(checkout: Path, config: Path, home: Path) -> Iterator[Dagster]:
    """`dagster dev`, beginning to start. `home` keeps the history of its runs and its log.

    None of its processes outlives the block.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        shutil.copyfile(checkout / "dagster.yaml", home / "dagster.yaml")
        port, log = free_port(), home / "dagster.log"
        process = _start(checkout, config, home, log, port)
        try:
            yield Dagster(process, port, log)
        finally:
            end(process)


def free_port(first: int = FIRST_PORT) -> int:
    """The first port nobody listens on."""
    for port in range(first, first + PORTS):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((HOST, port))
            except OSError:
                continue
            return port
    raise CommandError(f"no free port from {first} to {first + PORTS - 1} on {HOST}")


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all it has started: as Ctrl-C would, and with less and less patience.

    One that was started without a session of its own is ended alone: its group is its parent's, too.
    """
    ignored = signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # an impatient second Ctrl-C must leave none behind
    try:
        for number, seconds in PATIENCE:
            if not _signal_group(process, number):
                return
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                process.poll()  # a child that has ended stays in its group until somebody asks
                if not _signal_group(process, 0):
                    return
                time.sleep(0.1)
    finally:
        signal.signal(signal.SIGINT, ignored)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two daemons on one history would run everything twice."""
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"a Dagster of {home} is running already") from None
        yield


def _start(checkout: Path, config: Path, home: Path, log: Path, port: int) -> subprocess.Popen[bytes]:
    workspace = str(checkout / "workspace.yaml")
    command = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", HOST, "-p", str(port)]
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        CONFIG_VARIABLE: str(config),
    }
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, that can be ended whole
        )


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/server_info")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> bool:
    """Whether there was anybody left to get it."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        process.send_signal(number)  # says nothing to one that has ended and was asked for
        return process.returncode is None
    return True
