"""`stranet study build`: a static page on which people rank results without knowing whose they are.

OUT/key.json               which file is whose; stays with whoever runs the study
OUT/page/index.html        what participants get, with page/media/*.webm; works from a disk or any web server
"""

from __future__ import annotations

import json
import random
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from stranet.errors import ConfigError
from stranet.study.clip import write_clip
from stranet.study.page import Task, page_html

FORMAT = 1
"""Of key.json and of the returned votes."""
MOST_METHODS = 6
"""More side by side cannot be compared."""
VIDEO_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".m4v", ".avi")


@dataclass(frozen=True)
class StudyPlan:
    """What is compared."""

    results: Path
    """Folder with METHOD/CLIP in it, images or videos, such as evaluation/864x480."""
    methods: tuple[str, ...]
    """Folders in it, at least two."""
    clips: tuple[str, ...] = ()
    """Clips to use; none = all that every method has."""
    inputs: Path | None = None
    """Folder with CLIP, CLIP/frames or CLIP.mp4: shown above the results, as what went in."""
    rate: int = 12
    """Frames per second at which the clips play."""
    seed: int | None = None
    """Of the names of files, for a study that can be made again; None = chance."""

    def __post_init__(self) -> None:
        if not 2 <= len(self.methods) <= MOST_METHODS or len(set(self.methods)) < len(self.methods):
            raise ConfigError(
                f"methods are {', '.join(self.methods) or 'none'}; name 2 to {MOST_METHODS} different ones to compare"
            )
        if self.rate < 1:
            raise ConfigError(f"rate is {self.rate}, but must be at least 1 frame per second")


def build_study(plan: StudyPlan, out: Path) -> int:
    """Write the page and its key; nothing is left when it fails.

    Returns:
        The number of comparisons.

    Raises:
        ConfigError: A method or clip is missing, or the output is there already.
        VideoError: A clip cannot be read.
    """
    if out.exists():
        raise ConfigError(f"{out} is there already; choose another folder or remove it")
    if not out.absolute().parent.is_dir():
        raise ConfigError(f"{out}: there is no folder {out.parent}; create it first")
    clips = _clips(plan)
    for clip in clips:  # all is looked for before anything is encoded
        for folder in (*(plan.results / method for method in plan.methods), *([plan.inputs] if plan.inputs else [])):
            _require(folder, clip)
    token = _tokens(plan.seed)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        media = partial / "page" / "media"
        media.mkdir(parents=True)
        study, tasks, key = token(), [], {}
        rate = Fraction(plan.rate)
        for clip in clips:
            owners = {token(): method for method in plan.methods}
            for name, method in owners.items():
                write_clip(_require(plan.results / method, clip), media / f"{name}.webm", rate)
            shown = None
            if plan.inputs is not None:
                shown = token()
                write_clip(_require(plan.inputs, clip), media / f"{shown}.webm", rate)
            task = Task(token(), tuple(sorted(owners)), shown)
            tasks.append(task)
            key[task.name] = {"clip": clip, "media": owners}
        (partial / "page" / "index.html").write_text(page_html(study, tasks), encoding="utf-8")
        content = {"format": FORMAT, "study": study, "methods": list(plan.methods), "tasks": key}
        (partial / "key.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        partial.rename(out)
    except OSError as error:
        raise ConfigError(f"{out}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return len(clips)


def _clips(plan: StudyPlan) -> Sequence[str]:
    for method in plan.methods:
        if not (plan.results / method).is_dir():
            there = sorted(path.name for path in plan.results.iterdir()) if plan.results.is_dir() else []
            raise ConfigError(f"{plan.results} has no folder {method}; it has {', '.join(there) or 'nothing'}")
    if plan.clips:
        return plan.clips
    first = sorted(path for path in (plan.results / plan.methods[0]).iterdir() if path.name[0] != ".")
    names = [path.stem if path.is_file() else path.name for path in first if path.is_dir() or _is_video(path)]
    shared = [name for name in names if all(_find(plan.results / method, name) for method in plan.methods)]
    if not shared:
        raise ConfigError(f"no clip in {plan.results} has a result of every method: {', '.join(plan.methods)}")
    return shared


def _require(folder: Path, clip: str) -> Path:
    found = _find(folder, clip)
    if found is None:
        raise ConfigError(f"{folder} has no clip {clip}: neither a folder of images nor a video of that name")
    return found


def _find(folder: Path, clip: str) -> Path | None:
    places = (folder / clip / "frames", folder / clip, *(folder / f"{clip}{suffix}" for suffix in VIDEO_SUFFIXES))
    return next((path for path in places if path.exists()), None)


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES


def _tokens(seed: int | None) -> Callable[[], str]:
    """Names that say nothing."""
    if seed is None:
        return lambda: secrets.token_hex(8)
    chance = random.Random(seed)
    return lambda: f"{chance.getrandbits(64):016x}"
