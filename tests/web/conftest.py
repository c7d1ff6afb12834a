"""A workshop with a folder of its own, and a client that speaks to the application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import until, upload
from scene import make_scene
from starlette.testclient import TestClient
from waiting import compute_on_one_thread

from stranet.web.app import make_app
from stranet.web.options import AppOptions, Limits
from stranet.web.store import Store
from stranet.web.work import Workshop


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scene(tmp_path_factory.mktemp("scene") / "Rolling disc.mp4")


@pytest.fixture
def limits() -> Limits:
    return Limits(max_megabytes=2, max_minutes=0.1, max_videos=3, max_waiting=2)


@pytest.fixture
def workshop(tmp_path: Path, limits: Limits) -> Iterator[Workshop]:
    store = Store(tmp_path / "app", keep_seconds=limits.keep_hours * 3600, max_videos=limits.max_videos)
    with Workshop(store, limits) as opened:
        compute_on_one_thread(opened)
        yield opened


@pytest.fixture
def client(workshop: Workshop) -> Iterator[TestClient]:
    with TestClient(make_app(workshop, AppOptions()), base_url="http://127.0.0.1:8765") as opened:
        yield opened


@pytest.fixture
def opened(client: TestClient, scene: Path) -> str:
    """The address of a video that has been read."""
    path = f"/api/videos/{upload(client, scene)['name']}"
    until(client, path, lambda state: state["strip"]["complete"])
    return path
