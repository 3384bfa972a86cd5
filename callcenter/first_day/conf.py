r"""Asterisk's .conf files: sections of `key = value` lines, with includes; the reading of one text is pure.

As Asterisk's main/config.c has it: `;` begins a comment unless `\` stands before it, `;--` one that ends at `--;`.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

Conf = dict[str, list[tuple[str, str]]]  # (key, value) of each section, in order; of one of several, together

MOST_BYTES, MOST_FILES, DEEPEST = 1 << 20, 200, 8
_SECTION = re.compile(r"\[([^\]]+)\]")
_INCLUDE = re.compile(r"#(?:try)?include\s+[\"<]?([^\">]+)[\">]?")
_COMMENT = re.compile(r"(?<!\\);.*")


def read_conf(path: Path) -> Conf:
    """Empty where the file is not there or may not be read: it only helps."""
    return parse_conf(_lines(path, path.parent, [0]))


def parse_conf(lines: Iterable[str]) -> Conf:
    """Templates are sections like others; what is no line of a section is passed over."""
    found: Conf = {}
    section: list[tuple[str, str]] | None = None
    for line in _without_comments(lines):
        if match := _SECTION.match(line):
            section = found.setdefault(match[1], [])
        elif section is not None and "=" in line:
            key, _, value = line.partition("=")
            section.append((key.strip(), value.removeprefix(">").strip()))
    return found


def value_of(conf: Conf, section: str, key: str) -> str | None:
    """The last of that key, as Asterisk takes it."""
    found = [value for name, value in conf.get(section, ()) if name == key]
    return found[-1] if found else None


def is_true(value: str | None) -> bool:
    """As ast_true() has it."""
    return (value or "").lower() in {"yes", "true", "y", "t", "1", "on"}


def _without_comments(lines: Iterable[str]) -> Iterator[str]:
    is_comment = False
    for line in lines:
        if is_comment or (line.lstrip().startswith(";--") and not line.lstrip().startswith(";---")):
            is_comment = "--;" not in line
        elif text := _COMMENT.sub("", line).replace("\\;", ";").strip():
            yield text


def _lines(path: Path, folder: Path, files: list[int], depth: int = 0) -> Iterator[str]:
    """The file's, with those of the files it includes in their place."""
    files[0] += 1
    if files[0] > MOST_FILES or depth > DEEPEST:
        return
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        if match := _INCLUDE.match(line.strip()):
            for name in sorted(glob.glob(str(folder / match[1].strip()))):  # noqa: PTH207 - may be absolute
                yield from _lines(Path(name), folder, files, depth + 1)
        else:
            yield line
