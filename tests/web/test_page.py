"""The page in a real browser: from an upload to the download, and what may come in between."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest
from scene import FRAMES, STICKER, WIDTH, middle
from tab import Tab, red, tinted
from waiting import compute_on_one_thread, wait

from browser import browser  # noqa: F401 - a fixture
from stranet.web.options import AppOptions, Limits
from stranet.web.server import Served, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NewTab = Callable[..., Tab]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The real server, in a thread of its own."""
    options = AppOptions(port=0, folder=tmp_path / "app")
    with page(options, Limits(max_megabytes=5)) as ready:
        thread = threading.Thread(target=ready.run, name="StraNetServer")
        thread.start()
        compute_on_one_thread(ready.workshop)
        try:
            yield ready
        finally:
            ready.server.should_exit = True
            thread.join()


@pytest.fixture
def new_tab(browser: Browser, served: Served) -> Iterator[NewTab]:  # noqa: F811
    """Opens tabs; at the end none of them may have met a fault."""
    tabs: list[Tab] = []

    def make(**how: object) -> Tab:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True, **how)  # type: ignore[arg-type]
        tabs.append(Tab(context.new_page(), served.address))
        return tabs[-1]

    yield make
    for tab in tabs:
        tab.page.context.close()
    assert [fault for tab in tabs for fault in tab.faults] == []


def test_from_upload_to_download_in_under_a_dozen_clicks(new_tab: NewTab, scene: Path, tmp_path: Path) -> None:
    tab = new_tab()
    tab.open(scene)
    tab.box(0)
    tab.page.locator("#stage[data-hole=outline]").wait_for()
    tab.until(lambda picture: tinted(picture, 0))  # what the box means is shown before anything is followed

    tab.follow()
    tab.seek(10)
    tab.until(lambda picture: tinted(picture, 10))

    tab.page.locator("#preview-seconds").select_option("1")
    tab.seek(4)
    tab.click("#preview")
    tab.idle()
    tab.page.locator("#compare").wait_for()
    assert tab.page.locator("#seek").input_value() == "4", "the preview begins where one was"

    tab.click("#run")
    tab.idle()
    tab.seek(8)
    tab.split(1)
    tab.until(lambda picture: red(picture, 8) > 60)  # before
    tab.split(0)
    tab.until(lambda picture: red(picture, 8) < 30)  # after
    tab.split(middle(8)[0] / WIDTH)
    tab.until(lambda picture: 30 < red(picture, 8) < 60)  # a half of each

    with tab.page.expect_download() as download:
        tab.click("#download")
    assert download.value.suggested_filename == "Rolling disc_removed.mp4"
    download.value.save_as(saved := tmp_path / "saved.mp4")
    with av.open(str(saved)) as result, av.open(str(scene)) as source:
        assert [packets(file) for file in (result,)] == [packets(source)]
    with av.open(str(saved)) as result:
        pictures = [frame.to_ndarray(format="rgb24").astype(int) for frame in result.decode(video=0)]
    assert len(pictures) == FRAMES
    assert all(red(picture, frame) < 40 for frame, picture in enumerate(pictures))
    assert tab.clicks < 12, f"it took {tab.clicks} clicks"


def packets(file: av.container.InputContainer) -> list[bytes]:
    """The sound of a file."""
    return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def test_a_correction(new_tab: NewTab, scene: Path) -> None:
    tab = new_tab()
    tab.open(scene)
    tab.page.mouse.move(*tab.at(STICKER[1].start - 6, STICKER[0].start - 6))  # the wrong thing
    tab.page.mouse.down()
    tab.page.mouse.move(*tab.at(STICKER[1].stop + 6, STICKER[0].stop + 6))
    tab.page.mouse.up()
    tab.follow()
    assert tab.page.locator("#track-text").inner_text().startswith(f"Followed through {FRAMES} frames")
    tab.seek(9)
    tab.page.keyboard.press("Control+z")
    tab.page.locator("#marks-text", has_text="Nothing marked yet").wait_for()
    tab.page.locator("#run:disabled").wait_for()  # what was followed is not what is marked
    tab.box(9)
    tab.page.locator("#track-text", has_text="The marks have changed").wait_for()
    tab.follow()
    for frame in (9, 3):
        tab.seek(frame)
        tab.until(lambda picture, frame=frame: tinted(picture, frame))
    tab.page.locator("#run:enabled").wait_for()


def test_a_cancel(new_tab: NewTab, scene: Path, served: Served) -> None:
    tab = new_tab()
    tab.open(scene)
    tab.box(0)
    tab.follow()
    tab.click("#run")
    tab.page.locator("#job-text", has_text="filling in").wait_for()
    tab.click("#job-cancel")
    tab.idle()
    tab.page.locator("#download[aria-disabled=true]").wait_for()
    assert tab.page.locator("#notice").is_hidden()
    (project,) = served.workshop.store.all()
    assert not list(project.folder.glob("*result*"))
    tab.page.locator("#run:enabled").wait_for()  # and it can be begun again


def test_what_is_no_video(new_tab: NewTab, scene: Path, tmp_path: Path, served: Served) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear reader, " * 1000)
    tab = new_tab()
    for file, reason in (
        (letter, "This file is not a video that can be read here"),
        (large(tmp_path), "larger than 5 MB"),
    ):
        tab.page.locator("#file").set_input_files(file)
        tab.page.locator("#notice-text", has_text=reason).wait_for()
        assert tab.page.locator("#choose").is_visible(), "another one can be chosen"
    assert list(served.workshop.store.folder.iterdir()) == []
    tab.forgive("400 (Bad Request)")
    tab.open(scene)
    assert tab.page.locator("#notice").is_hidden()


def large(folder: Path) -> Path:
    file = folder / "large.mp4"
    with file.open("wb") as output:
        output.truncate(5_000_001)
    return file


def test_two_tabs_at_once(new_tab: NewTab, scene: Path) -> None:
    one, other = new_tab(), new_tab()
    for tab in (one, other):
        tab.open(scene)
        tab.box(0)
        tab.follow()
    assert one.page.url != other.page.url
    one.click("#run")
    one.page.locator("#job-title", has_text="Removing it").wait_for()
    other.click("#run")
    other.page.locator("#job-title", has_text="Waiting in the queue").wait_for()
    assert other.page.locator("#job-text").inner_text() == "1 job is ahead"
    assert other.page.locator("#queue").inner_text() == "1 job running, 1 waiting"
    for tab in (one, other):
        tab.idle()
        tab.page.locator("#download[aria-disabled=false]").wait_for()


def test_a_page_that_is_loaded_again_goes_on(new_tab: NewTab, scene: Path) -> None:
    tab = new_tab()
    tab.open(scene)
    tab.box(0)
    tab.follow()
    tab.page.reload()
    tab.page.locator("#marks-text", has_text="1 mark on 1 frame").wait_for()
    tab.page.locator("#run:enabled").wait_for()
    tab.click("#close")
    tab.page.locator("#choose").wait_for()
    assert "#" not in tab.page.url
    tab.page.goto(f"{tab.address}#video-00000000000000000000000000000000")
    tab.page.locator("#notice-text", has_text="is not here any more; open it again").wait_for()
    tab.forgive("404 (Not Found)")


def test_the_keyboard_alone(new_tab: NewTab, scene: Path) -> None:
    tab = new_tab()
    tab.open(scene)
    keys = tab.page.keyboard
    tab.page.locator("#stage").focus()
    keys.press("Enter")  # the first corner is the middle of the picture
    for key, times in (("ArrowRight", 6), ("ArrowDown", 4)):
        for _ in range(times):
            keys.press(key)
    keys.press("Enter")
    tab.page.locator("#marks-text", has_text="1 mark on 1 frame").wait_for()
    keys.press(".")
    tab.page.locator('#stage[data-frame="1"]').wait_for()
    keys.press("p")
    assert tab.page.locator("#tools :checked").input_value() == "point"
    keys.press("Enter")
    tab.page.locator("#marks-text", has_text="2 marks on 2 frames").wait_for()
    keys.press("Control+z")
    tab.page.locator("#marks-text", has_text="1 mark on 1 frame").wait_for()
    keys.press(" ")
    tab.page.locator("#play[aria-label=Pause]").wait_for()
    wait(lambda: (tab.page.locator("#stage").get_attribute("data-frame") or "0") not in ("0", "1"))


def test_fingers(new_tab: NewTab, scene: Path, served: Served) -> None:
    tab = new_tab(has_touch=True, is_mobile=True, color_scheme="dark")
    tab.page.set_viewport_size({"width": 390, "height": 800})
    tab.open(scene)
    tab.page.locator("#tools label", has_text=re.compile("^On it$")).tap()
    tab.page.locator("#stage").scroll_into_view_if_needed()
    tab.page.touchscreen.tap(*tab.at(*middle(0)))
    tab.page.locator("#marks-text", has_text="1 mark on 1 frame").wait_for()
    tab.page.locator("#tools label", has_text=re.compile("^Brush$")).tap()
    tab.page.locator("#stage").scroll_into_view_if_needed()
    draw_with_finger(tab, middle(0), (middle(0)[0] + 8, middle(0)[1]))
    tab.page.locator("#marks-text", has_text="2 marks on 1 frame").wait_for()
    (project,) = served.workshop.store.all()
    point, stroke = project.marks
    assert point.points[0] == pytest.approx(middle(0), abs=1.5)
    assert (stroke.kind, stroke.remove) == ("stroke", True)
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out to the side"


def draw_with_finger(tab: Tab, start: tuple[float, float], end: tuple[float, float]) -> None:
    session = tab.page.context.new_cdp_session(tab.page)
    places = [tab.at(*start), tab.at(*end)]
    for kind, (x, y) in zip(("touchStart", "touchMove"), places, strict=True):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
