"""The repository's own files, as the tests over it read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("callcenter", "warehouse", "reports", "pipelines", "relay")
FOLDERS = (*PACKAGES, "lab", "tests", "docs", "recordings", ".ci")

_MADE = {"__pycache__", ".venv", "data", "demo"}


def files(*suffixes: str) -> list[Path]:
    """Files of the repository with these suffixes, or all; without what running it makes."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    found += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(
        path
        for path in found
        if not _MADE & set(path.relative_to(ROOT).parts) and (not suffixes or path.suffix in suffixes)
    )


def modules(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    """(dotted name, syntax tree) of every module of the packages; of all of the product's where none is given."""
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield name, ast.parse(path.read_text("utf-8"), filename=str(path))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
