"""Where tensors live."""

from __future__ import annotations

import torch

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
