"""How good the results are on clips that the training never sees: PSNR inside the hole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import torch
from torch import Tensor

from stranet.training.batch import TrainingBatch
from stranet.training.losses import LEAST_ERROR
from stranet.training.stages import Stage

HeldOut = Mapping[str, Callable[[], Iterable[TrainingBatch]]]
"""Batches that are the same in every validation, by kind of clip."""


def validate(stage: Stage, held_out: HeldOut, device: torch.device) -> dict[str, dict[str, float]]:
    """Measure a stage of the averaged weights.

    Returns:
        For every kind of clip the mean loss terms and, where the stage makes pictures, ``psnr_result`` and so on:
        the mean hole PSNR of its pictures, in dB. What has no value for any clip, such as a mean over no pixels, is
        left out.
    """
    return {
        kind: _means(_figures(stage, batch.to(device)) for batch in batches()) for kind, batches in held_out.items()
    }


@torch.inference_mode()
def _figures(stage: Stage, batch: TrainingBatch) -> Iterator[tuple[str, float]]:
    """Named figures of one batch, some once per batch and some once per clip."""
    yield from ((name, float(term)) for name, term in stage.terms(batch).items())
    shown = stage.show(batch)
    if shown is not None:
        for name, image in shown.images.items():
            values = hole_psnr(image, batch.image[:, 0], shown.where)
            yield from ((f"psnr_{name}", value) for value in values.tolist())


def _means(figures: Iterable[Iterable[tuple[str, float]]]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for batch in figures:
        for name, value in batch:
            if math.isfinite(value):
                values.setdefault(name, []).append(value)
    return {name: sum(found) / len(found) for name, found in values.items()}


def hole_psnr(image: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """PSNR inside the hole, dB.

    Args:
        image: (B, 3, H, W) in [0, 1].
        truth: of the same shape.
        hole: (B, 1, H, W) bool.

    Returns:
        (B,), at most 50; NaN where there is no hole.
    """
    square = (image.float().clamp(0, 1) - truth) ** 2 * hole
    mean = square.sum((1, 2, 3)) / (3 * hole.sum((1, 2, 3)))
    return -10 * torch.log10(mean.clamp(min=LEAST_ERROR))
