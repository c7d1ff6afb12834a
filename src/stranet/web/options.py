"""Where `stranet app` listens, where it keeps its files, and what it accepts."""

from __future__ import annotations

import ipaddress
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from stranet.errors import ConfigError


@dataclass(frozen=True)
class AppOptions:
    """Where the page is served, and where its files lie."""

    host: str = "127.0.0.1"
    """Address to listen on. Any other than this machine's own lets everyone who reaches it use the page: there is no
    password."""
    port: int = 8765
    """Port to listen on; 0 = any that is free."""
    folder: Path | None = None
    """Folder for uploads and results; default: stranet-app in the user's cache folder."""
    names: tuple[str, ...] = ()
    """Names of this machine under which the page may be opened, besides its addresses and localhost."""
    open: bool = False
    """Open the page in the browser."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"port is {self.port}, but must lie between 0 and 65535")

    @property
    def own_folder(self) -> Path:
        """`folder`, or the default."""
        return self.folder or default_folder()

    @property
    def loopback(self) -> bool:
        """True when only this machine can reach the page."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True)
class Limits:
    """What is accepted, and how long it is kept."""

    max_megabytes: int = 4096
    """Largest upload, in megabytes."""
    max_minutes: float = 10
    """Longest video, in minutes."""
    max_megapixels: float = 9
    """Largest frame, in megapixels; 4K has 8.3."""
    max_videos: int = 20
    """Videos kept at the same time."""
    max_waiting: int = 10
    """Jobs that may wait in the queue."""
    keep_hours: float = 24
    """Hours after its last use until a video is deleted, with all that was made from it."""

    def __post_init__(self) -> None:
        for name in ("max_megabytes", "max_minutes", "max_megapixels", "max_videos", "max_waiting", "keep_hours"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must be above 0")

    @property
    def max_bytes(self) -> int:
        """`max_megabytes` in bytes."""
        return self.max_megabytes * 1_000_000


def default_folder() -> Path:
    """stranet-app in the folder where this system keeps caches of a user."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "stranet-app"
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "stranet-app"
