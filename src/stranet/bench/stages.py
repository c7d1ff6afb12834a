"""The stages of the bench: the engine's own, joined to those that readers of a table ask for."""

from __future__ import annotations

from collections.abc import Mapping

STAGES: dict[str, tuple[str, ...]] = {
    "decode": ("decode",),
    "mask": ("mask",),
    "cuts": ("entering",),
    "low-res": ("low resolution",),
    "alignment": ("registration", "alignment"),
    "network": ("features", "temporal", "spatial"),
    "residuals": ("temporal residuals", "leftover"),
    "composite": ("composite",),
    "encode": ("encode",),
}
"""Stage -> the parts that an `InpaintReport` tells apart. "network" is features, temporal aggregation and spatial
aggregation, whether a network does them or not."""
OTHER = "other"
"""Parts that `STAGES` does not know."""


def join_stages(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds of every stage, in the order of `STAGES`; nothing is lost.

    Args:
        seconds: of the parts.
    """
    joined = {stage: sum(seconds.get(part, 0.0) for part in parts) for stage, parts in STAGES.items()}
    known = {part for parts in STAGES.values() for part in parts}
    rest = sum(spent for part, spent in seconds.items() if part not in known)
    return {**joined, OTHER: rest} if rest else joined
