"""Each prompt as Asterisk itself decodes it: it can be read, it is heard, and it ends when its text does."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from lab.asterisk.place import Place
from lab.asterisk.server import restart_with_empty_logs
from lab.asterisk.settings import DRIVER, SOUNDS
from lab.calls.ami import Session
from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab

RATE = 8000  # samples a second, a byte each
FULL = 32124  # the loudest that u-law has
LETTERS = (3.5, 18.0)  # a second, as people speak; a noun alone is slower than a sentence


def loudness(sample: int) -> int:
    """Of a byte of u-law, without its sign (G.711)."""
    kept = ~sample & 0x7F
    return (((kept & 0x0F) << 3) + 0x84 << (kept >> 4)) - 0x84


LOUDNESS = [loudness(sample) for sample in range(256)]


def decibels(level: float) -> float:
    return 20 * math.log10(max(level, 1) / FULL)


async def decoded(place: Place, prompts: list[str]) -> dict[str, bytes]:
    """By `ru/callcenter/menu`: u-law of 8000 Hz, written by Asterisk from what it would play."""
    ami, found = Session(place.ami_port, DRIVER), {}
    await ami.open()
    for nth, prompt in enumerate(prompts):
        name = f"/lab/spool/{nth}.ulaw"
        said = f"file convert /usr/share/asterisk/sounds/{prompt}.gsm {name}"
        await ami.do("Command", Command=said)
        found[prompt] = (place.state / "spool" / Path(name).name).read_bytes()
    await ami.close()
    return found


def test_each_prompt_is_heard_for_as_long_as_its_text_takes(lab: Lab) -> None:
    place = lab.place()
    restart_with_empty_logs(place)
    texts: dict[str, str] = {}
    for line in (SOUNDS / "texts.tsv").read_text("utf-8").splitlines():
        name, russian, english = line.split("\t")
        texts |= {f"ru/{name}": russian} | ({f"en/{name}": english} if english else {})
    faults = []
    for name, sound in asyncio.run(decoded(place, list(texts))).items():
        levels = [LOUDNESS[sample] for sample in sound]
        peak = decibels(max(levels, default=0))
        mean = decibels(math.sqrt(sum(each * each for each in levels) / max(1, len(levels))))
        pace = len(texts[name]) / max(len(levels) / RATE, 0.01)
        if not (-9 < peak <= 0 and -30 < mean < -9 and LETTERS[0] < pace < LETTERS[1]):
            faults.append(f"{name}: peak {peak:.1f} dB, mean {mean:.1f} dB, {pace:.1f} letters a second")
    assert faults == []
