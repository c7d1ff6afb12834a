"""Several sources of clips in one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stranet.data.clip import ClipSource, TrainingClip
from stranet.errors import ConfigError


class Mixture:
    """Draws every clip from one of several sources: a pure function of seed and index, as they are."""

    def __init__(self, sources: Sequence[ClipSource], weights: Sequence[float], seed: int = 0) -> None:
        """
        Args:
            sources: what is mixed; all give clips of one size and length.
            weights: how often each is drawn, relative to the others; 0 = never.
            seed: of the choice.

        Raises:
            ConfigError: the weights do not fit the sources.
        """
        if len(weights) != len(sources) or min(weights, default=0) < 0 or sum(weights) <= 0:
            raise ConfigError(
                f"weights are {tuple(weights)}, but must be {len(sources)} numbers, none below 0 and one above"
            )
        self._sources, self._seed = tuple(sources), seed
        self._shares = np.array(weights, float) / sum(weights)

    def __getitem__(self, index: int) -> TrainingClip:
        """Clip ``index``, from 0 on."""
        chosen = np.random.default_rng((self._seed, index, 1)).choice(len(self._sources), p=self._shares)
        return self._sources[chosen][index]
