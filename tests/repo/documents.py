"""Markdown, as far as the tests over the documentation read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.repo.repository import ROOT, files, relative

PAGES = [path for path in files(".md") if not relative(path).startswith("tests/fixtures/cases/")]
PROSE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(match[1], match[2]) for match in _FENCE.finditer(page.read_text("utf-8"))]


def links(page: Path) -> list[str]:
    return _LINK.findall(_without_code(page))


def anchors(page: Path) -> set[str]:
    """What headings are linked by: as GitHub makes it of their text."""
    headings = (
        re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(_without_fences(page))
    )
    return {heading.replace(" ", "-") for heading in headings}


def code(page: Path) -> list[str]:
    """Lines of fenced blocks, with continued ones joined, and code spans."""
    fenced = "\n".join(block.text for block in blocks(page)).replace("\\\n", " ")
    return [*fenced.splitlines(), *_CODE_SPAN.findall(_without_fences(page))]


def _without_fences(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))


def _without_code(page: Path) -> str:
    return _CODE_SPAN.sub("", _without_fences(page))
