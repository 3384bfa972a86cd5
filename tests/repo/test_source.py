"""What holds for every file of the repository."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest
import yaml

from tests.repo.repository import ROOT, files, relative

_SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore)\b(?P<codes>[^#]*)", re.IGNORECASE)
# Split, so that this file does not mention them itself.
_REGISTRIES = (
    *("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".com", "npmjs" + ".org"),
    "docker" + ".io",
    "ghcr" + ".io",
)
_TEXTS = {
    *("", ".conf", ".in", ".json", ".lock", ".md", ".pl", ".pm", ".py", ".sh"),
    *(".sql", ".svg", ".toml", ".txt", ".yaml", ".yml"),
}
_ELSEWHERE = "/work/" + "shared"


def text_files() -> list[Path]:
    """But for the recordings and fixtures, which are others' bytes."""
    return [
        path
        for path in files()
        if not relative(path).startswith(("recordings/asterisk", "tests/fixtures/cases/"))
        and path.suffix
        in {
            ".py",
            ".sh",
            ".pl",
            ".pm",
            ".conf",
            ".md",
            ".toml",
            ".yml",
            ".yaml",
            ".sql",
            ".svg",
            ".in",
            ".lock",
            ".txt",
            "",
            ".json",
        }
    ]


@pytest.mark.parametrize("path", files(".py"), ids=relative)
def test_every_suppression_names_what_it_suppresses(path: Path) -> None:
    """A bare noqa or type: ignore hides whatever comes later."""
    bare = []
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT and (match := _SUPPRESSION.search(token.string)):
            codes = match["codes"].strip()
            if not (
                codes.startswith("[")
                if match[1].lower().startswith("type")
                else re.match(r":\s*[A-Z]+\d+", codes)
            ):
                bare.append(f"{relative(path)}:{token.start[0]}: {token.string}")
    assert bare == []


def test_no_file_names_a_host_of_packages() -> None:
    """Where packages come from is the installer's business, and a mirror's."""
    named = [
        (relative(path), host)
        for path in text_files()
        for host in _REGISTRIES
        if host in path.read_text("utf-8", "replace")
    ]
    assert named == []


def test_no_file_refers_to_what_is_not_in_the_repository() -> None:
    assert [relative(path) for path in text_files() if _ELSEWHERE in path.read_text("utf-8", "replace")] == []


def test_hooks_need_no_network() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    assert {hook["language"] for each in repositories for hook in each["hooks"]} <= {"system", "unsupported"}
