"""Test videos by the name of their recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from video_files import RECIPES, make_video


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Path]:
    """Write the video of a recipe into the folder ``in``."""

    def build(name: str) -> Path:
        folder = tmp_path / "in"
        folder.mkdir()
        return make_video(folder / f"in{RECIPES[name].suffix}", RECIPES[name])

    return build
