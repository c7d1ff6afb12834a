"""Batches that serve several times: where preparing clips takes longer than learning from them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np
import torch

from stranet.training.batch import TrainingBatch


def reused(
    load: Callable[[list[int]], Iterator[TrainingBatch]], steps: range, distinct: int, seed: int, device: torch.device
) -> Generator[TrainingBatch]:
    """The batch of every step, on the device, from ``distinct`` batches that stay in the memory of the CPU.

    Every pass goes over all of them, in an order of its own and with half of the clips mirrored: a pure function of
    seed and step, so that a resumed training sees what an unbroken one would have seen.

    Args:
        load: gives the batches of the numbers it is called with, in order.
        steps: which steps; at most one pass is asked for ahead.
        distinct: how many batches there are, at least 1.
        seed: of order and mirroring.
        device: where they are wanted; they are mirrored there, which takes a GPU no time.
    """
    kept: dict[int, TrainingBatch] = {}
    order = [_number(step, distinct, seed) for step in steps]
    wanted = list(dict.fromkeys(order))
    coming = load(wanted)
    for step, number in zip(steps, order, strict=True):
        if number not in kept:
            kept[number] = next(coming)
        batch = kept[number].to(device)
        yield mirrored(batch) if np.random.default_rng((seed, 1, step)).random() < 0.5 else batch


def mirrored(batch: TrainingBatch) -> TrainingBatch:
    """Left and right exchanged; positions are those in the mirrored references."""
    width = batch.image.shape[-1]
    flipped = {
        name: part.flip(-1) if part.ndim > 3 else part  # the others are numbers per clip or candidate
        for name, part in batch._asdict().items()
    }
    for name in ("position", "true_position"):
        x, y = flipped[name].unbind(2)
        flipped[name] = torch.stack((width - 1 - x, y), 2)
    return TrainingBatch(**flipped)


def _number(step: int, distinct: int, seed: int) -> int:
    """Which batch a step takes."""
    turn, place = divmod(step, distinct)
    return int(np.random.default_rng((seed, 0, turn)).permutation(distinct)[place])
