"""How much memory this process takes."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def current_memory() -> int:
    """Resident memory now, in bytes; where the system does not tell (other than Linux), the peak so far."""
    return _from_status("VmRSS") or peak_memory()


def peak_memory() -> int:
    """Largest resident memory since the process began, in bytes; 0 where the system does not tell (Windows)."""
    # Linux hands getrusage's peak down from the parent process; the status file counts this program only.
    return _from_status("VmHWM") or _from_rusage()


def _from_status(key: str) -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:")), 0)


def _from_rusage() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
