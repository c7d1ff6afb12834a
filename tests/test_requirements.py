"""What a fresh clone installs is all that the package asks for, which the Makefile installs without dependencies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned(*names: str) -> set[str]:
    lines = [line for name in names for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return {line.split("==")[0].strip().lower() for line in lines if "==" in line}


def needed(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", each)[0].lower() for each in requirements} - {"stranet"}


@pytest.mark.parametrize(
    ("extra", "files"),
    [
        (None, ("requirements.txt",)),
        ("app", ("requirements.txt", "requirements-app.txt")),
        ("dev", ("requirements.txt", "requirements-app.txt", "requirements-dev.txt")),
    ],
)
def test_every_dependency_is_pinned(extra: str | None, files: tuple[str, ...]) -> None:
    asked = PROJECT["dependencies"] if extra is None else PROJECT["optional-dependencies"][extra]
    assert needed(asked)
    assert needed(asked) <= pinned(*files)
