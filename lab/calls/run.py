"""One run: empty logs, all turns side by side, then those that need Asterisk to themselves, then the files."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from lab.asterisk.companies import COMPANIES
from lab.asterisk.place import Place
from lab.asterisk.server import command, restart_with_empty_logs
from lab.asterisk.settings import DRIVER, RELAY
from lab.calls.ami import Recording, Session
from lab.calls.plan import Turn
from lab.calls.settings_file import settings_text
from lab.calls.sipp import Outside
from lab.calls.stage import Crew, Numbers, Stage, make_crew
from lab.calls.truth import Truth

Tell = Callable[[str], None]


class RunError(Exception):
    """Some scenarios did not go as they are meant to; the message names them."""


class Run:
    """`output` gets the logs, truth.json, callcenter.toml and what two manager sessions received."""

    def __init__(self, place: Place, turns: list[Turn], seed: int, output: Path, tell: Tell) -> None:
        self._place, self._turns, self._output, self._tell = place, turns, output, tell
        self._truth = Truth(seed)
        self._crews = {company.id: make_crew(place, company) for company in COMPANIES}
        self._outside = Outside(place)
        self._recordings = [Recording(output, name) for name in ("ami", "ami-relay")]
        self._ami = Session(place.ami_port, DRIVER, self._recordings[0])
        self._relay = Session(place.ami_port, RELAY, self._recordings[1])
        self._faults: list[str] = []
        self._done = 0

    async def play(self) -> Truth:
        """Raises RunError where a scenario failed; the files are written all the same."""
        await asyncio.to_thread(restart_with_empty_logs, self._place)
        began = time.monotonic()
        try:
            await self._open()
            await asyncio.gather(*(self._play_side_by_side(crew) for crew in self._crews.values()))
            for turn in self._turns:
                if turn.scenario.is_exclusive:
                    await self._play(turn)
                    await self._relay.close()
                    await self._relay.open()
            await self._all_hung_up()
        finally:
            await self._close()
        self._write()
        self._tell(f"{len(self._truth.calls)} calls in {time.monotonic() - began:.0f} s: {self._output}")
        if self._faults:
            raise RunError("\n".join(self._faults))
        return self._truth

    async def _play_side_by_side(self, crew: Crew) -> None:
        for turn in self._turns:
            if turn.company is crew.company and not turn.scenario.is_exclusive:
                await self._play(turn)

    async def _play(self, turn: Turn) -> None:
        crew, seed = self._crews[turn.company.id], self._truth.seed
        dice = random.Random(f"{seed} {turn.number}")  # noqa: S311 - repeatable, not secret
        numbers = Numbers(seed * 10000 + turn.number * 10)
        stage = Stage(
            turn.scenario.name, self._place, crew, self._outside, self._ami, self._truth, numbers, dice
        )
        began = time.monotonic()
        try:
            async with asyncio.timeout(90):
                await turn.scenario.play(stage)
            outcome = f"{time.monotonic() - began:.1f} s"
        except Exception as error:
            outcome = f"FAILED: {type(error).__name__}: {error}"
            self._faults.append(f"{turn.scenario.name} at {turn.company.id}: {outcome}")
        self._done += 1
        self._tell(f"{self._done:3}/{len(self._turns)} {turn.company.id:9} {turn.scenario.name:26} {outcome}")

    async def _open(self) -> None:
        await self._ami.open()
        await self._relay.open()
        await self._outside.open()
        for crew in self._crews.values():
            for phone in crew.phones:
                await phone.open()
        await asyncio.sleep(0.3)

    async def _all_hung_up(self) -> None:
        """A call's CDR is written when its last channel is gone."""
        for _ in range(100):
            if "0 active channels" in await asyncio.to_thread(
                command, self._place, "core show channels count"
            ):
                break
            await asyncio.sleep(0.1)
        else:
            self._faults.append(
                "channels are left over: " + command(self._place, "core show channels concise")
            )
        await asyncio.sleep(0.5)

    async def _close(self) -> None:
        for crew in self._crews.values():
            for phone in crew.phones:
                phone.close()
        await self._outside.close()
        for session, recording in zip((self._ami, self._relay), self._recordings, strict=True):
            await session.close()
            recording.close()

    def _write(self) -> None:
        for name in ("queue_log", "cdr-csv/Master.csv", "cdr-custom/linkedid.csv", "cel-custom/Master.csv"):
            source = self._place.log / name
            if source.exists():
                target = "cel.csv" if name.startswith("cel") else source.name
                shutil.copy(source, self._output / target)
        self._truth.write(self._output / "truth.json")
        (self._output / "callcenter.toml").write_text(
            settings_text(self._place, seed=self._truth.seed), "utf-8"
        )
