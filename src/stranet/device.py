"""Where tensors live."""

from __future__ import annotations

import torch
from torch import Tensor

from stranet.errors import ConfigError


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
