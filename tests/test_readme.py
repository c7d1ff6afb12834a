"""What the README says about the repository is true."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def mapped_files() -> set[str]:
    """Files of the README's map, relative to src/stranet."""
    block = README.split("## File map")[1].split("```")[1]
    files: set[str] = set()
    folder = ""
    for line in block.strip().splitlines():
        if line and not line.startswith(" "):
            folder = line.split()[0].removeprefix("src/stranet/")
        else:
            names = line.split() if line.rstrip().endswith(".py") else line.split()[:1]
            files |= {folder + name for name in names}
    return files


def test_file_map_is_complete() -> None:
    package = ROOT / "src" / "stranet"
    files = {file.relative_to(package).as_posix() for file in package.rglob("*.py") if file.name != "__init__.py"}
    assert mapped_files() == files


def test_linked_files_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), f"README links to {target}"


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"README promises make {target}"
