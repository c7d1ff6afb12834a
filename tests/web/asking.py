"""Asking the application for what the page asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
from scene import AROUND, middle
from starlette.testclient import TestClient
from waiting import wait

State = dict[str, Any]
NO_EXTRAS = {"shadow": False, "overlay": False}


def box(frame: int, thing: int = 0) -> State:
    """A mark around the disc."""
    x, y = middle(frame)
    points = [[x - AROUND, y - AROUND], [x + AROUND, y + AROUND]]
    return {"kind": "box", "frame": frame, "thing": thing, "remove": True, "points": points, "radius": 0}


def upload(client: TestClient, file: Path) -> State:
    answer = client.post("/api/videos", content=file.read_bytes(), headers={"X-File-Name": quote(file.name)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def until(client: TestClient, path: str, condition: Callable[[State], object]) -> State:
    state: State = {}

    def met() -> object:
        nonlocal state
        state = client.get(path).json()
        return condition(state)

    wait(met)
    return state


def do(client: TestClient, path: str, **job: Any) -> State:
    """Do a job and wait for it."""
    answer = client.post(f"{path}/jobs", json=job)
    assert answer.status_code == 202, answer.text
    name = answer.json()["job"]["name"]
    state = until(
        client, path, lambda state: state["job"]["name"] == name and state["job"]["state"] not in ("waiting", "running")
    )
    assert state["job"]["state"] == "done", state["job"]
    return state


def mark(client: TestClient, path: str, *marks: State, **extras: bool) -> State:
    answer = client.put(f"{path}/marks", json={"marks": list(marks), "extras": NO_EXTRAS | extras})
    assert answer.status_code == 200, answer.text
    return answer.json()


def decoded(data: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture
