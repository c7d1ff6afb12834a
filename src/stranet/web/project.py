"""One opened video in the app's folder: its files, what is known about it, what was marked, what was made from it."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from stranet.errors import OpenError
from stranet.report import write_text
from stranet.types import Size
from stranet.web.marks import Extras, Mark

STATE_FILE = "project.json"
TOUCH_EVERY = 60
"""Seconds between two notes on disk that a video is still in use."""


@dataclass(frozen=True)
class Facts:
    """What the page must know about a video."""

    name: str
    """File name on the user's machine; for showing only."""
    width: int
    """Pixels of the upright picture."""
    height: int
    stretch: float
    """Width over height of a pixel of the upright picture, as it is shown."""
    rate: float
    """Frames per second, on average."""
    expected: int | None
    """Frames, as far as the file says."""
    seconds: float | None
    """Length, as far as the file says."""
    sound: bool
    suffix: str
    """Of results: one of those that we write."""


@dataclass(frozen=True)
class Made:
    """A version of something that was made from the video: the strip, the tracked mask, a preview or the result."""

    version: int
    """Rises with every new one, over all kinds."""
    suffix: str = ""
    """Of its video file; "" when it has none of its own."""
    frames: int = 0
    """Frames in its strip so far."""
    total: int = 0
    """Frames that its strip will have."""
    start: int = 0
    """The frame of the video that is its first."""
    complete: bool = False
    """Its strip is complete."""
    revision: int = 0
    """`Project.revision` of the marks that it was made from."""
    unsure: tuple[tuple[int, int], ...] = ()
    """Of a mask: frames [first, stop) where it should be looked at."""


class Marked(NamedTuple):
    """All that is marked, at one moment."""

    revision: int
    marks: tuple[Mark, ...]
    extras: Extras


@dataclass
class Project:
    """An opened video. Fields are changed under `lock` only."""

    folder: Path
    facts: Facts
    marks: tuple[Mark, ...] = ()
    extras: Extras = field(default_factory=Extras)
    revision: int = 0
    """Counts the changes of marks and extras."""
    versions: int = 0
    """Highest version given so far."""
    strip: Made = field(default_factory=lambda: Made(0))
    mask: Made | None = None
    preview: Made | None = None
    result: Made | None = None
    used: float = field(default_factory=time.time)
    """When it was used last, seconds since the epoch."""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _touched: float = 0.0

    @property
    def name(self) -> str:
        """Its random name, which only those know to whom it was given."""
        return self.folder.name

    @property
    def source(self) -> Path:
        """The uploaded file."""
        return self.folder / "source"

    @property
    def size(self) -> Size:
        """Of the upright picture."""
        return Size(self.facts.width, self.facts.height)

    @property
    def marked(self) -> Marked:
        """All that is marked now."""
        with self.lock:
            return Marked(self.revision, self.marks, self.extras)

    @property
    def times_file(self) -> Path:
        """Times of the frames, seconds from the first; written when the strip is complete."""
        return self.folder / "times.json"

    def strip_folder(self, kind: str, made: Made) -> Path:
        """Where the strip of a version lies."""
        return self.folder / f"{kind}-{made.version}"

    def video_file(self, kind: str, made: Made) -> Path:
        """Where the video of a version lies."""
        return self.folder / f"{kind}-{made.version}{made.suffix}" if made.suffix else self.source

    def next_version(self) -> int:
        """A number for something new."""
        with self.lock:
            self.versions += 1
            return self.versions

    def mark(self, marks: tuple[Mark, ...], extras: Extras) -> None:
        """Replace all that is marked."""
        with self.lock:
            if (marks, extras) != (self.marks, self.extras):
                self.marks, self.extras, self.revision = marks, extras, self.revision + 1
                self.save()

    def update(self, kind: str, version: int, **changes: Any) -> None:
        """Change what is known about a version, unless another one has taken its place."""
        with self.lock:
            made: Made | None = getattr(self, kind)
            if made is not None and made.version == version:
                setattr(self, kind, replace(made, **changes))

    def times(self) -> list[float]:
        """Times of all frames, seconds from the first.

        Raises:
            OpenError: they are not known yet.
        """
        if not self.times_file.exists():
            raise OpenError("the video is still being read; try again in a moment")
        return json.loads(self.times_file.read_text("utf-8"))

    def keep_times(self, times: list[float]) -> None:
        """Write down the times of all frames, seconds from the first."""
        write_text(self.times_file, json.dumps(times))

    def last_used(self) -> float:
        """When it was used last, seconds since the epoch; another server may share the folder."""
        file = self.folder / STATE_FILE
        return max(self.used, file.stat().st_mtime if file.exists() else 0.0)

    def touch(self) -> None:
        """Note that it is in use."""
        self.used = time.time()
        if self.used - self._touched > TOUCH_EVERY:
            self._touched = self.used
            (self.folder / STATE_FILE).touch()

    def save(self) -> None:
        """Write everything down, so that it outlives the server."""
        with self.lock:
            kept = {
                "facts": asdict(self.facts),
                "marks": [mark.to_json() for mark in self.marks],
                "extras": asdict(self.extras),
                "revision": self.revision,
                "versions": self.versions,
                **{kind: _made_json(getattr(self, kind)) for kind in ("strip", "mask", "preview", "result")},
            }
            write_text(self.folder / STATE_FILE, json.dumps(kept))

    @classmethod
    def load(cls, folder: Path) -> Project:
        """Read what `save` wrote.

        Raises:
            OSError, ValueError, KeyError, TypeError: there is nothing usable.
        """
        file = folder / STATE_FILE
        kept = json.loads(file.read_text("utf-8"))
        facts = Facts(**kept["facts"])
        made = {kind: _made(kept[kind]) for kind in ("strip", "mask", "preview", "result")}
        return cls(
            folder,
            facts,
            tuple(Mark.parse(mark) for mark in kept["marks"]),
            Extras.parse(kept["extras"]),
            int(kept["revision"]),
            int(kept["versions"]),
            made["strip"] or Made(0),
            made["mask"],
            made["preview"],
            made["result"],
            used=file.stat().st_mtime,
        )


def _made_json(made: Made | None) -> dict[str, Any] | None:
    return None if made is None else asdict(made)


def _made(kept: dict[str, Any] | None) -> Made | None:
    if kept is None:
        return None
    made = Made(**kept)
    return replace(made, unsure=tuple((int(first), int(stop)) for first, stop in made.unsure))
