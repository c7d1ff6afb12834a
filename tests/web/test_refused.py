"""What the application refuses, and why it says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import box, do, mark, upload
from scene import FRAMES
from starlette.testclient import TestClient


@pytest.mark.parametrize(
    "path",
    [
        "/api/videos/..%2F..%2Fetc",
        "/api/videos/video-00000000000000000000000000000000",
        "{video}/strip/strip/0/..%2Fsource",
        "{video}/strip/..%2F/0/1",
        "{video}/strip/source/0/1",
        "{video}/strip/strip/1/1",
        "{video}/strip/strip/0/12",
        "{video}/strip/folder/0/1",
        "{video}/strip/mask/0/1",
        "{video}/file/strip/0",
        "{video}/file/result/0",
        "{video}/file/..%2Fsource/0",
        "{video}/jobs/none",
        "/static/../app.py",
        "/..%2Fapp.py",
    ],
)
def test_no_path_from_outside_is_one(client: TestClient, opened: str, path: str) -> None:
    answer = client.get(path.replace("{video}", opened))
    assert answer.status_code in (204, 404, 405), answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"[" * 100_000, b'{"kind": "track", "path": "/etc"}', b"\xff\xfe", b"NaN"]
)
def test_what_is_no_request_is_refused(client: TestClient, opened: str, body: bytes) -> None:
    for method, path in (("PUT", "marks"), ("POST", "jobs")):
        answer = client.request(method, f"{opened}/{path}", content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_too_large_a_request_is_refused(client: TestClient, opened: str) -> None:
    assert client.put(f"{opened}/marks", content=b"[" + b" " * 5_000_000).status_code == 413


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ({"kind": "delete"}, "kind must be one of track, preview, run"),
        ({"kind": "track"}, "nothing is marked"),
        ({"kind": "run"}, "follow the object first"),
        ({"kind": "preview", "seconds": 11}, "at most 10"),
        ({"kind": "preview", "seconds": "1"}, "at most 10"),
        ({"kind": "preview", "frame": -1}, "whole number, 0 or more"),
        ({"kind": "run", "margin": 1.5}, "whole number of pixels"),
        ({"kind": "run", "margin": 201}, "0 to 200"),
        ({"kind": "run", "lossless": "yes"}, "true or false"),
        (["run"], "a job has a kind"),
    ],
)
def test_a_job_that_cannot_be_is_refused(client: TestClient, opened: str, job: object, reason: str) -> None:
    answer = client.post(f"{opened}/jobs", json=job)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]


def test_a_preview_beyond_the_end_is_refused(client: TestClient, opened: str) -> None:
    mark(client, opened, box(0))
    do(client, opened, kind="track")
    answer = client.post(f"{opened}/jobs", json={"kind": "preview", "frame": FRAMES})
    assert answer.json()["error"] == "the preview begins at frame 12, but there are 12"


def test_an_outline_needs_a_mark(client: TestClient, opened: str) -> None:
    for frame in (3, 500):
        answer = client.get(f"{opened}/outline/{frame}")
        assert (answer.status_code, answer.json()["error"]) == (400, "nothing is marked on this frame")


def test_too_many_videos_are_refused(client: TestClient, scene: Path) -> None:
    for _ in range(3):
        upload(client, scene)
    answer = client.post("/api/videos", content=scene.read_bytes())
    assert answer.status_code == 400
    assert "3 videos are open here" in answer.json()["error"]


def test_limits_are_told(client: TestClient) -> None:
    assert client.get("/api/limits").json() == {"megabytes": 2, "minutes": 0.1, "megapixels": 9, "hours": 24}
