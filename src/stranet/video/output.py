"""How the result is stored, and where: options, checks before any work, and files that appear only when complete."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stranet.errors import ConfigError, EncodeError

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm")
"""Containers that keep every frame's time, colour tags and rotation."""


@dataclass(frozen=True)
class OutputOptions:
    """How the result is encoded; the one set of defaults for Python, TOML and the command line."""

    codec: str = "auto"
    """Encoder, such as libx264, libx265, libvpx-vp9, libsvtav1, prores_ks or ffv1; auto = the family of the input."""
    crf: float = 16.0
    """0 (largest file) to 51 (worst), on x264's scale and carried over to others; 16 cannot be told from the input."""
    effort: Literal["fast", "medium", "slow"] = "fast"
    """Encoding effort; slower makes smaller files."""
    lossless: bool = False
    """Keep every sample bit for bit: FFV1 in .mkv (or .mov). A folder of PNG files is lossless anyway."""
    copy_tracks: bool = True
    """Copy sound, subtitles, chapters and metadata of the input."""

    def __post_init__(self) -> None:
        if not 0 <= self.crf <= 51:
            raise ConfigError(f"crf is {self.crf}, but must lie between 0 and 51")
        if self.effort not in ("fast", "medium", "slow"):
            raise ConfigError(f"effort is {self.effort!r}, but must be one of fast, medium, slow")


def is_folder_output(path: str | Path) -> bool:
    """True for an output that becomes a folder of PNG files: no suffix, or a trailing slash, or a folder already."""
    return str(path).endswith(("/", os.sep)) or not Path(path).suffix or Path(path).is_dir()


def check_output(path: str | Path, *inputs: str | Path) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Args:
        path: the output file or folder.
        inputs: files and folders that are read meanwhile (video, mask) and must not be overwritten.

    Raises:
        EncodeError: it is one of the inputs (by any name or link), its folder is missing or may not be written to,
            it is a folder that is not empty, or its suffix names no container that we write.
    """
    final = Path(path)
    for source in inputs:
        if final.exists() and Path(source).exists() and final.samefile(source):
            raise EncodeError(f"{final}: output and input are the same; choose another output")
    if final.exists() and not (final.is_file() or final.is_dir()):
        raise EncodeError(f"{final}: not a regular file; choose another output")
    if is_folder_output(path):
        if final.is_dir() and any(final.iterdir()):
            raise EncodeError(f"{final}: the folder is not empty; choose a new one")
        if final.is_file():
            raise EncodeError(f"{final}: is a file without a suffix; choose another name")
    elif final.suffix.lower() not in VIDEO_SUFFIXES:
        raise EncodeError(
            f"{final}: cannot keep frame times in {final.suffix}; use one of {', '.join(VIDEO_SUFFIXES)}, or a folder"
        )
    if not final.parent.is_dir():
        raise EncodeError(f"{final}: there is no folder {final.parent}; create it first")
    if not os.access(final.parent, os.W_OK | os.X_OK):
        raise EncodeError(f"{final}: no permission to write into {final.parent}")


class PartialOutput:
    """A hidden temporary file or folder beside the final one; it gets the final name when complete, or vanishes."""

    def __init__(self, final: Path, *, folder: bool) -> None:
        """Choose its name; nothing is there yet."""
        self.final, self._folder = final, folder
        self.path = final.with_name(f".{final.stem}.{secrets.token_hex(4)}.partial{final.suffix}")

    def create(self) -> None:
        """Create it (so that a missing permission shows at once), in a ``try`` that discards it: Ctrl-C may come now.

        Raises:
            OSError: it cannot be created.
        """
        if self._folder:
            self.path.mkdir()
        else:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))

    def commit(self) -> None:
        """Make it durable and give it the final name, replacing what had it.

        Raises:
            OSError: no space, or no permission.
        """
        for file in [*self.path.iterdir(), self.path] if self.path.is_dir() else [self.path]:
            _sync(file)
        self.path.replace(self.final)
        _sync(self.final.parent)

    def discard(self) -> None:
        """Remove it; does nothing when it is already gone."""
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows cannot open folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
