"""How a program that uses StraNet should set up its process; a library must not do this behind its user's back."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from itertools import count

from stranet.heap import tidy_heap

TRIM_EVERY = 32
"""Frames between two hand-backs of free memory."""
_M_ARENA_MAX = -8
_BEGUN_ANEW = "STRANET_BEGUN_ANEW"
"""Holds the number of the process that has begun anew."""
_frames = count(1)


def restart_with_tidy_heap() -> None:
    """Begin this program anew, once, with the heap of `stranet.heap`: its process cannot set that up for itself.

    The process keeps its number, its words, its folder and its open files. Nothing happens on systems without glibc,
    where the heap is tidy already, and in a program that has loaded NumPy: it is more than a command of ours.
    """
    tidy, process = tidy_heap(os.environ), str(os.getpid())
    # A Python with rights of its own loses such variables as it starts, and would begin anew for ever.
    begun = os.environ.get(_BEGUN_ANEW) == process
    if tidy and not begun and sys.executable and "numpy" not in sys.modules:
        os.environ.update(tidy, **{_BEGUN_ANEW: process})
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - no shell, and no other program


def set_up_environment() -> None:
    """What libraries read when they are loaded; to be called before NumPy is. What the user has set stays.

    NumPy multiplies small matrices here; with threads of its own, spinning beside those of PyTorch, a frame takes a
    fifth longer.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def set_up_process() -> None:
    """Save memory and time in a program that decodes, fills and encodes in several threads.

    To be called before torch is loaded and before threads start. Has no effect where it does not apply.

    - One heap for all threads, see `stranet.heap`, in a process that was not started with it.
    - Idle OpenMP threads soon sleep: spinning, they take the cores away from decoder and encoder, and small tensors
      then take several times as long. What the user has set stays.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "5000")  # some microseconds, instead of milliseconds
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back_memory() -> None:
    """Hand what is free inside the heap back to the system."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


def after_frame() -> None:
    """To be called after every frame of a long job: gives free memory back now and then.

    Not every time: the next frame wants the same memory again, and the system clears every page that it gets.
    """
    if next(_frames) % TRIM_EVERY == 0:
        give_back_memory()
