"""Imports run one way. Every ``import`` in the package is parsed, also those inside functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "stranet"
BASE = ("errors", "types", "pages")
LAYERS: dict[str, tuple[str, ...]] = {
    "errors": (),
    "types": (),
    "pages": (),
    "memory": (),
    "packed_hole": ("types",),
    "references": BASE,
    "geometry": (*BASE, "device"),
    "video": BASE,
    "config": ("errors",),
    "versions": (),
    "heap": (),
    "fresh_process": ("errors", "heap"),
    "plotting": ("errors",),
    "words": ("errors", "types"),
    "device": ("errors", "pages"),
    "threads": (),
    "model": (*BASE, "geometry", "config", "device"),
    "photo": ("errors", "model.strict"),
    # The network is imported when something is followed: pictures in and arrays out, no torch here.
    "tracking": (*BASE, "memory", "threads", "geometry", "video", "photo.features"),
    # Cuts are found in the stream of frames, by a detector that knows no files.
    "inpainting": (
        *(*BASE, "model", "geometry", "references", "packed_hole", "video.shots", "device", "threads", "words"),
    ),
    "features": ("errors",),
    "evaluation": (
        *BASE,
        "inpainting",
        "model",
        "geometry",
        "video",
        "references",
        "features",
        "memory",
        "versions",
        "fresh_process",
        "plotting",
        "words",
    ),
    "data": (*BASE, "geometry", "references", "video", "model"),
    "training": (*BASE, "features", "config", "data", "model", "geometry", "device", "versions"),
    "study": (*BASE, "video"),
    "job": (*BASE, "video"),
    "report": (
        *BASE,
        "job",
        "inpainting.options",
        "inpainting.budget",
        "tracking.options",
        "tracking.report",
        "video.output",
    ),
    "api": (*BASE, "packed_hole", "job", "report", "memory", "versions", "inpainting", "tracking", "video"),
    "bench": (
        *(*BASE, "api", "job", "report", "memory", "versions", "fresh_process", "plotting", "words"),
        *("inpainting.options", "tracking.mask_output", "video"),
    ),
    "web": (*BASE, "api", "job", "report", "tracking", "video"),
    "cli": (
        *(*BASE, "api", "web", "job", "report", "tracking", "evaluation", "bench", "study"),
        *("inpainting.options", "video", "training", "config", "heap"),
    ),
    "__main__": ("cli",),
}
"""What each part may import, besides itself. ``__init__`` may name all but cli and web: it loads names lazily."""
OUTSIDE: dict[str, tuple[str, ...]] = {
    "errors": (),
    "types": ("numpy",),
    "pages": ("numpy",),
    "memory": (),
    "versions": (),
    "heap": (),
    "fresh_process": (),
    "plotting": ("matplotlib",),
    "words": (),
    "packed_hole": ("numpy",),
    "references": (),
    "job": (),
    "report": (),
    "api": ("numpy",),
    "video": ("numpy", "cv2", "av"),
    "tracking": ("numpy", "cv2", "av"),
    "bench": ("numpy", "cv2", "av", "matplotlib"),
    "web": ("numpy", "cv2", "av", "starlette", "uvicorn", "anyio"),
    "cli": ("tyro", "rich"),
    "__init__": (),
    "__main__": (),
}
"""Third-party packages of the parts that must stay light; the others may use any dependency."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(file: Path) -> Iterator[str]:
    """Full names of imported modules."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module or ""


def allowed(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_only_lower_layers(file: Path) -> None:
    part = part_of(file)
    for name in imported(file):
        if name == "stranet" or not name.startswith("stranet."):
            assert name != "stranet", f"{file.name} imports the package itself; import the module"
            continue
        inner = name.removeprefix("stranet.")
        if part == "__init__":
            assert not allowed(inner, ("cli", "web"))
        else:
            assert allowed(inner, (part, *LAYERS[part])), f"{part} must not import {name}"


@pytest.mark.parametrize("file", [file for file in MODULES if part_of(file) in OUTSIDE], ids=lambda file: file.stem)
def test_light_parts_stay_light(file: Path) -> None:
    import sys

    for name in imported(file):
        package = name.split(".")[0]
        if package != "stranet" and package not in sys.stdlib_module_names:
            assert package in OUTSIDE[part_of(file)], f"{part_of(file)} must not import {package}"


def test_layers_have_no_cycle() -> None:
    graph = {part: {name.split(".")[0] for name in lower} for part, lower in LAYERS.items()}
    assert set(TopologicalSorter(graph).static_order()) == set(LAYERS)


def test_modules_have_no_import_cycle() -> None:
    """Imports that run when a module is loaded; those in functions and for type checkers only do not."""
    graph = {}
    for file in MODULES:
        names = file.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(names[:-1] if names[-1] == "__init__" else names)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        graph[module] = {
            node.module for node in tree.body if isinstance(node, ast.ImportFrom) and "stranet." in f"{node.module}"
        }
    assert set(TopologicalSorter(graph).static_order()) >= set(graph)


def test_every_part_has_a_layer() -> None:
    assert {part_of(file) for file in MODULES} == {*LAYERS, "__init__"}
