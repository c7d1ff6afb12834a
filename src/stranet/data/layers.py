"""Textured planes seen by a moving camera, one in front of the other: frames, and the exact truth about them.

Convention: ``camera[t]`` is (3, 3) and maps a pixel of frame t, centres at integers, to a layer's texture and shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.data.silhouettes import Silhouette
from stranet.geometry.homography import apply_homography, pixel_grid
from stranet.types import Box

SAMPLES = 2
"""Samples per pixel and axis: their mean is what a pixel sees, so that a finer texture does not alias."""


class Layer(NamedTuple):
    """One plane."""

    texture: NDArray[np.uint8]
    """(h, w, 3); beyond its edge it is mirrored."""
    to_texture: NDArray[np.float64]
    """(T, 3, 3), pixel of a frame -> texture."""
    shape: Silhouette = ()
    """What is cut out of the texture, T shapes; none = everything."""
    to_shape: NDArray[np.float64] | None = None
    """(T, 3, 3), pixel of a frame -> shape."""


class View(NamedTuple):
    """One frame."""

    rgb: NDArray[np.uint8]
    """(N, N, 3)"""
    layer: NDArray[np.uint8]
    """(N, N): which layer is in front."""
    pure: NDArray[np.bool_]
    """(N, N): no other layer has a share in the pixel."""


class Truth(NamedTuple):
    """Where the surfaces of frame 0 are in all frames."""

    position: NDArray[np.float32]
    """(T, N, N, 2), (x, y)"""
    shown: NDArray[np.bool_]
    """(T, N, N): inside the frame, nothing in front, and no pixel that blends two layers."""


def view_layers(layers: Sequence[Layer], index: int, side: int) -> View:
    """Frame ``index`` of ``side`` x ``side`` pixels; later layers are in front. Every texture is sampled once."""
    fine = side * SAMPLES
    to_pixel = _fine_to_pixel()
    back = layers[0]
    canvas = _sample(back.texture, back.to_texture[index] @ to_pixel, (fine, fine))
    front = np.zeros((fine, fine), np.uint8)
    for number, layer in enumerate(layers[1:], 1):
        if layer.to_shape is None:
            raise ValueError(f"layer {number} has no shape, but only the first one may cover everything")
        to_shape = layer.to_shape[index] @ to_pixel
        box = _seen(layer.shape[index], to_shape, fine)
        if box is None:
            continue
        shift = np.array([[1, 0, box.x0], [0, 1, box.y0], [0, 0, 1]], np.float64)
        size = (box.x1 - box.x0, box.y1 - box.y0)
        cut = warp_shape(layer.shape[index], to_shape @ shift, size)
        texture = _sample(layer.texture, layer.to_texture[index] @ to_pixel @ shift, size)
        canvas[box.slices][cut] = texture[cut]
        front[box.slices][cut] = number
    rgb = np.asarray(cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    if len(layers) == 1:
        return View(rgb, front[:side, :side], np.ones((side, side), bool))
    least, most = cv2.erode(front, np.ones((2, 2))), cv2.dilate(front, np.ones((2, 2)))
    # The anchor of a 2 x 2 window is its last sample.
    least, most = least[1::SAMPLES, 1::SAMPLES], most[1::SAMPLES, 1::SAMPLES]
    return View(rgb, front[::SAMPLES, ::SAMPLES], least == most)


def follow_surfaces(layers: Sequence[Layer], views: Sequence[View]) -> Truth:
    """Exact motion of every pixel of the first view, and where it is seen."""
    target, side = views[0], len(views[0].rgb)
    grid = pixel_grid(Box(0, 0, side, side))
    position = np.empty((len(views), side, side, 2), np.float32)
    shown = np.empty((len(views), side, side), bool)
    own = [target.layer == number for number in range(len(layers))]
    for index, view in enumerate(views):
        here, clear = position[index], np.zeros((side, side), bool)
        for number, layer in enumerate(layers):
            if not own[number].any():
                continue
            moved = np.asarray(cv2.perspectiveTransform(grid, layer_motion(layer, index)), np.float32)
            np.copyto(here, moved, where=own[number][..., None])
            if len(layers) > 1:
                alone = ((view.layer == number) & view.pure).astype(np.uint8) * 255
                clear |= own[number] & (cv2.remap(alone, moved[..., 0], moved[..., 1], cv2.INTER_LINEAR) == 255)
        x, y = here[..., 0], here[..., 1]
        inside = (x >= 0) & (x <= side - 1) & (y >= 0) & (y <= side - 1)
        shown[index] = inside & clear & target.pure if len(layers) > 1 else inside
    position[0], shown[0] = grid, True
    return Truth(position, shown)


def layer_motion(layer: Layer, index: int) -> NDArray[np.float64]:
    """(3, 3), target -> frame ``index``, of one layer."""
    motion = np.linalg.inv(layer.to_texture[index]) @ layer.to_texture[0]
    return motion / motion[2, 2]


def warp_shape(shape: NDArray[np.bool_], matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """A silhouette in a frame of (width, height); ``matrix`` maps the frame to the silhouette."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(shape.astype(np.uint8) * 255, matrix, size, flags=flags) > 127


def _fine_to_pixel() -> NDArray[np.float64]:
    """(3, 3): a sample's place among all samples -> its place among the pixels."""
    offset = (1 - SAMPLES) / (2 * SAMPLES)
    return np.array([[1 / SAMPLES, 0, offset], [0, 1 / SAMPLES, offset], [0, 0, 1]], np.float64)


def _sample(texture: NDArray[np.uint8], matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(texture, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)  # type: ignore[return-value]


def _seen(shape: NDArray[np.bool_], to_shape: NDArray[np.float64], side: int) -> Box | None:
    """The part of a frame that a shape may cover; None where it is outside."""
    height, width = shape.shape
    corners = np.array([[-1, -1], [width, -1], [width, height], [-1, height]], np.float32)
    placed = apply_homography(np.linalg.inv(to_shape), corners)
    x0, y0 = np.floor(placed.min(0)).clip(0, side).astype(int).tolist()
    x1, y1 = (np.ceil(placed.max(0)) + 1).clip(0, side).astype(int).tolist()
    return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
