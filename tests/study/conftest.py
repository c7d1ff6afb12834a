"""Results of three methods on two clips, each of one colour, so that what is shown can be told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stranet.video.images import write_png

METHODS = {"red": (200, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 200)}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("results")
    for method, colour in {**METHODS, "input": (128, 128, 128)}.items():
        for clip in ("park", "street"):
            folder = root / method / clip
            folder.mkdir(parents=True)
            for index in range(3):
                write_png(folder / f"{index:05d}.png", np.full((48, 64, 3), colour, np.uint8))
    (root / "red" / "only-here").mkdir()
    return root
