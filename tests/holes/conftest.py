"""The video that the masks belong to."""

from __future__ import annotations

import numpy as np
import pytest
from mask_files import COUNT, SIZE, write_video

from stranet.video.info import VideoInfo
from stranet.video.reader import open_video


@pytest.fixture(scope="session")
def info(tmp_path_factory) -> VideoInfo:
    pictures = [np.full((SIZE.height, SIZE.width, 3), 10 * index, np.uint8) for index in range(COUNT)]
    path = write_video(tmp_path_factory.mktemp("video") / "in.mp4", pictures, codec="libx264", pixel_format="yuv420p")
    with open_video(path) as reader:
        return reader.info
