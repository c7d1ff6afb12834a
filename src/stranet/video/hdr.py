"""HDR10: the display that a video was mastered on and how bright it gets, as the stream states them once."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np

COLOR_UNITS, LIGHT_UNITS = 50_000, 10_000
"""Per 1 of a chromaticity, and per cd/m²: the units of the stream (ITU-T H.265, D.3.28)."""


@dataclass(frozen=True)
class HdrMetadata:
    """HDR10 static metadata; what a file does not state is None."""

    chromaticities: tuple[int, ...] | None = None
    """x and y of red, green, blue and white of the mastering display (CIE 1931), in units of 0.00002."""
    luminance: tuple[int, int] | None = None
    """Its darkest and its brightest, in units of 0.0001 cd/m²."""
    content_light: tuple[int, int] | None = None
    """The brightest pixel and the brightest frame on average, in cd/m² (MaxCLL, MaxFALL)."""


def read_hdr(picture: av.VideoFrame) -> HdrMetadata | None:
    """What the decoder found; None where there is nothing."""
    display = picture.side_data.get("MASTERING_DISPLAY_METADATA")
    light = picture.side_data.get("CONTENT_LIGHT_LEVEL")
    chromaticities = luminance = content_light = None
    if display is not None:
        numbers = np.frombuffer(display, np.int32)  # ten fractions, then whether colours and luminance are stated
        values = numbers[0:20:2] / np.maximum(numbers[1:20:2], 1)
        if numbers[20]:
            chromaticities = tuple(int(value) for value in np.rint(values[:8] * COLOR_UNITS))
        if numbers[21]:
            darkest, brightest = (int(value) for value in np.rint(values[8:] * LIGHT_UNITS))
            luminance = darkest, brightest
    if light is not None:
        brightest_pixel, brightest_frame = (int(value) for value in np.frombuffer(light, np.uint32)[:2])
        if brightest_pixel or brightest_frame:  # zeros stand for "not known"
            content_light = brightest_pixel, brightest_frame
    found = HdrMetadata(chromaticities, luminance, content_light)
    return found if found != HdrMetadata() else None


def hdr_options(encoder: str, hdr: HdrMetadata | None) -> dict[str, str]:
    """Options that make an encoder state the metadata in its stream; none for those whose streams have no place for it
    (VP9, ProRes, FFV1)."""
    if hdr is None or encoder not in _SPELLINGS:
        return {}
    params, display, light, color_units, light_units = _SPELLINGS[encoder]
    stated: list[str] = []
    if hdr.chromaticities is not None and hdr.luminance is not None:
        red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y = (
            f"{value / color_units:.10g}" for value in hdr.chromaticities
        )
        darkest, brightest = (f"{value / light_units:.10g}" for value in hdr.luminance)
        colors = f"G({green_x},{green_y})B({blue_x},{blue_y})R({red_x},{red_y})WP({white_x},{white_y})"
        stated.append(f"{display}={colors}L({brightest},{darkest})")
    if hdr.content_light is not None:
        stated.append(f"{light}={hdr.content_light[0]},{hdr.content_light[1]}")
    return {params: ":".join(stated)} if stated else {}


_SPELLINGS = {
    "libx264": ("x264-params", "mastering-display", "cll", 1, 1),
    "libx265": ("x265-params", "master-display", "max-cll", 1, 1),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light", COLOR_UNITS, LIGHT_UNITS),
}
"""Encoder -> its option, the names of both parts in it, and what 1 in it stands for, in the stream's units."""
