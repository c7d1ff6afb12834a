"""Frames at the resolution of tracking, on disk: decoded once, then read in any order."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import EncodeError
from stranet.types import RgbArray, Size

QUALITY = 95
"""Of the JPEG copies: about 100 KB a frame at 854x480, and no loss that tracking could see."""

RECENT = 24
"""Decoded frames in memory, about 1.2 MB each: as many as trackers look ahead and a few more."""


def working_size(size: Size, pixels: int) -> Size:
    """The largest size of the same shape with at most so many pixels; never larger than ``size``."""
    scale = min(1.0, (pixels / (size.width * size.height)) ** 0.5)
    return Size(max(16, round(size.width * scale)), max(16, round(size.height * scale)))


class Spool:
    """A `FrameStore` in a temporary file without a name; a context manager. Several threads may read at once.

    Args:
        size: of a frame, upright.
        pixels: frames are kept at no more than so many pixels.
        rotation: degrees by which the stored picture is turned clockwise to be upright.
        folder: where the file lies; None = where the system keeps temporary files.
    """

    def __init__(self, size: Size, pixels: int, *, rotation: int = 0, folder: Path | None = None) -> None:
        self.size = working_size(size, pixels)
        self._turns = -rotation // 90
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close
        self._places: list[tuple[int, int]] = []
        self._end = 0
        self._reading = threading.Lock()
        self._recent: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the file."""
        self._file.close()

    def append(self, rgb: RgbArray) -> None:
        """Keep a frame, (H, W, 3) as stored.

        Raises:
            EncodeError: no space is left for temporary files.
        """
        small = self._reduced(rgb)
        quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
        _, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), quality)
        try:
            self._file.seek(self._end)
            self._file.write(encoded.tobytes())
            self._file.flush()
        except OSError as error:
            raise EncodeError(f"temporary files: {error.strerror}; free some space or set TMPDIR") from error
        self._places.append((self._end, len(encoded)))
        self._end += len(encoded)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB; do not write into it."""
        picture = self._recent.get(index)
        if picture is None:
            picture = cv2.imdecode(np.frombuffer(self.encoded(index), np.uint8), cv2.IMREAD_COLOR_RGB)
            with self._reading:
                self._recent[index] = picture  # type: ignore[assignment]
                if len(self._recent) > RECENT:
                    self._recent.popitem(last=False)
        return picture  # type: ignore[return-value]

    def encoded(self, index: int) -> bytes:
        """The frame as a JPEG file."""
        start, length = self._places[index]
        with self._reading:
            self._file.seek(start)
            return self._file.read(length)

    def _reduced(self, rgb: RgbArray) -> NDArray[np.uint8]:
        upright = np.rot90(rgb, self._turns)
        height, width = upright.shape[:2]
        # Averaging over large frames is slow; every other pixel of a picture four times as large does as well.
        step = max(1, int(min(width / self.size.width, height / self.size.height) / 2))
        part = np.ascontiguousarray(upright[::step, ::step])
        if part.dtype == np.uint16:
            part = (part >> 8).astype(np.uint8)
        if part.shape[:2] != (self.size.height, self.size.width):
            part = cv2.resize(part, self.size, interpolation=cv2.INTER_AREA)
        return part  # type: ignore[return-value]
