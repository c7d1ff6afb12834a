"""Which encoder, with which settings: the family of the input, visually lossless, in the input's pixel format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import av

from stranet.errors import EncodeError
from stranet.types import Size
from stranet.video.hdr import hdr_options
from stranet.video.info import VideoInfo
from stranet.video.interlace import interlace_options
from stranet.video.output import OutputOptions
from stranet.video.pixels import pixel_layout

_FAMILIES = {
    "h264": ("libx264", "libx264rgb"),
    "hevc": ("libx265",),
    "vp8": ("libvpx-vp9",),
    "vp9": ("libvpx-vp9",),
    "av1": ("libsvtav1", "libaom-av1"),
    "prores": ("prores_ks",),
    "ffv1": ("ffv1",),
}
"""Codec of the input -> encoders of its family."""
_FALLBACKS = ("libx264", "libx265", "libvpx-vp9", "prores_ks", "libx264rgb", "ffv1")
"""Tried in this order when the family is unknown, or cannot take the pixel format, the size or the container."""
_SAME_SAMPLES = {
    "yuvj420p": ("yuv420p",),
    "yuvj422p": ("yuv422p",),
    "yuvj444p": ("yuv444p",),
    "gbrp": ("bgr0", "rgb24"),
    "gbrap": ("bgra",),
}
"""Pixel formats that hold the very same samples under another name or in another order."""
_EVEN_SIZES_ONLY = ("libx264", "libx265", "libsvtav1")
"""Encoders that refuse odd sizes when chroma is subsampled."""
_LARGE = 1920 * 1080
_NOT_IN_MOV = {"libvpx-vp9", "libsvtav1", "libaom-av1"}
"""The muxer lists them, and then refuses to write them."""


@dataclass(frozen=True)
class Encoding:
    """A complete choice: encoder, pixel format and options."""

    encoder: str
    pixel_format: str
    options: dict[str, str]


def is_large(size: Size) -> bool:
    """Frames so large wait in smaller numbers: at 4K ten in the encoder are a quarter gigabyte."""
    return math.prod(size) >= _LARGE


def choose_encoding(path: Path, info: VideoInfo, supported: set[str], options: OutputOptions) -> Encoding:
    """Choose an encoder that takes the input's samples and that the output's container takes.

    Args:
        path: the output, for messages and for its suffix.
        info: the input.
        supported: names of the encoders that the container takes.
        options: what the user asked for.

    Raises:
        EncodeError: the codec is unknown, or nothing fits; the message says what would.
    """
    wanted = _wanted(path, info, options)
    supported = supported - (_NOT_IN_MOV if path.suffix.lower() == ".mov" else set())
    fitting = [name for name in wanted if name in supported and name in av.codecs_available]
    for name in fitting:
        for pixel_format in _pixel_formats(info, lossless=name == "ffv1"):
            if _takes(name, pixel_format, info):
                settings = _settings(name, pixel_format, options, large=is_large(info.size))
                return Encoding(name, pixel_format, _joined(settings, *_statements(name, pixel_format, info)))
    if options.lossless and not fitting:
        raise EncodeError(f"{path}: {path.suffix} cannot hold lossless FFV1; use .mkv, or a folder for PNG files")
    if len(wanted) == 1 and not fitting:
        raise EncodeError(f"{path}: {path.suffix} cannot hold {wanted[0]}; use .mkv, or another codec")
    tried = ", ".join(fitting)
    raise EncodeError(
        f"{path}: no codec among {tried or 'those that it can hold'} keeps {info.pixel_format} at {info.size}; "
        "use a .mkv output, lossless"
    )


def _wanted(path: Path, info: VideoInfo, options: OutputOptions) -> tuple[str, ...]:
    if options.lossless:
        if options.codec not in ("auto", "ffv1"):
            raise EncodeError(f"{path}: lossless output is FFV1, not {options.codec}; leave the codec out")
        return ("ffv1",)
    if options.codec == "auto":
        return (*_FAMILIES.get(info.codec, ()), *_FALLBACKS)
    try:
        codec = av.Codec(options.codec, "w")
    except ValueError as error:  # PyAV's UnknownCodecError
        raise EncodeError(f"{path}: there is no encoder {options.codec!r}; try libx264, libx265...") from error
    if codec.type != "video":
        raise EncodeError(f"{path}: {options.codec} is no video encoder; try libx264, libx265...")
    return (codec.name,)


def _pixel_formats(info: VideoInfo, *, lossless: bool) -> tuple[str, ...]:
    """Formats to encode in, best first."""
    if info.kind == "images":
        rgb = ("bgr0",) if info.bit_depth == 8 else ("gbrp16le",)
        usual = ("yuv420p", "yuv444p") if info.bit_depth == 8 else ("yuv420p10le", "yuv444p10le")
        return rgb if lossless else (*usual, "yuv422p10le")
    return info.pixel_format, *_SAME_SAMPLES.get(info.pixel_format, ())


def _takes(encoder: str, pixel_format: str, info: VideoInfo) -> bool:
    formats = av.Codec(encoder, "w").video_formats
    if formats is not None and pixel_format not in [known.name for known in formats]:
        return False
    if encoder not in _EVEN_SIZES_ONLY or pixel_format in ("bgr0", "rgb24"):
        return True
    across, down = pixel_layout(pixel_format).chroma_shift
    return not (info.size.width % (1 << across) or info.size.height % (1 << down))


def _statements(encoder: str, pixel_format: str, info: VideoInfo) -> tuple[dict[str, str], dict[str, str]]:
    """Options by which the stream states what the input's does."""
    rows = 1 << pixel_layout(pixel_format).chroma_shift[1]
    return hdr_options(encoder, info.hdr), interlace_options(encoder, info.first_field, info.size.height, rows)


def _joined(*parts: dict[str, str]) -> dict[str, str]:
    """One set of options; lists of an encoder's own parameters are strung together."""
    joined: dict[str, str] = {}
    for name, value in (item for part in parts for item in part.items()):
        joined[name] = f"{joined[name]}:{value}" if name in joined else value
    return joined


def _settings(encoder: str, pixel_format: str, options: OutputOptions, *, large: bool) -> dict[str, str]:
    effort = ("fast", "medium", "slow").index(options.effort)
    crf63 = str(round(options.crf * 63 / 51))  # VP9 and AV1 count from 0 to 63
    match encoder:
        case "libx264" | "libx264rgb":
            # A frame in the encoder is memory: a short look-ahead costs some size and no quality at constant crf.
            preset = ("faster", "medium", "slow")[effort]
            settings = {"crf": f"{options.crf:g}", "preset": preset, "rc-lookahead": "4" if large else "10"}
            return settings | {"x264-params": "sync-lookahead=0"} if large else settings
        case "libx265":
            preset = ("veryfast", "medium", "slow")[effort]
            return {"crf": f"{options.crf:g}", "preset": preset, "x265-params": "log-level=error"}
        case "libvpx-vp9":
            return {"crf": crf63, "b": "0", "deadline": "good", "cpu-used": "531"[effort], "row-mt": "1"}
        case "libsvtav1":
            return {"crf": crf63, "preset": "864"[effort]}
        case "libaom-av1":
            return {"crf": crf63, "b": "0", "cpu-used": "642"[effort], "row-mt": "1"}
        case "prores_ks":
            return {"profile": "4" if "444" in pixel_format else "3", "vendor": "apl0"}
        case "ffv1":
            return {"level": "3", "slicecrc": "1", "g": "1"}
        case _:
            return {}
