"""The .xlsx file: the same bytes for the same content, with the results of formulas, whole or not at all."""

from __future__ import annotations

import html
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

Result = int | float | str | None

_END_OF_ROWS = "</sheetData>"
_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can tell
_MODE = 0o600
_FORMULA = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)><f>([^<]*)</f><v ?(?:/>|></v>)</c>')


@dataclass(frozen=True, slots=True)
class Additions:
    """What openpyxl leaves out of a sheet: results of formulas by coordinate, and long rows, as XML."""

    results: Mapping[str, Result]
    rows: Iterable[str]


def save(book: Workbook, path: Path, additions: Mapping[int, Additions]) -> None:
    """Writes the workbook in the place of `path`; `additions` are those of each sheet, counted from 1.

    openpyxl writes formulas without their results; previews and Excel's protected view, which do not
    calculate, would show nothing.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less the umask
        with os.fdopen(descriptor, "wb") as file:
            parts = {f"xl/worksheets/sheet{number}.xml": each for number, each in additions.items()}
            with _Archive(file, parts) as archive:
                ExcelWriter(book, archive).write_data()
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


class _Archive(ZipFile):
    """What openpyxl writes into: every part with the same time, and sheets with their additions."""

    def __init__(self, file: IO[bytes], additions: Mapping[str, Additions]) -> None:
        super().__init__(file, "w", ZIP_DEFLATED)
        self._additions = additions

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        super().writestr(_entry(str(zinfo_or_arcname)), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Only sheets come as files; without their long rows they are small."""
        name = str(arcname).lstrip("/")
        addition = self._additions[name]
        xml = _with_results(Path(filename).read_text("utf-8"), addition.results)
        before, end, after = xml.partition(_END_OF_ROWS)
        with self.open(_entry(name), "w", force_zip64=True) as part:
            part.write(before.encode())
            for row in addition.rows:
                part.write(row.encode())
            part.write(f"{end}{after}".encode())


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = _MODE << 16
    return entry


def _with_results(xml: str, results: Mapping[str, Result]) -> str:
    return _FORMULA.sub(lambda found: _calculated(found, results), xml)


def _calculated(found: re.Match[str], results: Mapping[str, Result]) -> str:
    coordinate, attributes, formula = found.groups()
    result = results.get(coordinate)
    if result is None:
        return found.group()
    if isinstance(result, str):
        attributes, text = f'{attributes} t="str"', html.escape(result)
    else:
        text = repr(result)
    return f'<c r="{coordinate}"{attributes}><f>{formula}</f><v>{text}</v></c>'
