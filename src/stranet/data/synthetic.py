"""Clips made of still images: a camera moves over them, things move in front, and all of it is known exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stranet.data.camera import MotionOptions, draw_motion
from stranet.data.clip import TrainingClip, check_extent, to_unit
from stranet.data.degrade import DegradeOptions, degrade
from stranet.data.images import ImageSource
from stranet.data.layers import Layer, follow_surfaces, layer_motion, view_layers
from stranet.data.moving_holes import HoleOptions, animate, draw_holes, shapes_to_frame, translation
from stranet.data.silhouettes import SilhouetteSource
from stranet.data.times import draw_times
from stranet.errors import ConfigError
from stranet.geometry.homography import apply_homography


@dataclass(frozen=True)
class SyntheticOptions:
    """What synthetic clips look like."""

    size: int = 256
    """Side of the square frames, pixels."""
    references: int = 4
    """Frames beside the target."""
    reach: int = 24
    """References are at most so many frames from the target."""
    camera: MotionOptions = field(default_factory=MotionOptions)
    """Motion of the camera."""
    finest: float = 1.6
    """Most pixels of an image in one pixel of a frame, along one axis."""
    coarsest: float = 0.7
    """Fewest pixels of an image in one pixel of a frame: below 1 images are enlarged."""
    parallax: float = 0.3
    """Share of clips with a second plane nearer to the camera, 0 to 1."""
    nearest: float = 2.5
    """Largest factor by which a nearer plane moves faster than the background."""
    objects: float = 0.5
    """Share of clips in which something moves by itself behind the hole, 0 to 1."""
    object_motion: MotionOptions = field(
        default_factory=lambda: MotionOptions(static=0.1, slowest=0.3, fastest=6.0, turn=0.5, zoom=0.006, tilt=0)
    )
    """Its motion relative to the background."""
    holes: HoleOptions = field(default_factory=HoleOptions)
    """What is missing."""
    degrade: DegradeOptions = field(default_factory=DegradeOptions)
    """What happens to the frames afterwards."""

    def __post_init__(self) -> None:
        check_extent(self.size, self.references, self.reach)
        for name in ("parallax", "objects"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must lie between 0 and 1")
        if not 0 < self.coarsest <= self.finest <= 2:
            raise ConfigError(
                f"coarsest is {self.coarsest} and finest {self.finest}, but must lie between 0 and 2, in this order"
            )
        if self.nearest < 1:
            raise ConfigError(f"nearest is {self.nearest}, but must be at least 1")


class SyntheticClips:
    """Endless clips with exact truth: a pure function of seed and index."""

    def __init__(
        self, images: ImageSource, silhouettes: SilhouetteSource, options: SyntheticOptions, seed: int = 0
    ) -> None:
        """
        Args:
            images: textures of the background, of nearer planes and of things that move.
            silhouettes: shapes of holes, of nearer planes and of things that move.
            options: what clips look like.
            seed: of everything random.
        """
        self._images, self._silhouettes, self._options, self._seed = images, silhouettes, options, seed

    def __getitem__(self, index: int) -> TrainingClip:
        """Clip ``index``, from 0 on."""
        options = self._options
        rng = np.random.default_rng((self._seed, index))
        length = int(rng.integers(options.references + 1, 2 * options.reach + 2))
        before = int(rng.integers(max(0, length - 1 - options.reach), min(length - 1, options.reach) + 1))
        times = draw_times(rng, options.references, before, length)
        scene = _Scene(rng, times, options)
        layers = [scene.background(self._image(rng))]
        if rng.random() < options.parallax:
            layers.append(scene.nearer_plane(self._image(rng), self._silhouettes))
        near = None
        if rng.random() < options.objects:
            layers.append(scene.moving_object(self._image(rng), self._silhouettes))
            near = scene.object_centre
        views = [view_layers(layers, frame, options.size) for frame in range(len(times))]
        truth = follow_surfaces(layers, views)

        background = np.stack([layer_motion(layers[0], frame) for frame in range(len(times))])
        holes = draw_holes(rng, self._silhouettes, times, background, options.size, options.holes, near)
        frames = degrade(np.stack([view.rgb for view in views]), times, rng, options.degrade)
        return TrainingClip(
            to_unit(frames), holes, truth.position, truth.shown, times,
            _drift(rng, background, times),
        )  # fmt: skip

    def _image(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        image = self._images[int(rng.integers(len(self._images)))]
        return image[:, ::-1] if rng.random() < 0.5 else image


class _Scene:
    """Places layers before one camera."""

    def __init__(self, rng: np.random.Generator, times: NDArray[np.int64], options: SyntheticOptions) -> None:
        self.rng, self.times, self.options = rng, times, options
        self.object_centre: NDArray[np.float64] | None = None
        """(x, y) in the target of what moves."""
        self._middle = np.full(2, (options.size - 1) / 2)
        self._camera = draw_motion(rng, times, options.camera)

    def background(self, image: NDArray[np.uint8]) -> Layer:
        return Layer(image, self._place(image, self._paths(1.0)))

    def nearer_plane(self, image: NDArray[np.uint8], silhouettes: SilhouetteSource) -> Layer:
        """A piece of another image that moves faster than the background as the camera moves."""
        paths = self._paths(self.rng.uniform(1.2, self.options.nearest))
        shape = silhouettes.draw(self.rng)[:1]
        covered, centre = self.rng.uniform(0.1, 0.5), self.rng.uniform(-0.4, 0.4, 2) * self.options.size
        return self._cut(image, paths, shape * len(self.times), covered, centre)

    def moving_object(self, image: NDArray[np.uint8], silhouettes: SilhouetteSource) -> Layer:
        """Something that moves by itself, in the inner part of the target."""
        shapes = animate(self.rng, silhouettes.draw(self.rng), self.times)
        covered, centre = self.rng.uniform(0.02, 0.2), self.rng.uniform(-0.35, 0.35, 2) * self.options.size
        own = draw_motion(self.rng, self.times, self.options.object_motion).matrices(self.options.size)
        paths = translation(centre) @ np.linalg.inv(own) @ translation(-centre) @ self._paths(1.0)
        self.object_centre = self._middle + centre
        return self._cut(image, paths, shapes, covered, centre)

    def _paths(self, nearer: float) -> NDArray[np.float64]:
        """(T, 3, 3): pixel of a frame -> plane, in pixels of the target around its middle."""
        return self._camera.matrices(self.options.size, nearer) @ translation(-self._middle)

    def _cut(
        self, image: NDArray[np.uint8], paths: NDArray[np.float64], shapes: tuple[NDArray[np.bool_], ...],
        covered: float, centre: NDArray[np.float64],
    ) -> Layer:  # fmt: skip
        """A layer cut by shapes, of which the target's would cover a share of the frame around ``centre``."""
        scale = np.sqrt(covered * self.options.size**2 / np.count_nonzero(shapes[0]))
        scale = min(scale, 1.2 * self.options.size / max(shapes[0].shape))
        to_plane = shapes_to_frame(shapes, scale, centre, bool(self.rng.random() < 0.5))
        return Layer(image, self._place(image, paths), shapes, np.linalg.inv(to_plane) @ paths)

    def _place(self, image: NDArray[np.uint8], paths: NDArray[np.float64]) -> NDArray[np.float64]:
        """(T, 3, 3): pixel of a frame -> image, so that the camera's path lies on the image as far as it can."""
        options, (height, width) = self.options, image.shape[:2]
        edge = options.size - 0.5
        corners = np.array([[-0.5, -0.5], [edge, -0.5], [edge, edge], [-0.5, edge]], np.float32)
        roll = np.radians(self.rng.normal(0, 5))
        turned = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]) @ paths
        seen = np.concatenate([apply_homography(path, corners) for path in turned])
        low, high = seen.min(0), seen.max(0)
        fits = float(np.min(np.array((width, height)) / (high - low)))
        scale = np.exp(self.rng.uniform(np.log(options.coarsest), np.log(options.finest)))
        scale = max(options.coarsest, min(scale, fits))
        room = np.array((width, height)) - scale * (high - low)
        start = np.where(room > 0, self.rng.uniform(0, 1, 2) * room, room / 2) - 0.5
        return translation(start - scale * low) @ np.diag((scale, scale, 1.0)) @ turned


def _drift(rng: np.random.Generator, motion: NDArray[np.float64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a chain of registrations would find: the truth, with an error that grows with the distance in time.

    Registration starts from no motion, so that it finds a static camera exactly static.
    """
    error = rng.normal(0, 0.05, (len(times), 2)) * np.sqrt(np.abs(times))[:, None]
    moves = not np.allclose(motion, np.eye(3), atol=1e-6)
    return np.stack([translation(offset * moves) @ matrix for offset, matrix in zip(error, motion, strict=True)])
