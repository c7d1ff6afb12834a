"""What a camera and a codec do to a frame: changing exposure, blur, noise, compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError


@dataclass(frozen=True)
class DegradeOptions:
    """How often and how much frames are degraded; strengths are drawn per clip and vary from frame to frame."""

    exposure: float = 0.4
    """Share of clips whose exposure and white balance drift, 0 to 1."""
    most_exposure: float = 0.15
    """Largest drift of the light from the target's, as a share of it."""
    blur: float = 0.25
    """Share of clips that are blurred, by motion or by the lens, 0 to 1."""
    most_blur: float = 3.0
    """Longest motion blur, pixels; a third of it is the largest standard deviation of a lens's blur."""
    noise: float = 0.3
    """Share of clips with noise, 0 to 1."""
    most_noise: float = 4.0
    """Largest standard deviation of the noise, in levels of 255."""
    compression: float = 0.5
    """Share of clips that were compressed, 0 to 1."""
    worst_quality: int = 40
    """Lowest JPEG quality, 1 to 95."""

    def __post_init__(self) -> None:
        for name in ("exposure", "blur", "noise", "compression"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must lie between 0 and 1")
        for name in ("most_blur", "most_noise"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must be at least 0")
        if not 0 <= self.most_exposure < 1:
            raise ConfigError(f"most_exposure is {self.most_exposure}, but must be at least 0 and below 1")
        if not 1 <= self.worst_quality <= 95:
            raise ConfigError(f"worst_quality is {self.worst_quality}, but must lie between 1 and 95")

    @classmethod
    def none(cls) -> DegradeOptions:
        """Nothing is degraded."""
        return cls(exposure=0, blur=0, noise=0, compression=0)


def degrade(
    frames: NDArray[np.uint8], times: NDArray[np.int64], rng: np.random.Generator, options: DegradeOptions
) -> NDArray[np.uint8]:
    """Degrade the frames of one clip.

    Args:
        frames: (T, H, W, 3).
        times: (T,) in frames: what is near in time has similar light.
        rng: all that is random.
        options: how often and how much.

    Returns:
        (T, H, W, 3), new unless nothing is done.
    """
    blurred, lit, noisy, compressed = rng.random(4) < (
        options.blur, options.exposure, options.noise, options.compression,
    )  # fmt: skip
    kernels = _kernels(rng, len(frames), options.most_blur) if blurred else None
    tables = _light(rng, times, options.most_exposure) if lit else None
    grain = _grain(rng, frames.shape[1:3], options.most_noise) if noisy else None
    quality = rng.uniform(options.worst_quality, 95) if compressed else None

    out = np.empty_like(frames)
    for index, frame in enumerate(frames):
        if kernels is not None:
            frame = cv2.filter2D(frame, -1, kernels[index], borderType=cv2.BORDER_REPLICATE)
        if tables is not None:
            frame = cv2.LUT(frame, tables[index])
        if grain is not None:
            y, x = rng.integers(0, GRAIN_MARGIN, 2)
            frame = cv2.add(frame, grain[y : y + frame.shape[0], x : x + frame.shape[1]], dtype=cv2.CV_8U)
        if quality is not None:
            coded = cv2.imencode(".jpg", frame, (cv2.IMWRITE_JPEG_QUALITY, int(quality)))[1]
            frame = cv2.imdecode(coded, cv2.IMREAD_COLOR)  # channels keep their order
        out[index] = np.asarray(frame)
    return out


GRAIN_MARGIN = 64
"""Every frame takes another window of one field of noise, this much larger than the frame."""


def _kernels(rng: np.random.Generator, count: int, most: float) -> list[NDArray[np.float32]]:
    """One blur per frame: the same for the whole clip, but for its strength."""
    strength, angle, motion = rng.uniform(0.2, 1) * most, rng.uniform(0, np.pi), rng.random() < 0.5
    reach = int(np.ceil(most)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    kernels: list[NDArray[np.float32]] = []
    for scale in rng.uniform(0.6, 1.4, count):
        length = strength * scale
        if motion:
            along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
            kernel = (0.5 + length / 2 - abs(along)).clip(0, 1) * (1 - abs(across)).clip(0, 1)
        else:
            kernel = np.exp(-(x**2 + y**2) / (2 * max(length / 3, 0.1) ** 2))
        kernels.append((kernel / kernel.sum()).astype(np.float32))
    return kernels


def _light(rng: np.random.Generator, times: NDArray[np.int64], most: float) -> list[NDArray[np.uint8]]:
    """One table of (256, 1, 3) per frame: gain and offset per channel that drift with time."""
    level = rng.uniform(0, most)
    # Most of the drift is common to the channels; the rest is white balance.
    drift = level * (rng.normal(0, 0.4) + rng.normal(0, 0.15, 3)) * times[:, None] / 24
    flicker = level * rng.normal(0, 0.15, (len(times), 1)) * (times != 0)[:, None]
    gain = 1 + (drift + flicker).clip(-most, most)  # (T, 3)
    offset = 255 * level * rng.normal(0, 0.05) * times[:, None] / 24
    levels = np.arange(256.0)[None, :, None] * gain[:, None] + offset[:, None]  # (T, 256, 3)
    return list(np.rint(levels.clip(0, 255)).astype(np.uint8)[:, :, None])


def _grain(rng: np.random.Generator, size: tuple[int, ...], most: float) -> NDArray[np.int8]:
    """Noise, a little larger than a frame; fine or coarse."""
    height, width = size[0] + GRAIN_MARGIN, size[1] + GRAIN_MARGIN
    noise = rng.standard_normal((height, width, 3), np.float32)
    if rng.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (3, 3), 0.6) * 1.8  # the same strength again
    return np.rint(noise * rng.uniform(0.5, 1) * most).clip(-127, 127).astype(np.int8)
