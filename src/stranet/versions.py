"""Versions of what does the work, for reports of all kinds."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGE = Path(__file__).parent


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of these packages."""
    versions = {"python": platform.python_version()}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # another distribution provides the module
            versions[package] = "unknown"
    return versions


def code_digest(*prefixes: str) -> str:
    """Short SHA-256 over the source files whose path inside the package ``stranet`` starts with one of the prefixes."""
    digest = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*.py")):
        path = file.relative_to(_PACKAGE).as_posix()
        if path.startswith(prefixes):
            digest.update(path.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def commit() -> str | None:
    """The commit that the package is run from, with "+" if files differ from it; None outside of a git checkout."""
    try:
        _git("ls-files", "--error-unmatch", __file__)  # installed inside another project's checkout: not ours
        head = _git("rev-parse", "HEAD")
        return head + "+" * bool(_git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*words: str) -> str:
    command = ["git", *words]
    done = subprocess.run(command, cwd=_PACKAGE, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    return done.stdout.strip()
