"""The terms of the loss: the paper's equations 1 to 9 (section 4 and appendix A.1), then what exact truth adds.

The paper writes plain L1 norms, whose size follows the crop and the hole. Here every norm is divided by the number of
values it sums over: a term is a mean over its region, in colour units, first per clip and then over the batch. A clip
whose region is empty counts as 0 and gives no gradient. One target per clip, so the paper's mean over t is that batch.

Made-up clips come with the true motion, so that choice, energy and motion can also be supervised directly; these terms
are no part of the paper, and have weight 0 unless asked for.

Convention: images (B, 3, h, w) in [0, 1]; regions (B, 1, h, w) bool; results are scalars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.theta import theta_positions
from stranet.training.loss_weights import LossWeights

LEAST_ERROR = 1e-5
"""Mean square error, 50 dB, below which there is little to be gained."""

SUBPIXEL = 0.1
"""Pixels: motion errors below this are squared, and count little; larger ones count as they are."""


def total(terms: Mapping[str, Tensor], weights: LossWeights) -> Tensor:
    """Equation 1: the weighted sum of the terms.

    Args:
        terms: scalars by the names of ``LossWeights``; what is left out counts nothing, and neither does what has
            weight 0, even if it is not finite.
        weights: of the terms.

    Raises:
        ValueError: A term has no weight.
    """
    weight = asdict(weights)
    unknown = sorted(terms.keys() - weight.keys())
    if unknown:
        raise ValueError(f"no weight for the loss {', '.join(unknown)}; known are {', '.join(weight)}")
    return sum((weight[name] * term.float() for name, term in terms.items() if weight[name]), start=torch.zeros(()))


def align_loss(aligned: Tensor, visible: Tensor, image: Tensor, hole: Tensor) -> Tensor:
    """Equation 2: aligned references against the target, where both show something.

    Args:
        aligned: (B, K, 3, h, w), references warped onto the target.
        visible: (B, K, 1, h, w) bool, where they show something, ``1 - M^{r->t}``.
        image: the target.
        hole: its hole, ``M^t``.
    """
    both = visible & ~hole[:, None]  # (B, K, 1, h, w)
    return region_mean((aligned - image[:, None]).abs(), both)


def hole_visible_loss(image: Tensor, truth: Tensor, hole: Tensor, seen: Tensor) -> Tensor:
    """Equation 3: the result in the hole where some reference shows it; ``seen`` is C_visible."""
    return region_mean((image - truth).abs(), hole & seen)


def hole_leftover_loss(image: Tensor, truth: Tensor, leftover: Tensor) -> Tensor:
    """Equation 4: the result in the leftover."""
    return region_mean((image - truth).abs(), leftover)


def non_hole_loss(image: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Equation 5: the result outside of the hole."""
    return region_mean((image - truth).abs(), ~hole)


def perceptual_loss(features: tuple[Tensor, ...], true_features: tuple[Tensor, ...]) -> Tensor:
    """Equation 6: L1 between the features of the completed target and those of the truth.

    Args:
        features: P maps (B, C_p, h_p, w_p) of a feature network, for the result inside the hole and the target outside.
        true_features: the same of the truth.
    """
    return _mean([(ours - true).float().abs().mean() for ours, true in zip(features, true_features, strict=True)])


def style_loss(features: tuple[Tensor, ...], true_features: tuple[Tensor, ...]) -> Tensor:
    """Equation 7: L1 between the Gram matrices of the features; arguments as for `perceptual_loss`."""
    return _mean([(gram(ours) - gram(true)).abs().mean() for ours, true in zip(features, true_features, strict=True)])


def gram(features: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, C, C): inner products of the channels, divided by ``C * h * w`` (Johnson et al. 2016)."""
    with torch.autocast(features.device.type, enabled=False):  # long sums, and differences of nearly equal ones
        flat = features.float().flatten(2)  # (B, C, h*w)
        return flat @ flat.mT / flat[0].numel()


def reconstruction_loss(image: Tensor, truth: Tensor, leftover: Tensor) -> Tensor:
    """Equation 8: what the spatial aggregation gives, inside and outside of the leftover, either counting as much."""
    error = (image - truth).abs()
    return region_mean(error, leftover) + region_mean(error, ~leftover)


def adversarial_loss(scores: Tensor) -> Tensor:
    """Equation 9: minus what the critic says of the results, scores of any shape, high for true ones."""
    return -scores.float().mean()


def selection_loss(
    attention: Tensor, aligned: Tensor, truth: Tensor, region: Tensor, visible: Tensor | None = None
) -> Tensor:
    """Term ``selection``: colour error that the attention is expected to make, above that of the best candidate.

    Only the attention gets a gradient: candidates must not become worse to make the choice look better.

    Args:
        attention: (B, K, 1, h, w), sums to one over K in ``region``.
        aligned: (B, K, 3, h, w), the candidates.
        truth: what they should show.
        region: hole positions that some candidate shows.
        visible: (B, K, 1, h, w) bool, candidates that may be chosen; None = all of them. What cannot be chosen changes
            the value, not the gradient.
    """
    error = _colour_error(aligned, truth)  # (B, K, 1, h, w)
    worst = error.amax(1, keepdim=True)
    best = (error if visible is None else torch.where(visible, error, worst)).amin(1)  # (B, 1, h, w)
    return region_mean((attention * error).sum(1) - best, region)


def energy_loss(energy: Tensor, aligned: Tensor, visible: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Term ``temporal_energy``: energies, which claim to be colour differences, against the true ones in the hole.

    Only the energy gets a gradient.

    Args:
        energy: (B, K, 1, h, w), in colour units.
        aligned: (B, K, 3, h, w), the candidates.
        visible: (B, K, 1, h, w) bool, where they show something.
        truth: what they should show.
        hole: where they are needed.
    """
    error = (energy - _colour_error(aligned, truth)).abs()  # (B, K, 1, h, w)
    return region_mean(error, visible & hole[:, None])


def detail_loss(image: Tensor, truth: Tensor, region: Tensor) -> Tensor:
    """Term ``detail``: L1 between the differences of neighbouring pixels, both of them in the region."""
    error = image - truth
    across = region_mean(error.diff(dim=3).abs(), region[..., 1:] & region[..., :-1])
    down = region_mean(error.diff(dim=2).abs(), region[..., 1:, :] & region[..., :-1, :])
    return (across + down) / 2


def log_leftover_loss(image: Tensor, truth: Tensor, leftover: Tensor) -> Tensor:
    """Term ``log_leftover``: ``ln(1 + e / LEAST_ERROR)`` of the mean square error e in the leftover, as a mean over the
    clips that have one.

    What counts is by which factor an error falls, as in a mean of PSNRs: what copying restores nearly exactly must not
    be spoilt for the sake of what it cannot restore.
    """
    square = ((image - truth).float().square() * leftover).flatten(1).sum(1)
    count = leftover.flatten(1).sum(1)
    error = square / (image.shape[1] * count).clamp(min=1)
    return torch.log1p(error / LEAST_ERROR).sum() / (count > 0).sum().clamp(min=1)


def flow_loss(levels: Sequence[Tensor], true_flow: Tensor, shown: Tensor) -> Tensor:
    """Term ``flow``: endpoint error in pixels, as a mean over the levels.

    Args:
        levels: (B, 2, h_l, w_l) each, any sizes up to (h, w), in pixels of (h, w).
        true_flow: (B, 2, h, w), NaN where unknown.
        shown: (B, 1, h, w) bool, where the reference shows what the target shows; a level looks at their mean flow.
    """
    known = shown & true_flow.isfinite().all(1, keepdim=True)
    clean = torch.where(known, true_flow, 0.0)
    losses: list[Tensor] = []
    for flow in levels:
        size = flow.shape[2], flow.shape[3]
        share = F.adaptive_avg_pool2d(known.float(), size)  # (B, 1, h_l, w_l)
        wanted = F.adaptive_avg_pool2d(clean, size) / share.clamp(min=1e-6)
        losses.append(region_mean(_distance(flow, wanted), share > 0))
    return _mean(losses)


def corner_loss(theta: Tensor, true_position: Tensor) -> Tensor:
    """Term ``affine``: how far, in pixels, an affine motion is from the true one, over all positions.

    Args:
        theta: (B, 2, 3), see `stranet.geometry.theta`.
        true_position: (B, 2, h, w), where a target pixel is found in the reference, in pixels; NaN where unknown.
    """
    known = true_position.isfinite().all(1, keepdim=True)
    position = theta_positions(theta.float(), *true_position.shape[-2:])  # (B, 2, h, w)
    return region_mean(_distance(position, torch.where(known, true_position, 0.0)), known)


def region_mean(values: Tensor, region: Tensor) -> Tensor:
    """Mean of (B, ..., C, h, w) over the positions of a region (B, ..., 1, h, w) bool, then over the batch.

    0 for a clip whose region is empty; it stays in the count, so that every clip weighs the same in every batch.
    """
    inside = (values * region).float().flatten(1).sum(1)  # (B,)
    count = values.shape[-3] * region.flatten(1).sum(1)
    return (inside / count.clamp(min=1)).mean()


def _colour_error(aligned: Tensor, truth: Tensor) -> Tensor:
    """(B, K, 1, h, w): mean absolute difference of the channels, a constant."""
    return (aligned - truth[:, None]).detach().abs().mean(2, keepdim=True)


def _distance(ours: Tensor, true: Tensor) -> Tensor:
    """(B, 1, h, w): length of the difference of two (B, 2, h, w), smooth at 0 (Charbonnier)."""
    square = (ours.float() - true).square().sum(1, keepdim=True)
    return (square + SUBPIXEL**2).sqrt() - SUBPIXEL


def _mean(values: list[Tensor]) -> Tensor:
    return torch.stack(values).mean()
