"""Cutie (Cheng et al. 2024) as a tracker: the user's own package and weights behind the same interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from stranet.errors import ConfigError
from stranet.tracking.outline import find_outline
from stranet.tracking.prompts import Prompt
from stranet.tracking.scene import chain_of
from stranet.tracking.tracker import FrameStore, Tracked
from stranet.types import HoleArray, Shot


class CutieTracker:
    """A `Tracker`; outlines are found as the embedded tracker does, since Cutie takes masks only.

    Args:
        weights: checkpoint file.

    Raises:
        ConfigError: the package is not installed, or the weights do not exist.
    """

    def __init__(self, weights: Path | None) -> None:
        try:
            core, network = import_module("cutie.inference.inference_core"), import_module("cutie.model.cutie")
            hydra, omegaconf = import_module("hydra"), import_module("omegaconf")
        except ImportError as error:
            raise ConfigError(
                "tracker cutie: the package cutie is not installed; install it as its authors say, or use the embedded "
                "tracker"
            ) from error
        if weights is None:
            raise ConfigError("tracker cutie: give its weights, such as --tracker-weights cutie-base-mega.pth")
        if not weights.is_file():
            raise ConfigError(f"{weights}: there is no such weights file for cutie")
        self._torch = torch = import_module("torch")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        folder = Path(str(import_module("cutie").__path__[0])) / "config"
        with hydra.initialize_config_dir(config_dir=str(folder), version_base="1.3.2", job_name="eval_config"):
            self._config: Any = hydra.compose(config_name="eval_config")
        with omegaconf.open_dict(self._config):
            self._config["weights"] = str(weights)
        self._network = network.CUTIE(self._config).to(self._device).eval()
        # Tensors only: a checkpoint is data, not a program.
        self._network.load_weights(torch.load(str(weights), map_location=self._device, weights_only=True))
        self._core = core.InferenceCore

    def segment(
        self, frames: FrameStore, shot: Shot, index: int, prompts: Sequence[Prompt], before: HoleArray | None
    ) -> Tracked:
        """See `Tracker.segment`."""
        chain = [frames[other] for other in chain_of(index, shot.start, shot.stop)]
        return find_outline(frames[index], prompts, before, chain)._replace(possible=None)

    def follow(self, frames: FrameStore, order: range, hole: HoleArray) -> Iterator[Tracked]:
        """See `Tracker.follow`."""
        processor = self._core(self._network, cfg=self._config)
        mask = self._torch.from_numpy(hole.astype(np.int64)).to(self._device)
        with self._torch.inference_mode():
            processor.step(self._image(frames, order[0]), mask, objects=[1])
            for index in order[1:]:
                likely = processor.step(self._image(frames, index))[1].float().cpu().numpy()
                found = likely > 0.5
                yield Tracked(found, float(likely[found].mean()) if found.any() else 0.0)

    def _image(self, frames: FrameStore, index: int) -> Any:
        """(3, h, w) float in [0, 1]."""
        rgb = np.ascontiguousarray(frames[index].transpose(2, 0, 1))
        return self._torch.from_numpy(rgb).to(self._device).float() / 255
