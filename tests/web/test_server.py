"""Binding, saying where the page is, and ending."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from scene import FRAMES

from stranet.errors import ConfigError
from stranet.web.options import AppOptions, Limits, default_folder
from stranet.web.server import page

CODE = "import sys; from stranet.cli.main import main; sys.exit(main(sys.argv[1:]))"


def start(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CODE, "app", "--port", "0", "--folder", str(tmp_path / "app"), *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    program = start(tmp_path)
    assert program.stderr is not None
    try:
        line = program.stderr.readline()
        found = re.fullmatch(r"stranet: open (http://127\.0\.0\.1:\d+/) in a browser; Ctrl-C ends it\n", line)
        assert found, line
        with urllib.request.urlopen(found[1], timeout=20) as answer:
            assert b"Choose a video" in answer.read()
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == 0
        assert program.stderr.read() == "stranet: ended\n"
    finally:
        program.kill()
        program.communicate()


def test_everyone_in_the_network_is_warned_of(tmp_path: Path) -> None:
    program = start(tmp_path, "--host", "0.0.0.0")
    assert program.stderr is not None
    try:
        assert program.stderr.readline().startswith("stranet: open http://127.0.0.1:")
        assert program.stderr.readline() == (
            "stranet: warning: everyone who reaches 0.0.0.0 can use this page; there is no password\n"
        )
    finally:
        program.kill()
        program.communicate()


def test_only_this_machine_can_reach_it_by_default(tmp_path: Path) -> None:
    with page(AppOptions(port=0, folder=tmp_path / "app"), Limits()) as served:
        assert served.port.getsockname()[0] == "127.0.0.1"
        assert served.address == f"http://127.0.0.1:{served.port.getsockname()[1]}/"


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=f"port {port} is in use; choose another one with --port"),
            page(AppOptions(port=port, folder=tmp_path / "app"), Limits()),
        ):
            pass
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("StraNet")]


@pytest.mark.parametrize("host", ["no such host", "203.0.113.7"])
def test_an_address_that_is_not_ours_is_told(tmp_path: Path, host: str) -> None:
    with (
        pytest.raises(ConfigError, match=f"host {host}: there is no such address|cannot listen on {host}"),
        page(AppOptions(host=host, port=0, folder=tmp_path / "app"), Limits()),
    ):
        pass


def test_ipv6_is_an_address_too(tmp_path: Path) -> None:
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    options = AppOptions(host="::1", port=0, folder=tmp_path / "app")
    assert options.loopback
    with page(options, Limits()) as served:
        assert served.address == f"http://[::1]:{served.port.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("localhost", True), ("0.0.0.0", False), ("studio", False)],
)
def test_what_is_this_machine_alone(host: str, loopback: bool) -> None:
    assert AppOptions(host=host).loopback == loopback


def test_the_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert default_folder() == Path("/caches/stranet-app")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache" / "stranet-app"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_folder() == Path.home() / "Library" / "Caches" / "stranet-app"


@pytest.mark.parametrize(
    ("what", "values", "reason"),
    [
        (AppOptions, {"port": 70_000}, "port is 70000, but must lie between 0 and 65535"),
        (Limits, {"max_minutes": 0}, "max_minutes is 0, but must be above 0"),
        (Limits, {"keep_hours": float("nan")}, "keep_hours is nan"),
        (Limits, {"max_megabytes": -1}, "max_megabytes is -1"),
    ],
)
def test_options_that_cannot_work(what: type, values: dict[str, float], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        what(**values)


def test_a_video_survives_the_server(tmp_path: Path, scene: Path) -> None:
    """Opened in one run, read in the next: the first one ended before it had begun to read."""
    from waiting import wait

    from stranet.web.project import Project
    from stranet.web.store import Store
    from stranet.web.uploads import admit

    store = Store(tmp_path / "app", keep_seconds=1000, max_videos=2)
    folder = store.new_folder()
    (folder / "source").write_bytes(scene.read_bytes())
    store.add(Project(folder, admit(folder / "source", "a.mp4", Limits())))
    with page(AppOptions(port=0, folder=tmp_path / "app"), Limits()) as served:
        (project,) = served.workshop.store.all()
        wait(lambda: project.strip.complete)
        pictures = list(project.strip_folder("strip", project.strip).iterdir())
        assert len(project.times()) == project.strip.frames == len(pictures) == FRAMES
