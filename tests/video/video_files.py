"""Small videos of every kind that the video contract names, made on the spot."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

NTSC = Fraction(30000, 1001)


@dataclass(frozen=True)
class Recipe:
    """What a test video is like."""

    suffix: str = ".mp4"
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    size: tuple[int, int] = (64, 48)
    time_base: Fraction = Fraction(1, 30000)
    pts: tuple[int, ...] = tuple(range(0, 24 * 1001, 1001))
    rate: Fraction = NTSC
    display_matrix: tuple[int, ...] | None = None
    sample_aspect_ratio: Fraction | None = None
    color: tuple[int, int, int, int] = (2, 0, 2, 2)
    """matrix, range, primaries, transfer"""
    audio: tuple[str, ...] = ("aac",)
    subtitle: str | None = None
    chapters: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=lambda: {"crf": "10"})


MASTERED_ON = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
"""A display of P3 colours, 0.005 to 1000 cd/m², as x264 and x265 take it."""
QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
RECIPES = {
    "ntsc": Recipe(),
    "variable-rate": Recipe(pts=(0, 1001, 1500, 4000, 4001, 9000, 9777, 12000, 20000, 20001, 26000)),
    "delayed": Recipe(pts=tuple(45045 + 1001 * n for n in range(20))),
    "rotated": Recipe(display_matrix=QUARTER_TURN),
    "ten-bit": Recipe(pixel_format="yuv420p10le", color=(9, 1, 9, 16)),
    "4:2:2": Recipe(pixel_format="yuv422p"),
    "4:2:2 ten-bit": Recipe(pixel_format="yuv422p10le"),
    "4:4:4": Recipe(pixel_format="yuv444p"),
    "full-range": Recipe(color=(5, 2, 5, 6)),
    "tagged": Recipe(color=(1, 1, 1, 1), metadata={"title": "A title", "artist": "Somebody"}),
    "silent": Recipe(audio=()),
    "two-tracks": Recipe(audio=("aac", "aac")),
    "subtitles": Recipe(suffix=".mkv", subtitle="subrip", time_base=Fraction(1, 1000), pts=tuple(range(0, 800, 40))),
    "chapters": Recipe(chapters=True, metadata={"title": "Chaptered", "comment": "A comment"}),
    "anamorphic": Recipe(sample_aspect_ratio=Fraction(4, 3)),
    "hevc": Recipe(codec="libx265", options={"crf": "10", "x265-params": "log-level=error"}),
    "hdr10": Recipe(
        codec="libx265",
        pixel_format="yuv420p10le",
        color=(9, 1, 9, 16),
        options={"crf": "10", "x265-params": f"log-level=error:master-display={MASTERED_ON}:max-cll=1000,400"},
    ),
    "interlaced": Recipe(
        options={"crf": "10", "flags": "+ildct+ilme", "field_order": "tt", "x264-params": "tff=1"},
    ),
    "bottom-first": Recipe(
        suffix=".mov",
        codec="prores_ks",
        pixel_format="yuv422p10le",
        options={"profile": "3", "flags": "+ildct", "field_order": "bb"},
    ),
    "vp9": Recipe(
        suffix=".webm",
        codec="libvpx-vp9",
        audio=("libopus",),
        time_base=Fraction(1, 1000),
        pts=tuple(range(0, 800, 40)),
        options={"crf": "10", "b": "0", "cpu-used": "8"},
    ),
    "odd-size": Recipe(suffix=".mkv", codec="ffv1", size=(67, 45), options={}),
    "rgb": Recipe(suffix=".mkv", codec="ffv1", pixel_format="bgr0", options={}),
    "prores": Recipe(suffix=".mov", codec="prores_ks", pixel_format="yuv422p10le", options={"profile": "3"}),
    "mpeg4": Recipe(
        suffix=".avi",
        codec="mpeg4",
        audio=("libmp3lame",),
        time_base=1 / NTSC,
        pts=tuple(range(20)),
        options={"b": "4M"},
    ),
}


def make_video(path: Path, recipe: Recipe, muxer: dict[str, str] | None = None) -> Path:
    """Write a video with moving, textured pictures; ``muxer`` holds options of the container."""
    timescale = {"movie_timescale": "30000"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", container_options=timescale | (muxer or {})) as output:
        video = output.add_stream(
            recipe.codec,
            rate=recipe.rate,
            options=dict(recipe.options),
            width=recipe.size[0],
            height=recipe.size[1],
            time_base=recipe.time_base,
        )
        context: Any = video.codec_context
        context.pix_fmt = recipe.pixel_format
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = recipe.color
        if recipe.sample_aspect_ratio:
            context.sample_aspect_ratio = recipe.sample_aspect_ratio
        video.set_display_matrix(recipe.display_matrix)
        tracks = [output.add_stream(codec, rate=48000) for codec in recipe.audio]
        for number, track in enumerate(tracks):
            track.metadata["language"] = ("eng", "fra")[number]
        words = output.add_mux_stream(recipe.subtitle, time_base=Fraction(1, 1000)) if recipe.subtitle else None
        output.metadata.update(recipe.metadata)
        seconds = float(recipe.pts[-1] * recipe.time_base) + 0.1
        if recipe.chapters:
            middle = int(seconds * 500)
            output.set_chapters([_chapter(1, 0, middle, "One"), _chapter(2, middle, int(seconds * 1000), "Two")])
        for number, pts in enumerate(recipe.pts):
            output.mux(video.encode(picture(number, recipe, pts)))
        output.mux(video.encode(None))
        for number, track in enumerate(tracks):
            for packet in tone(track, seconds, 220 * (number + 1)):
                output.mux(packet)
        if words is not None:
            for number in range(3):
                packet = av.Packet(f"Line {number}".encode())
                packet.stream, packet.time_base = words, Fraction(1, 1000)
                packet.pts = packet.dts = 200 * number
                packet.duration = 150
                output.mux(packet)
    return path


def picture(number: int, recipe: Recipe, pts: int) -> av.VideoFrame:
    """One picture: a textured gradient that moves with ``number``."""
    frame = av.VideoFrame.from_ndarray(pattern(number, recipe.size), "rgb24").reformat(format=recipe.pixel_format)
    frame.pts, frame.time_base = pts, recipe.time_base
    return frame


def pattern(number: int, size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) uint8: gradients with texture, different for every ``number``."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(7).integers(0, 25, (height, width))
    red = 40 + 120 * x / width + noise
    green = 60 + 100 * y / height + np.roll(noise, 3 * number, axis=1)
    blue = 128 + 60 * np.sin((x + 3 * number) / 9)
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


def tone(track: Any, seconds: float, pitch: float) -> list[av.Packet]:
    """A sine tone, encoded."""
    count = int(48000 * seconds)
    wave = (0.3 * np.sin(np.arange(count) * 2 * np.pi * pitch / 48000)).astype(np.float32)
    context = track.codec_context
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    if not context.is_open:
        context.open()
    fifo, packets = av.AudioFifo(), []
    resampler = av.AudioResampler(format=context.format, layout=context.layout, rate=48000)
    for part in resampler.resample(frame):
        fifo.write(part)
    size = context.frame_size or 1024
    while (part := fifo.read(size)) is not None or (part := fifo.read(0, True)) is not None:
        packets += track.encode(part)
        if part.samples < size:
            break
    return packets + track.encode(None)


def _chapter(number: int, start: int, end: int, title: str) -> Any:
    return {"id": number, "start": start, "end": end, "time_base": Fraction(1, 1000), "metadata": {"title": title}}


def video_frames(path: Path) -> list[tuple[Fraction, list[bytes]]]:
    """(time in seconds, samples of every plane) of every frame, read without the code under test."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        return [(frame.pts * stream.time_base, samples(frame)) for frame in source.decode(stream)]


def samples(frame: av.VideoFrame) -> list[bytes]:
    """The samples of every plane, without padding."""
    depth = 1 if frame.format.components[0].bits == 8 else 2
    packed = 4 if frame.format.name in ("bgr0", "bgra") else 1
    result = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, abs(plane.line_size))
        result.append(rows[:, : plane.width * depth * packed].tobytes())
    return result


def packets(path: Path, kind: str) -> list[list[tuple[Fraction, bytes]]]:
    """(time, payload) of every packet of every stream of a kind ("audio", "subtitles")."""
    with av.open(str(path)) as source:
        streams = getattr(source.streams, kind)
        found: dict[int, list] = {stream.index: [] for stream in streams}
        for packet in source.demux(streams) if streams else ():
            if packet.size:
                found[packet.stream.index].append((packet.pts * packet.time_base, bytes(packet)))
        return list(found.values())
