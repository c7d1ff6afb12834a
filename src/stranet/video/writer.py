"""Writing the result: `VideoWriter`, for a file or a folder of PNG images, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from av.error import FFmpegError

from stranet.errors import EncodeError
from stranet.types import Frame, HoleArray, RgbArray
from stranet.video.encode import FileEncoder
from stranet.video.images import ImageReader, ImageWriter
from stranet.video.output import OutputOptions, PartialOutput, check_output, is_folder_output
from stranet.video.reader import VideoReader


class VideoWriter:
    """Writes frames with the times, tags and tracks of their source; the final name appears only when all is complete.

    A path with a trailing slash, without a suffix, or of an empty folder becomes a folder of PNG files; otherwise the
    suffix names the container.

        with open_video("in.mp4") as source, VideoWriter("out.mp4", source) as writer:
            for frame in source:
                writer.write(frame, rgb, hole)

    Args:
        path: the output.
        source: the opened input; frames must come from it, in order.
        options: how to encode.
    """

    def __init__(
        self, path: str | Path, source: VideoReader | ImageReader, options: OutputOptions | None = None
    ) -> None:
        self.path = Path(path)
        self._folder = is_folder_output(path)
        self._given_path, self._source, self._options = path, source, options or OutputOptions()
        self._written = 0

    def __enter__(self) -> Self:
        """Check the output, create the temporary file and open the encoder.

        Raises:
            EncodeError: the output cannot be written there, or cannot hold the codec or one of the tracks.
        """
        check_output(self._given_path, self._source.info.path)
        try:
            self._partial = PartialOutput(self.path, folder=self._folder)
            try:
                self._partial.create()
                self._encoder = self._open_encoder()
            except BaseException:
                self._partial.discard()
                raise
        except (OSError, FFmpegError) as error:
            raise self._failure(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Finish and rename; after an exception (an interruption too) remove what was written."""
        if kind is None:
            try:
                if not self._written:
                    raise EncodeError(f"{self.path}: there is no frame to write; choose another range")
                self._encoder.finish(damaged=self._source.damaged is not None)
                self._partial.commit()
            except BaseException as failure:
                self._discard()
                if isinstance(failure, OSError | FFmpegError):
                    raise self._failure(failure) from failure
                raise
        else:
            self._discard()

    def write(self, frame: Frame, rgb: RgbArray | None = None, hole: HoleArray | None = None) -> None:
        """Write a frame: as it is, or with the pixels under ``hole`` taken from ``rgb``.

        Outside the hole every sample keeps its bits (what a lossy encoder then does to it apart). A chroma sample
        changes only when its whole block is in the hole: grow holes with `align_to_chroma`.

        The writer takes ``frame.native`` over: its samples under the hole may be replaced in place, and its picture
        type and time are set for the encoder.

        Args:
            frame: a frame of the source.
            rgb: (H, W, 3), in the type of ``frame.rgb``; only read under the hole.
            hole: (H, W) bool.

        Raises:
            EncodeError: no space, or the encoder failed.
        """
        self._written += 1
        try:
            self._encoder.write(frame, rgb, hole)
        except (OSError, FFmpegError) as error:
            raise self._failure(error) from error

    def _open_encoder(self) -> FileEncoder | ImageWriter:
        if self._folder:
            return ImageWriter(self._partial.path, self._source)
        return FileEncoder(self._partial.path, self.path, self._source, self._options)

    def _discard(self) -> None:
        try:
            self._encoder.abort()
        finally:
            self._partial.discard()

    def _failure(self, error: Exception) -> EncodeError:
        return EncodeError(f"{self.path}: cannot be written ({getattr(error, 'strerror', None) or error})")
