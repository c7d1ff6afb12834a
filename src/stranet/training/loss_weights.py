"""How much every term of the loss counts (paper equation 1)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from stranet.errors import ConfigError


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms by name, 0 or more; the defaults are the paper's, and 0 for terms that it does not have."""

    align: float = 5.0
    """Aligned references against the target, equation 2."""
    hole_visible: float = 10.0
    """Colours in the hole where a reference shows them, equation 3."""
    hole_leftover: float = 20.0
    """Colours in the hole that no reference shows, equation 4."""
    non_hole: float = 6.0
    """Colours outside of the hole, equation 5."""
    perceptual: float = 0.01
    """Features of a frozen network, equation 6."""
    style: float = 24.0
    """Correlations of these features, equation 7."""
    reconstruction: float = 1.2
    """Colours that the spatial aggregation gives, equation 8."""
    adversarial: float = 0.001
    """What the critic says of them, equation 9."""
    selection: float = 0.0
    """Colour error of what attention chooses, above that of the best choice."""
    temporal_energy: float = 0.0
    """Energy of a candidate against its true colour error."""
    detail: float = 0.0
    """Differences between neighbouring pixels in the hole."""
    log_leftover: float = 0.0
    """Logarithm of the mean square error in the hole that no reference shows."""
    flow: float = 0.0
    """Flow against the true motion, per pixel of error."""
    affine: float = 0.0
    """Affine motion against the true motion, per pixel of error."""

    def __post_init__(self) -> None:
        for name, weight in asdict(self).items():
            if not 0 <= weight < math.inf:
                raise ConfigError(f"{name} is {weight}, but must be 0 or more")
