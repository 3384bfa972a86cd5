"""Imports point one way: callcenter <- warehouse <- reports <- pipelines; relay beside them, the cli on top."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.repo.repository import PACKAGES, modules

# What each part may import of the product, beside itself. `callcenter` is what all share, without its cli.
MAY_IMPORT: dict[str, set[str]] = {
    "callcenter": set(),
    "warehouse": {"callcenter"},
    "reports": {"callcenter", "warehouse"},
    "pipelines": {"callcenter", "warehouse", "reports"},
    "relay": {"callcenter", "reports"},
    "callcenter.cli": {"callcenter", "warehouse", "reports", "pipelines", "relay"},
}
KNOWS_DAGSTER = {"pipelines"}


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Dotted names, of imports inside functions too; `from a import b` is a.b, which may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def part_of(name: str) -> str:
    return (
        "callcenter.cli" if name.split(".")[:2] == ["callcenter", "cli"] else name.split(".", maxsplit=1)[0]
    )


IMPORTS = [(module, imported) for module, tree in modules() for imported in imports_of(tree)]


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_only_what_lies_below_it(part: str) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, imported in IMPORTS
        if part_of(module) == part
        and imported.split(".")[0] in PACKAGES
        and part_of(imported) not in MAY_IMPORT[part] | {part}
    ]
    assert wrong == []


def test_relay_and_pipelines_never_meet() -> None:
    sides = {"relay", "pipelines"}
    assert [
        (module, imported) for module, imported in IMPORTS if {part_of(module), part_of(imported)} == sides
    ] == []


def test_the_relay_knows_reports_for_the_statistics_pages_alone() -> None:
    knowing = {module for module, imported in IMPORTS if imported.split(".")[0] == "reports"}
    of_relay = {module for module in knowing if part_of(module) == "relay"}
    assert of_relay != set()
    assert {module for module in of_relay if not module.startswith("relay.statistics.")} == set()


def test_imports_are_absolute() -> None:
    assert [module for module, imported in IMPORTS if imported.startswith(".")] == []


def test_only_the_pipelines_know_dagster() -> None:
    knowing = {module for module, imported in IMPORTS if imported.split(".")[0].startswith("dagster")}
    assert {module for module in knowing if part_of(module) not in KNOWS_DAGSTER} == set()


def test_nobody_imports_what_dagster_keeps_to_itself() -> None:
    private = [
        (module, imported)
        for module, imported in IMPORTS
        if imported.startswith("dagster") and any(name.startswith("_") for name in imported.split("."))
    ]
    assert private == []


def test_no_part_imports_what_another_keeps_to_itself() -> None:
    private = [
        (module, imported)
        for module, imported in IMPORTS
        if imported.split(".")[0] in PACKAGES
        and part_of(module) != part_of(imported)
        and any(name.startswith("_") for name in imported.split("."))
    ]
    assert private == []


def test_the_product_does_not_import_its_tests() -> None:
    assert [module for module, imported in IMPORTS if imported.split(".")[0] == "tests"] == []
