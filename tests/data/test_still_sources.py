"""Images and silhouettes, stored and made up."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from stranet.data.images import ProceduralImages, StoredImages
from stranet.data.silhouettes import ProceduralSilhouettes, StoredSilhouettes
from stranet.errors import OpenError
from stranet.video.images import write_png


def box(height: int, width: int) -> np.ndarray:
    """A white box of some size on black."""
    canvas = np.zeros((height + 4, width + 6), np.uint8)
    canvas[1 : 1 + height, 3 : 3 + width] = 255
    return canvas


def write(folder: Path, shapes: dict[str, np.ndarray]) -> Path:
    for name, shape in shapes.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(file), shape)
    return folder


def test_stored_images_are_rgb(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    write_png(tmp_path / "a.png", rgb)
    images = StoredImages([tmp_path])
    assert len(images) == 1
    np.testing.assert_array_equal(images[0], rgb)


def test_gray_images_become_rgb(tmp_path: Path) -> None:
    write(tmp_path, {"gray.png": np.full((4, 6), 77, np.uint8)})
    np.testing.assert_array_equal(StoredImages([tmp_path])[0], np.full((4, 6, 3), 77))


@pytest.mark.parametrize("source", [StoredImages, StoredSilhouettes])
def test_damaged_files_are_named(tmp_path: Path, source) -> None:
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(OpenError, match=r"broken\.png.*damaged"):
        source([tmp_path])[0] if source is StoredImages else source([tmp_path]).draw(np.random.default_rng(0))


def test_procedural_images_are_a_pure_function() -> None:
    one, again, other = ProceduralImages(4, (40, 60)), ProceduralImages(4, (40, 60)), ProceduralImages(4, (40, 60), 1)
    assert [image.shape for image in one] == [(40, 60, 3)] * 4
    np.testing.assert_array_equal(one[2], again[2])
    assert (one[2] != one[3]).any()
    assert (one[2] != other[2]).any()
    assert np.std(one[1]) > 5, "there is something to see"


def test_frame_numbers_make_objects(tmp_path: Path) -> None:
    """Sizes tell the shapes apart: 1 to 3 are one object, 9 another of the same video, the others are still."""
    folder = write(
        tmp_path,
        {
            "camel-00000-1.png": box(5, 1), "camel-00008-1.png": box(5, 3), "camel-00004-1.png": box(5, 2),
            "camel-00004-2.png": box(5, 9), "camel-00008-2.png": box(5, 9),
            "thing_125303.png": box(5, 4), "thing_125304.png": box(5, 4), "symbol-001.png": box(5, 4),
            "walk/00001.png": box(5, 7), "walk/00002.png": box(5, 7), "run/00001.png": box(5, 4),
        },
    )  # fmt: skip
    source, rng = StoredSilhouettes([folder]), np.random.default_rng(0)
    drawn = {tuple(shape.shape[1] for shape in source.draw(rng)) for _ in range(100)}
    assert len(source) == 7
    assert drawn == {(1, 2, 3), (9, 9), (7, 7), (4,)}


def test_shapes_are_cropped_and_must_show_something(tmp_path: Path) -> None:
    (shape,) = StoredSilhouettes([write(tmp_path / "full", {"a.png": box(5, 8)})]).draw(np.random.default_rng(0))
    assert shape.shape == (5, 8)
    assert shape.all()
    assert shape.dtype == bool
    empty = StoredSilhouettes([write(tmp_path / "empty", {"a.png": np.zeros((4, 4), np.uint8)})])
    with pytest.raises(OpenError, match="no silhouette"):
        empty.draw(np.random.default_rng(0))


def test_procedural_silhouettes_touch_every_side_of_their_crop() -> None:
    rng = np.random.default_rng(1)
    drawn = [ProceduralSilhouettes().draw(rng) for _ in range(40)]
    for shape in (shape for silhouette in drawn for shape in silhouette):
        assert shape[0].any()
        assert shape[-1].any()
        assert shape[:, 0].any()
        assert shape[:, -1].any()
    assert {len(silhouette) for silhouette in drawn} == {1, ProceduralSilhouettes.STEPS}
