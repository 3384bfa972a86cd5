"""SQL is a literal: values go in as parameters, and only our own names are ever formatted in. A heuristic."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

import pytest

from tests.repo.repository import modules

# A text that begins like a statement, or like a piece of one in capitals.
_SQL = re.compile(
    r"^\s*(SELECT|INSERT\s+INTO|DELETE\s+FROM|UPDATE|CREATE|ALTER|DROP|ATTACH|DETACH|COPY|COMMENT\s+ON|SET\s+VARIABLE"
    r"|SET\s+\w+\s*=|EXECUTE|CALL|PRAGMA|DESCRIBE|INSTALL|LOAD|EXPORT|WITH\s+\w+\s+AS|FROM\s+\w|WHERE\s+\w|AND\s+\w|VALUES)\b"
)

# What may be formatted in: names that hold nothing but tables, columns and pieces of our own SQL. Before you add one,
# look where its value comes from: never from a log, a setting, a request or a number.
OUR_NAMES = {
    *(
        "table",
        "tables",
        "fact",
        "aggregate",
        "name",
        "names",
        "column",
        "columns",
        "found",
        "view",
        "at",
        "outside",
    ),
    *("union", "within", "where", "mart", "end", "first_at", "last_at"),
    *("model.name", "model.sql", "column.name", "column.type"),
}
# Functions that make an SQL literal or give a model's own text.
OUR_FUNCTIONS = {"quoted", "literal", "catalog.sql"}


def test_only_our_own_names_are_formatted_into_sql() -> None:
    assert [f"{module}:{fault}" for module, tree in modules() for fault in _foreign_names(tree)] == []


def test_sql_is_put_together_in_no_other_way() -> None:
    """Neither by %, nor by str.format, nor by adding what is not a literal."""
    assert [f"{module}:{fault}" for module, tree in modules() for fault in _other_ways(tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        "con.execute(f\"SELECT * FROM fct_call WHERE queue = '{queue}'\")",
        'con.execute(f"DELETE FROM {settings.table}")',
        'con.execute("SELECT 1 FROM t WHERE x = %s" % number)',
        'con.execute("SELECT * FROM t WHERE x = {}".format(number))',
        'con.execute("SELECT * FROM t WHERE " + where)',
        'con.execute("SELECT 1" f" WHERE line = {line}")',
    ],
)
def test_a_value_in_sql_is_found(source: str) -> None:
    tree = ast.parse(source)
    assert [*_foreign_names(tree), *_other_ways(tree)] != []


def _foreign_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and _is_sql(_text(node)):
            for value in node.values:
                if isinstance(value, ast.FormattedValue) and not _is_ours(value.value):
                    yield f"{node.lineno}: {{{ast.unparse(value.value)}}}"


def _other_ways(tree: ast.Module) -> Iterator[str]:
    yield from (f"{node.lineno}: {ast.unparse(node)[:80]}" for node in _formatted(tree))


def _formatted(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            operands = (node.left, node.right)
            texts = [_text(each) for each in operands if isinstance(each, ast.Constant | ast.JoinedStr)]
            if any(map(_is_sql, texts)) and (isinstance(node.op, ast.Mod) or len(texts) < len(operands)):
                yield node
        elif _is_format(node):
            yield node


def _is_format(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether it is str.format of a literal that is SQL."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant)
        and _is_sql(_text(node.func.value))
    )


def _is_sql(text: str) -> bool:
    return bool(_SQL.match(text))


def _text(node: ast.expr) -> str:
    """The text with {} for what is formatted in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(value.value) if isinstance(value, ast.Constant) else "{}" for value in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_ours(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in OUR_FUNCTIONS
    text = ast.unparse(value)
    return text in OUR_NAMES or text.isupper() or re.fullmatch(r"_?[A-Z_]+(\[\w+\])?", text) is not None
