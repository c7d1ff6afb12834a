"""How the heap of a process that fills frames is best set up; glibc reads it when the process starts, and only then."""

from __future__ import annotations

import platform
from collections.abc import Mapping

_ONE_HEAP = "MALLOC_ARENA_MAX"
_TUNABLES = "GLIBC_TUNABLES"
_THREAD_CACHE = "glibc.malloc.tcache_count"


def tidy_heap(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables, of a process that is to be started, that keep its memory small; none on systems without glibc.

    - One heap for all threads: glibc gives each its own and keeps what is freed in it, which for frames that one thread
      decodes and another drops adds up to some hundred megabytes.
    - No cache of small blocks for each thread. PyTorch asks for aligned memory, and glibc cuts some bytes off both ends
      of what it gives. In such a cache these ends join with nothing: some small object comes to live there, between two
      free blocks of megabytes, and the heap grows for hundreds of frames because nothing large fits in any more.

    Args:
        environment: what the process would find otherwise; what the user has chosen in it stays.

    Returns:
        What differs from it.
    """
    if platform.libc_ver()[0] != "glibc":
        return {}
    tunables = environment.get(_TUNABLES, "")
    tidy: dict[str, str] = {}
    if _ONE_HEAP not in environment:
        tidy[_ONE_HEAP] = "1"
    if _THREAD_CACHE not in tunables:
        tidy[_TUNABLES] = ":".join(filter(None, (tunables, f"{_THREAD_CACHE}=0")))
    return tidy
