"""`python -m tests.relay.facts_of_recording` writes what a relay on the recording's clock told: relay-facts.jsonl.

Callers' keys are left out: they would be those of this relay's number key.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.relay.site import RECORDING, Site, recording, site

FILE = RECORDING / "relay-facts.jsonl"


async def facts(folder: Path) -> list[dict[str, Any]]:
    begun = datetime.fromtimestamp(float((RECORDING / "ami.times").read_text("ascii").split()[0]), UTC)
    now = [begun]
    async with site(folder, clock=lambda: now[0]) as relay:
        for each in recording():
            now[0] = begun + timedelta(seconds=each.at)
            await relay.asterisk.send(each.frame)
            await _until_taken(relay)
        await relay.until_quiet()
        status, answer = await relay.ask("GET", "api/v1/facts?limit=1000")
        assert status == 200
        return [each | {"numberKey": None} for each in answer["facts"]]


async def _until_taken(relay: Site) -> None:
    async with asyncio.timeout(5):
        while any(len(session.inbox) for session in relay.core.sessions.values()):
            await asyncio.sleep(0.001)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(facts(Path(folder)))
    FILE.write_text("".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in found), "utf-8")


if __name__ == "__main__":
    main()
