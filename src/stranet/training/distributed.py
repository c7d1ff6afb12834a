"""One training in several processes, as `torchrun` starts them: gradients are averaged, rank 0 writes.

Every process computes the same weights from the same averaged gradient. The gradients are averaged here rather than
in a wrapper around the model, because a stage calls parts of the model, and a gradient penalty differentiates twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from stranet.device import choose_device


@dataclass(frozen=True)
class Processes:
    """This process among those of one training."""

    device: torch.device
    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace every tensor by its mean over the processes, in one exchange."""
        if self.world == 1 or not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        dist.all_reduce(flat)
        flat /= self.world
        for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """For every flag whether it is set in any process: all then decide alike."""
        if self.world == 1:
            return flags
        counts = torch.tensor(flags, dtype=torch.int32, device=self.device)
        dist.all_reduce(counts)
        return tuple(bool(count) for count in counts.tolist())


@contextmanager
def join_processes(device: str) -> Iterator[Processes]:
    """Find the other processes, if `torchrun` started any, and part from them at the end.

    Args:
        device: "auto", "cpu", "cuda" or "mps"; with "cuda" every process of a machine takes its own.

    Raises:
        ConfigError: The device is not there.
    """
    chosen = choose_device(device)
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Processes(chosen)
        return
    if chosen.type == "cuda":
        chosen = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Processes(chosen, dist.get_rank(), world)
    finally:
        dist.destroy_process_group()
