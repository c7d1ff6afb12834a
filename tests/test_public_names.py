"""The public names are locked: adding or removing one means editing api_surface.json in the same change."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import stranet
from stranet import errors

SURFACE = json.loads((Path(__file__).parent / "api_surface.json").read_text(encoding="utf-8"))


def test_names_are_the_locked_ones() -> None:
    assert sorted(stranet.__all__) == SURFACE


@pytest.mark.parametrize("name", SURFACE)
def test_name_can_be_used(name: str) -> None:
    assert getattr(stranet, name).__name__ == name
    assert getattr(stranet, name).__doc__, f"{name} has no docstring"
    assert name in dir(stranet)


def test_every_error_is_public() -> None:
    tree = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert tree <= set(SURFACE)
    assert all(issubclass(getattr(stranet, name), stranet.StraNetError) for name in tree)


def test_type_checkers_see_the_same_names() -> None:
    source = ast.parse(Path(stranet.__file__).read_text(encoding="utf-8"))
    checked = {
        f"{node.module}.{alias.name}"
        for block in source.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert checked == {f"{module}.{name}" for name, module in stranet._HOME.items()}


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'inpaint_vide'"):
        _ = stranet.inpaint_vide  # type: ignore[attr-defined]
