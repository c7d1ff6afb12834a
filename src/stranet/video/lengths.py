"""How many frames a video really has, when what its header says is not enough."""

from __future__ import annotations

import av

from stranet.video.info import VideoInfo
from stranet.video.reader import VideoReader


def count_packets(info: VideoInfo) -> int:
    """Pictures that the container holds and means to show: fast, and nearly always the number of frames."""
    if info.kind == "images":
        return info.frame_count_hint or 0
    with av.open(str(info.path), metadata_errors="replace") as container:
        stream = container.streams.best("video")
        return sum(1 for packet in container.demux(stream) if packet.size and not packet.is_discard)


def count_frames(info: VideoInfo) -> int:
    """Frames that come out of the decoder: exact, and as slow as decoding."""
    if info.kind == "images":
        return info.frame_count_hint or 0
    with VideoReader(info.path, allow_damaged=True) as reader:
        return sum(1 for _ in reader)
