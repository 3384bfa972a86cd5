"""Plays real calls of known outcome through the lab's Asterisk, which `lab/asterisk/up` has started.

Each run begins with empty logs. The output folder gets queue_log, Master.csv, truth.json, callcenter.toml, and what
the manager sends: ami.txt to a user with all rights, ami-relay.txt to the one with the least.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from lab.asterisk import place as defaults
from lab.asterisk.place import LabError, Place, saved_place
from lab.asterisk.server import is_running
from lab.calls.ami import AmiError
from lab.calls.plan import make_plan
from lab.calls.run import Run, RunError
from lab.calls.scenarios import Scenario, load_all


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.list:
        print("\n".join(sorted(load_all())))
        return 0
    try:
        place = _place(options.root.resolve(), options.state.resolve())
        turns = make_plan(_chosen(options.scenarios), options.seed, options.count)
        output = _emptied(options.output.resolve())
        asyncio.run(Run(place, turns, options.seed, output, lambda text: print(text, flush=True)).play())
    except (LabError, AmiError, RunError, ValueError) as error:
        print(f"lab.calls: {error}", file=sys.stderr)
        return 1
    return 0


def _place(root: Path, state: Path) -> Place:
    place = saved_place(root, state)
    if place is None or not is_running(place):
        raise LabError(f"the lab's Asterisk is not up: lab/asterisk/up --root {root} --state {state}")
    return place


def _chosen(names: str) -> list[Scenario]:
    scenarios = load_all()
    wanted = [name for name in names.split(",") if name] or list(scenarios)
    if unknown := [name for name in wanted if name not in scenarios]:
        raise ValueError(f"no such scenario: {', '.join(unknown)}; `--list` has them")
    return [scenarios[name] for name in wanted]


def _emptied(folder: Path) -> Path:
    """The folder, without what an earlier run left there. Raises ValueError where it holds something else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "ami.txt").exists():
        raise ValueError(f"{folder} is neither empty nor the output of an earlier run")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.calls", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=11, help="the same seed plays the same calls (default %(default)s)"
    )
    parser.add_argument(
        "--count", type=int, default=40, help="calls, or one or two more (default %(default)s)"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("lab-calls"), help="a folder (default %(default)s)"
    )
    parser.add_argument(
        "--scenarios", default="", help="only these, with commas between; --list has their names"
    )
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument(
        "--root", type=Path, default=defaults.ROOT, help="as of lab/asterisk/up (default %(default)s)"
    )
    parser.add_argument(
        "--state", type=Path, default=defaults.STATE, help="as of lab/asterisk/up (default %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
