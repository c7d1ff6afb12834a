"""Where tensors live, and what suits that place."""

from __future__ import annotations

import math
import sys

import numpy as np
import torch
from torch import Tensor

from stranet.errors import ConfigError
from stranet.pages import HUGE, own_pages


def choose_device(name: str) -> torch.device:
    """The device of a name; "auto" takes CUDA, then MPS, then the CPU.

    Raises:
        ConfigError: the device is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(device for device, present in there.items() if present))
    if not there[name]:
        have = ", ".join(device for device, present in there.items() if present)
        raise ConfigError(f"device {name} is not available on this machine; choose auto or one of: {have}")
    return torch.device(name)


def sent(values: Tensor, device: torch.device | str) -> Tensor:
    """A tensor where it is wanted; the same one if it is there.

    From the CPU to CUDA it goes through pinned memory, so that copying goes on beside what is done next.
    """
    if torch.device(device).type == "cuda" and values.device.type == "cpu":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


LARGE = 200 * 200
"""Positions of the box around a large hole, at low resolution."""


def at_once(few: int, device: torch.device, positions: int = LARGE) -> int:
    """How many planes to work on together: on the CPU ``few``, whose caches they must not leave, but elsewhere all.

    An accelerator is busy for a shorter time with most of these planes than it takes to ask for them; so is the CPU
    with small ones, of which as many more are taken as they are smaller than `LARGE`.

    Args:
        few: at least 1.
        device: where the planes are.
        positions: of one plane, at low resolution.
    """
    return few * max(1, LARGE // positions) if device.type == "cpu" else sys.maxsize


def room(shape: tuple[int, ...], kind: torch.dtype, device: torch.device) -> Tensor:
    """A tensor with anything in it, to be filled; a large one on the CPU lies on pages of its own, see `stranet.pages`.

    Blocks of many megabytes, of another size for every target, leave gaps on the heap that the next ones do not fit.
    """
    size = math.prod(shape) * kind.itemsize
    if device.type != "cpu" or size < HUGE:
        return torch.empty(shape, dtype=kind, device=device)
    return torch.from_numpy(own_pages((size,), np.uint8)).view(kind).view(shape)
