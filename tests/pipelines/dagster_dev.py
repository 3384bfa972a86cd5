"""The real `dagster dev`: webserver, daemon and code server, started and ended like a user's."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

REPO = Path(__file__).parents[2]
SECONDS_TO_START = 150  # 20 on a machine that has nothing else to do
SECONDS_TO_END = 20

_T = TypeVar("_T")

LAUNCH = """
mutation ($job: String!) {
  launchRun(executionParams: {
    selector: {repositoryLocationName: "callcenter", repositoryName: "__repository__", jobName: $job}
  }) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
RUNS = """
query ($job: String!) {
  runsOrError(filter: {pipelineName: $job}) { ... on Runs { results { status tags { key value } } } }
}
"""
BACKFILL = """
mutation ($assets: [AssetKeyInput!], $days: [String!]) {
  launchPartitionBackfill(backfillParams: {assetSelection: $assets, partitionNames: $days}) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
BACKFILL_STATUS = """
query ($backfill: String!) {
  partitionBackfillOrError(backfillId: $backfill) {
    ... on PartitionBackfill { status runs { status tags { key value } } }
  }
}
"""


@dataclass(frozen=True)
class DagsterDev:
    """A running one, as its GraphQL is asked."""

    port: int
    log: Path

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            found: dict[str, Any] = json.load(answer)
        assert "errors" not in found, found
        data: dict[str, Any] = found["data"]
        return data

    def launch(self, job: str) -> str:
        launched = self.ask(LAUNCH, job=job)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id: str = launched["run"]["runId"]
        return run_id

    def status(self, run_id: str) -> str:
        found: str = self.ask(STATUS, run=run_id)["runOrError"]["status"]
        return found

    def backfill(self, assets: Iterable[str], days: Sequence[str]) -> str:
        """As the UI's Materialize does for a range of partitions."""
        keys = [{"path": [asset]} for asset in assets]
        launched = self.ask(BACKFILL, assets=keys, days=days)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        backfill_id: str = launched["backfillId"]
        return backfill_id

    def backfill_status(self, backfill: str) -> tuple[str, list[str]]:
        """The backfill's own status, and that of each of its runs."""
        found = self.ask(BACKFILL_STATUS, backfill=backfill)["partitionBackfillOrError"]
        return found["status"], [run["status"] for run in found["runs"]]

    def runs(self, job: str) -> list[tuple[str, dict[str, str]]]:
        """(status, tags) of every run of the job."""
        found = self.ask(RUNS, job=job)["runsOrError"]["results"]
        return [(run["status"], {tag["key"]: tag["value"] for tag in run["tags"]}) for run in found]


@contextlib.contextmanager
def running(home: Path, config: Path) -> Iterator[DagsterDev]:
    """`home` is its DAGSTER_HOME, with the repository's dagster.yaml; everything it started is ended."""
    home.mkdir()
    shutil.copy(REPO / "dagster.yaml", home)
    port, log = _free_port(), home / "dev.log"
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "-w", "workspace.yaml", "-p", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=REPO,
            env=os.environ | {"DAGSTER_HOME": str(home), "CALLCENTER_CONFIG": str(config)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: _answers(port), SECONDS_TO_START, log, process)
        yield DagsterDev(port, log)
    finally:
        _end(process, home)


def wait_for(
    ask: Callable[[], _T | None], seconds: float, log: Path, process: subprocess.Popen[bytes] | None = None
) -> _T:
    """The first answer that is not empty; the log's end where there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        if answer := ask():
            return answer
        time.sleep(0.5)
    raise TimeoutError(f"nothing after {seconds:.0f} s:\n{log.read_text()[-4000:]}")


def processes_of(home: Path) -> list[int]:
    """Every process that has this DAGSTER_HOME, other than ours."""
    needle = f"DAGSTER_HOME={home}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if needle in (entry / "environ").read_bytes().split(b"\0") and entry.name != str(os.getpid()):
                found.append(int(entry.name))
    return found


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(process: subprocess.Popen[bytes], home: Path) -> None:
    """As Ctrl-C does; what is left after that is killed: a test leaves no process behind."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_END)
    deadline = time.monotonic() + SECONDS_TO_END
    while (left := processes_of(home)) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    process.wait(SECONDS_TO_END)
