"""What the page asks for, without a browser: from an upload to the download."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from asking import box, decoded, do, mark, until, upload
from scene import FRAMES, HEIGHT, WIDTH, disc, draw
from starlette.testclient import TestClient
from waiting import wait

from stranet.errors import HoleError
from stranet.tracking.session import TrackSession
from stranet.video.reader import open_video
from stranet.web.app import STATIC
from stranet.web.jobs import Job
from stranet.web.options import Limits
from stranet.web.uploads import NO_VIDEO, admit
from stranet.web.work import Workshop


def test_the_page_and_its_parts_are_served(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Choose a video" in page.text
    parts = [f"/{file.name}" for file in STATIC.iterdir()]
    assert len(parts) > 8
    for part in parts:
        assert client.get(part.replace("index.html", "")).status_code == 200
    for elsewhere in ("http:", "https:", "//cdn", "@import"):
        for part in parts:
            said = client.get(part.replace("index.html", "")).text.replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert elsewhere not in said, f"{part} loads from elsewhere"


def test_from_upload_to_download(client: TestClient, opened: str, scene: Path) -> None:
    state = client.get(opened).json()
    assert state["video"] | {"seconds": 1} == {
        "name": scene.name, "width": WIDTH, "height": HEIGHT, "stretch": 1, "rate": 20, "expected": FRAMES,
        "seconds": 1, "sound": True, "suffix": ".mp4",
    }  # fmt: skip
    assert state["strip"]["frames"] == FRAMES
    assert client.get(f"{opened}/times").json() == pytest.approx([frame / 20 for frame in range(FRAMES)])
    shown = decoded(client.get(f"{opened}/strip/strip/0/7").content)[..., ::-1]
    assert np.abs(shown.astype(int) - draw(7)).mean() < 6

    assert mark(client, opened, box(0))["revision"] == 1
    outline = decoded(client.get(f"{opened}/outline/0").content)
    assert outline.shape == (HEIGHT, WIDTH, 4)
    assert (outline[..., 3] > 0)[disc(0)].mean() > 0.85

    tracked = do(client, opened, kind="track")["mask"]
    assert (tracked["frames"], tracked["revision"], tracked["complete"]) == (FRAMES, 1, True)
    for frame in (0, 6, FRAMES - 1):
        hole = decoded(client.get(f"{opened}/strip/mask/{tracked['version']}/{frame}").content)[..., 3] > 0
        assert (hole & disc(frame)).sum() / (hole | disc(frame)).sum() > 0.7, frame

    preview = do(client, opened, kind="preview", frame=5, seconds=0.2)["preview"]
    state = until(client, opened, lambda state: state["preview"]["complete"])
    assert (state["preview"]["start"], state["preview"]["frames"]) == (5, 4)
    after = decoded(client.get(f"{opened}/strip/preview/{preview['version']}/0").content)[..., ::-1]
    assert gone(after, 5)

    result = do(client, opened, kind="run")["result"]
    answer = client.get(f"{opened}/file/result/{result['version']}")
    assert answer.headers["content-disposition"].endswith("Rolling%20disc_removed.mp4")
    with av.open(io.BytesIO(answer.content)) as container:
        assert sum(1 for _ in container.decode(video=0)) == FRAMES
    with av.open(io.BytesIO(answer.content)) as container, av.open(str(scene)) as source:
        sounds = [[bytes(packet) for packet in file.demux(audio=0) if packet.size] for file in (container, source)]
    assert sounds[0] == sounds[1]
    part = client.get(f"{opened}/file/result/{result['version']}", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, answer.content[10:20])

    state = until(client, opened, lambda state: state["result"]["complete"])
    assert state["mask"]["file"]
    assert client.get(f"{opened}/file/mask/{tracked['version']}").status_code == 200
    assert gone(decoded(client.get(f"{opened}/strip/result/{result['version']}/8").content)[..., ::-1], 8)


def gone(rgb: np.ndarray, frame: int) -> bool:
    """True when nothing is as red as the disc any more where it was."""
    inside = rgb[disc(frame)].astype(int)
    return (inside[:, 0] - inside[:, 1:].mean(axis=1)).mean() < 60


def test_lossless_results_and_margins(client: TestClient, opened: str, workshop: Workshop) -> None:
    mark(client, opened, box(0))
    do(client, opened, kind="track")
    state = do(client, opened, kind="run", lossless=True, margin=9)
    project = workshop.store.find(state["name"])
    assert project is not None
    assert project.result is not None
    file = project.video_file("result", project.result)
    with open_video(file) as after, open_video(project.source) as before:
        assert after.info.codec == "ffv1"
        changed = [(one.rgb != other.rgb).any(axis=2) for one, other in zip(after, before, strict=True)]
    grown = cv2.dilate(disc(0).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))).astype(bool)
    assert changed[0][grown & ~disc(0)].mean() > 0.5, "the margin reaches at least 7 pixels"
    assert not changed[0][:30].any()


def test_a_correction_makes_a_new_mask_and_the_old_one_goes(
    client: TestClient, opened: str, workshop: Workshop
) -> None:
    mark(client, opened, box(0))
    first = do(client, opened, kind="track")["mask"]
    state = mark(client, opened, box(0), box(9))
    assert state["mask"]["revision"] < state["revision"], "the page can tell that the mask is old"
    answer = client.post(f"{opened}/jobs", json={"kind": "run"})
    assert (answer.status_code, answer.json()["error"]) == (400, "the marks have changed; follow the object first")
    second = do(client, opened, kind="track")["mask"]
    assert second["version"] > first["version"]
    assert second["revision"] == 2
    assert client.get(f"{opened}/strip/mask/{first['version']}/0").status_code == 204, "it is no more"
    project = workshop.store.find(state["name"])
    assert project is not None
    assert sorted(path.name for path in project.folder.iterdir() if path.name.startswith("mask")) == [
        f"mask-{second['version']}"
    ]


def test_a_correction_needs_no_second_reading(client: TestClient, opened: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stages: list[str] = []
    original = Job.step

    def step(job: Job, done: int, total: int | None = None) -> None:
        if job.kind == "track":
            stages.append(job.stage)
        original(job, done, total)

    monkeypatch.setattr(Job, "step", step)
    mark(client, opened, box(0))
    do(client, opened, kind="track")
    assert {"read", "track", "show"} <= set(stages)
    stages.clear()
    mark(client, opened, box(0), box(9))
    do(client, opened, kind="track")
    assert "read" not in stages
    assert "track" in stages


def test_a_job_is_cancelled_and_nothing_is_left_of_it(client: TestClient, opened: str, workshop: Workshop) -> None:
    mark(client, opened, box(0))
    do(client, opened, kind="track")
    job = client.post(f"{opened}/jobs", json={"kind": "run"}).json()["job"]
    until(client, opened, lambda state: state["job"]["stage"] == "remove")
    assert client.delete(f"{opened}/jobs/{job['name']}").status_code == 200
    state = until(client, opened, lambda state: state["job"]["state"] == "cancelled")
    assert state["result"] is None
    project = workshop.store.find(state["name"])
    assert project is not None
    left = [path.name for path in project.folder.iterdir() if "result" in path.name or "partial" in path.name]
    assert left == []
    assert do(client, opened, kind="run")["result"], "and it can be done after all"


def test_two_videos_wait_for_each_other(client: TestClient, scene: Path) -> None:
    paths = [f"/api/videos/{upload(client, scene)['name']}" for _ in range(2)]
    for path in paths:
        until(client, path, lambda state: state["strip"]["complete"])
        mark(client, path, box(0))
    first, second = (client.post(f"{path}/jobs", json={"kind": "track"}).json() for path in paths)
    assert first["name"] != second["name"]
    assert second["job"]["ahead"] == 1
    assert sum(second["queue"].values()) == 2  # the first may not have been taken up yet
    assert client.delete(f"{paths[0]}/jobs/{second['job']['name']}").status_code == 404, "that is not its job"
    done = [until(client, path, lambda state: state["job"]["state"] == "done") for path in paths]
    assert done[0]["job"]["seconds"] > 0
    assert client.get(f"{paths[0]}/strip/mask/{done[1]['mask']['version']}/0").status_code in (200, 204)


def test_what_the_user_can_mend_is_told_by_the_name_that_they_know(
    client: TestClient, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(session: TrackSession, *_: object, **__: object) -> None:
        raise HoleError(f"{session.video}: nothing is found, see {Path(session.video).parent}/mask-1")

    monkeypatch.setattr(TrackSession, "track", fails)
    mark(client, opened, box(0))
    assert client.post(f"{opened}/jobs", json={"kind": "track"}).status_code == 202
    state = until(client, opened, lambda state: state["job"]["state"] not in ("waiting", "running"))
    assert (state["job"]["state"], state["mask"]) == ("failed", None)
    assert state["job"]["error"] == "Rolling disc.mp4: nothing is found, see mask-1"


def test_a_damaged_video_says_so_by_its_own_name(client: TestClient, scene: Path, tmp_path: Path) -> None:
    damaged = bytearray(scene.read_bytes())
    end = damaged.index(b"moov") - 500  # the last frames lie before their index
    damaged[end - 1500 : end] = b"\xff" * 1500
    (tmp_path / "damaged.mp4").write_bytes(damaged)
    path = f"/api/videos/{upload(client, tmp_path / 'damaged.mp4')['name']}"
    state = until(client, path, lambda state: state["unreadable"] or state["strip"]["complete"])
    assert state["unreadable"].startswith("damaged.mp4: damaged after frame")
    assert client.post(f"{path}/jobs", json={"kind": "track"}).status_code == 400


def test_a_video_that_lies_about_its_length_is_found_out(
    client: TestClient, workshop: Workshop, scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stranet.web.app.admit", lambda file, name, limits: admit(file, name, Limits()))
    workshop.limits = Limits(max_minutes=0.5 / 60)
    path = f"/api/videos/{upload(client, scene)['name']}"
    state = until(client, path, lambda state: state["unreadable"])
    assert state["unreadable"] == "Rolling disc.mp4: longer than 0.00833333 minutes, which is the limit here"


def test_what_is_no_video_leaves_nothing(client: TestClient, workshop: Workshop) -> None:
    for content, reason in (
        (b"Dear reader", NO_VIDEO),
        (b"", "the file is empty"),
        (b"x" * 2_000_001, "this file is larger"),
    ):
        answer = client.post("/api/videos", content=content, headers={"X-File-Name": "letter.mp4"})
        assert answer.status_code in (400, 413)
        assert answer.json()["error"].startswith(reason)
    assert list(workshop.store.folder.iterdir()) == []


def test_closing_a_video_deletes_it(client: TestClient, opened: str, workshop: Workshop) -> None:
    mark(client, opened, box(0))
    client.post(f"{opened}/jobs", json={"kind": "track"})
    assert client.delete(opened).status_code == 204
    assert list(workshop.store.folder.iterdir()) == []
    answer = client.get(opened)
    assert (answer.status_code, answer.json()["error"]) == (404, "this video is not here any more; open it again")


def test_old_videos_are_swept_unless_a_job_uses_them(client: TestClient, opened: str, workshop: Workshop) -> None:
    project = workshop.store.all()[0]
    mark(client, opened, box(0))

    def grow_old() -> None:
        project.used = 0
        os.utime(project.folder / "project.json", (0, 0))

    job = workshop.queue.submit(project.name, "run", lambda job: [job.step(0) or time.sleep(0.01) for _ in range(1000)])
    grow_old()
    workshop.sweep()
    assert project.folder.exists()
    workshop.queue.cancel(job)
    wait(lambda: not job.active)
    grow_old()
    workshop.sweep()
    assert not project.folder.exists()
    assert workshop.store.all() == []
