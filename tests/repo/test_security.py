"""docs/security.md: each test it names exists, and each test of the token is named there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.repo.repository import ROOT

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", PAGE)))


@cache
def checks_of(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {
        node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize(("file", "test"), NAMED, ids=lambda part: part or "any")
def test_a_test_that_is_named_exists(file: str, test: str) -> None:
    path = ROOT / "tests/relay" / file
    assert path.is_file()
    assert test in checks_of(path) if test else checks_of(path)


def test_every_threat_and_every_promise_has_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    rows = [line for line in rows if not line.startswith(("| who |", "| what is promised |"))]
    assert len(rows) > 40
    assert [line for line in rows if not re.search(r"`[\w/]+\.py(?:::\w+)?`[^|]*\|$", line)] == []


def test_every_test_of_the_token_is_named() -> None:
    files = sorted((ROOT / "tests/relay/tokens").glob("test_*.py"))
    named = {test for _, test in NAMED}
    assert [test for path in files for test in sorted(checks_of(path)) if test not in named] == []
