"""Where figures come from: machine, versions and commit. Figures of two origins are never mixed."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stranet.versions import code_digest, commit, installed_versions

_PACKAGES = ("stranet", "torch", "numpy", "av", "opencv-python-headless")


@dataclass(frozen=True)
class Origin:
    """All that decides figures besides what is run."""

    commit: str | None
    """The commit that the package is run from, with "+" if files differ; None outside of a git checkout."""
    code: str
    """Digest of the package's source."""
    versions: dict[str, str]
    machine: dict[str, Any]
    """Processor, cores, memory and system, without the name of the machine."""

    @classmethod
    def here(cls) -> Origin:
        """This machine, now."""
        return cls(commit(), code_digest(""), installed_versions(_PACKAGES), _machine())

    def differences(self, other: dict[str, Any]) -> list[str]:
        """Names of what is not the same in another origin, a dict as in JSON."""
        return [name for name, value in asdict(self).items() if other.get(name) != value]


def _machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": _memory(),
        "architecture": platform.machine(),
        "system": platform.system(),
    }


def _processor() -> str:
    """What the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # other than Linux
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")


def _memory() -> int | None:
    """Physical memory, bytes; None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
