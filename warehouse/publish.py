"""Publication: the marts as a complete read-only file that takes the published one's place by rename.

A reader has either the old file or the new one; it never waits for the writer, nor the writer for it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from callcenter.settings import UNASSIGNED, Settings
from warehouse import catalog
from warehouse.engine import marts_path, quoted
from warehouse.reconciliation import require_reconciled

MODE = 0o644  # keys and masked numbers only


def publish(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Publishes the marts, and a file per Company where the settings say so. Returns the bytes published.

    Raises:
        NotReconciledError: figures do not add up; the published file stays as it was.

    """
    require_reconciled(con)
    con.execute("CHECKPOINT marts")  # the file is then whole without its WAL
    source, target = marts_path(settings), settings.warehouse.published
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(source, target)
    if settings.warehouse.published_per_company:
        for company in (*(c.id for c in settings.companies), UNASSIGNED):
            _publish_company(con, settings.warehouse.published_per_company, company)
    return target.stat().st_size


def _copy(source: Path, target: Path) -> None:
    fresh = target.with_name(f".{target.name}.new")
    shutil.copyfile(
        source, fresh
    )  # within the kernel: buffers of our own cost up to five times the copy here
    _take_place(fresh, target)


def _take_place(fresh: Path, target: Path) -> None:
    """Rename, after the bytes are on the disk, and then the folder's entry too."""
    fresh.chmod(MODE)
    descriptor = os.open(fresh, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    fresh.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _publish_company(con: duckdb.DuckDBPyConnection, folder: Path, company: str) -> None:
    """A Company's own rows only: tables without a Company in them are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{company}.duckdb.new"
    fresh.unlink(missing_ok=True)
    con.execute(f"ATTACH {quoted(fresh)} AS company")
    try:
        for model in catalog.in_layer("marts"):
            if any(column.name == "company_id" for column in model.columns):
                con.execute(
                    f"CREATE TABLE company.{model.name} AS"  # noqa: S608 - our own names
                    f" SELECT * FROM marts.{model.name} WHERE company_id = $company",
                    {"company": company},
                )
        con.execute("CHECKPOINT company")
    finally:
        con.execute("DETACH company")
    _take_place(fresh, folder / f"{company}.duckdb")
