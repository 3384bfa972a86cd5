"""The recording, published once, and copies of it with other rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import duckdb
import pytest

from reports.figures import open_published
from reports.texts import Language
from tests.reports.reading import Written, write
from tests.warehouse.harness import published_recording

Edit: TypeAlias = Callable[..., Path]
Recorded: TypeAlias = Callable[..., Written]


@pytest.fixture(scope="session")
def published() -> Iterator[Path]:
    with published_recording() as path:
        yield path


@pytest.fixture
def recording(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_published(published) as con:
        yield con


@pytest.fixture(scope="session")
def recorded(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The recording's report of November, of each Company and language written once."""
    folder, made = tmp_path_factory.mktemp("reports"), dict[tuple[str, Language], Written]()

    def report(company: str = "acme", language: Language = "en") -> Written:
        if (company, language) not in made:
            with open_published(published) as con:
                made[company, language] = write(con, folder / f"{company}-{language}.xlsx", company, language)
        return made[company, language]

    return report


@pytest.fixture
def edited(published: Path, tmp_path: Path) -> Edit:
    """A copy of the published recording after some statements, each with its parameters."""

    def edit(*statements: tuple[str, dict[str, object]] | str) -> Path:
        path = tmp_path / "edited.duckdb"
        shutil.copyfile(published, path)
        with duckdb.connect(str(path)) as con:
            for statement in statements:
                text, parameters = (statement, {}) if isinstance(statement, str) else statement
                con.execute(text, parameters)
        return path

    return edit
