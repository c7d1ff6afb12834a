"""The folder of the app: every video in a folder of its own with a random name; old ones are deleted.

Nothing outside it is ever written, and inside it only folders that the app made itself are deleted: their names have a
form that nobody chooses by hand.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import threading
import time
from pathlib import Path

from stranet.errors import ConfigError
from stranet.web.project import Project

_NAME = re.compile(r"video-[0-9a-f]{32}")

_log = logging.getLogger(__name__)


class Store:
    """The videos of the app.

    Args:
        folder: made if missing, readable by its owner only.
        keep_seconds: how long a video is kept after its last use.
        max_videos: how many are kept at the same time.

    Raises:
        ConfigError: the folder cannot be used.
    """

    def __init__(self, folder: Path, *, keep_seconds: float, max_videos: int) -> None:
        self.folder = folder.absolute()
        self._keep_seconds, self._max_videos = keep_seconds, max_videos
        self._projects: dict[str, Project] = {}
        self._coming: set[str] = set()
        self._lock = threading.RLock()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.folder / f".{secrets.token_hex(8)}"
            probe.mkdir()
            probe.rmdir()
        except OSError as error:
            raise ConfigError(f"{folder}: cannot be used as the folder of the app ({error.strerror})") from error
        self._load()

    def new_folder(self) -> Path:
        """An empty folder for a video that is about to come.

        Raises:
            ConfigError: there are too many already.
        """
        with self._lock:
            if len(self._projects) + len(self._coming) >= self._max_videos:
                raise ConfigError(
                    f"{self._max_videos} videos are open here, which is the limit; close one, or wait until an old "
                    "one is deleted"
                )
            folder = self.folder / f"video-{secrets.token_hex(16)}"
            folder.mkdir(mode=0o700)
            self._coming.add(folder.name)
            return folder

    def add(self, project: Project) -> None:
        """Keep a video whose folder came from `new_folder`."""
        with self._lock:
            self._coming.discard(project.name)
            self._projects[project.name] = project
            project.save()

    def find(self, name: str) -> Project | None:
        """A video by its name, which counts as use."""
        with self._lock:
            project = self._projects.get(name)
            if project is not None:
                project.touch()
            return project

    def all(self) -> list[Project]:
        """All videos."""
        with self._lock:
            return list(self._projects.values())

    def discard(self, folder: Path) -> None:
        """Delete a video and forget it; nothing of it may be in use."""
        with self._lock:
            if folder.parent != self.folder or not _NAME.fullmatch(folder.name):
                raise ValueError(f"{folder} is not one of ours")
            self._projects.pop(folder.name, None)
            self._coming.discard(folder.name)
        shutil.rmtree(folder, ignore_errors=True)

    def old(self) -> list[Project]:
        """Videos that were not used for too long."""
        with self._lock:
            limit = time.time() - self._keep_seconds
            return [project for project in self._projects.values() if project.last_used() < limit]

    def _load(self) -> None:
        """Take over what an earlier run left; uploads that it did not finish go once they are old."""
        for folder in self.folder.iterdir():
            if folder.is_symlink() or not folder.is_dir() or not _NAME.fullmatch(folder.name):
                continue
            try:
                project = Project.load(folder)
            except (OSError, ValueError, KeyError, TypeError, AttributeError, ConfigError) as error:
                _log.info("%s is incomplete (%r)", folder, error)
                if folder.stat().st_mtime < time.time() - self._keep_seconds:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            self._projects[folder.name] = project
