"""Marks of objects as words of the command line.

``[NAME:]x,y,w,h[@TIME]`` is a box, ``[NAME:]x,y[@TIME]`` a point and ``[NAME:]FILE[@TIME]`` a mask.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import UseAppendAction, arg

from stranet.errors import ConfigError, HoleError

if TYPE_CHECKING:
    from stranet.tracking.prompts import Prompt

_NAME = re.compile(r"([A-Za-z0-9_-]+):(?=.)")
_FRAME = re.compile(r"#(\d+)")


@dataclass(frozen=True)
class MarkOptions:
    """What is marked in the video, for tracking. Coordinates are pixels of the upright picture. TIME is seconds,
    h:mm:ss or #FRAME; left out, it is the first frame. NAME says which object is meant, where there are several."""

    box: Annotated[tuple[str, ...], UseAppendAction, arg(metavar="x,y,w,h")] = ()
    """[NAME:]x,y,w,h[@TIME] around an object. Several without a name at one time are several objects."""
    point: Annotated[tuple[str, ...], UseAppendAction, arg(metavar="x,y")] = ()
    """[NAME:]x,y[@TIME] on an object; with a box or on a later frame it corrects."""
    not_point: Annotated[tuple[str, ...], UseAppendAction, arg(metavar="x,y")] = ()
    """[NAME:]x,y[@TIME] beside the object."""

    def given(self) -> bool:
        """True when anything is marked."""
        return bool(self.box or self.point or self.not_point)


def read_marks(options: MarkOptions, masks: Sequence[str] = ()) -> list[Prompt]:
    """Prompts from words.

    Args:
        options: boxes and points.
        masks: ``[NAME:]FILE[@TIME]``, image files that mark an object exactly.

    Raises:
        ConfigError: a word is not understood.
        HoleError: a mark cannot be used.
        OpenError: an image cannot be read.
    """
    from stranet.tracking.prompts import Prompt
    from stranet.video.marked import read_mask

    prompts: list[Prompt] = []
    unnamed: Counter[str] = Counter()

    def add(flag: str, word: str, name: str | None, when: dict[str, Any], **marks: Any) -> None:
        if name is None and flag in ("--box", "--mask"):
            unnamed[flag + str(when)] += 1
            name = str(unnamed[flag + str(when)])
        try:
            prompts.append(Prompt(object=name or "1", **when, **marks))
        except HoleError as error:
            raise ConfigError(f"{flag} {word}: {str(error).removeprefix('prompt: ')}") from None

    for flag, words, count in (
        ("--box", options.box, 4),
        ("--point", options.point, 2),
        ("--not-point", options.not_point, 2),
    ):
        for word in words:
            name, text, when = _parts(flag, word)
            numbers = _numbers(flag, word, text, count)
            key = {"--box": "box", "--point": "points", "--not-point": "not_points"}[flag]
            add(flag, word, name, when, **{key: numbers if flag == "--box" else (numbers,)})
    for word in masks:
        name, text, when = (None, word, {}) if Path(word).exists() else _parts("--mask", word)
        add("--mask", word, name, when, mask=read_mask(Path(text)))
    return prompts


def _parts(flag: str, word: str) -> tuple[str | None, str, dict[str, Any]]:
    """Name, what lies between, and when."""
    text, at, time = word.rpartition("@")
    if not at:
        text, time = word, ""
    found = _NAME.match(text)
    name = found[1] if found else None
    text = text[found.end() :] if found else text
    if at and not time:
        raise ConfigError(f"{flag} {word}: a time must follow @, such as @1.5, @0:01.5 or @#36")
    if frame := _FRAME.fullmatch(time):
        return name, text, {"frame": int(frame[1])}
    return name, text, {"time": time} if time else {}


def _numbers(flag: str, word: str, text: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        form = "x,y,w,h" if count == 4 else "x,y"
        raise ConfigError(f"{flag} {word}: expected [NAME:]{form}[@TIME]")
    return numbers
