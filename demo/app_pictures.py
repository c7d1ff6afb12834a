"""Make the pictures of the README's section on the page: a person removes the bunny, and the clicks are counted.

Needs the packages of the tests and a Chromium. The clip is that of run.py: "Big Buck Bunny", (c) 2008 Blender
Foundation, www.bigbuckbunny.org, CC-BY 3.0.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright
from run import find_clip

from stranet.cli.program import give_back_memory, set_up_process
from stranet.web.options import AppOptions, Limits
from stranet.web.server import page

OUT = Path(__file__).parents[1] / "docs" / "images"
VIEW = {"width": 1360, "height": 850}
MARKED, LOOKED_AT = 75, 110
"""Frames on which the bunny is marked, and on which the result is looked at."""
BOX = (150, 55, 640, 640)
"""Around the bunny on frame `MARKED`: left, top, right, bottom, in pixels of the clip."""
STONES = (200, 520), (245, 410)
"""Stones in that box that look like the bunny, and are to stay."""
SIZE = (1280, 720)
WIDE = 1000
"""Columns of a picture."""
HOUR = 3_600_000


class Visitor:
    """Somebody who uses the page and counts."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.clicks = 0
        tab.set_default_timeout(HOUR)

    def click(self, selector: str) -> None:
        self.tab.locator(selector).click()
        self.clicks += 1

    def seek(self, frame: int) -> None:
        self.tab.locator("#seek").fill(str(frame))
        self.tab.locator(f'#stage[data-frame="{frame}"]').wait_for()
        self.clicks += 1

    def draw_box(self) -> None:
        self.tab.mouse.move(*self.on_stage(*BOX[:2]))
        self.tab.mouse.down()
        self.tab.mouse.move(*self.on_stage(*BOX[2:]), steps=6)
        self.tab.mouse.up()
        self.clicks += 1

    def click_picture(self, x: float, y: float) -> None:
        self.tab.mouse.click(*self.on_stage(x, y))
        self.clicks += 1

    def on_stage(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the clip is on the page."""
        stage = self.tab.locator("#stage").bounding_box()
        if stage is None:
            raise SystemExit("the picture is not on the page")
        return stage["x"] + x / SIZE[0] * stage["width"], stage["y"] + y / SIZE[1] * stage["height"]

    def picture(self, name: str, pause: float = 3.0) -> None:
        self.tab.wait_for_timeout(1000 * pause)
        shot = cv2.imdecode(np.frombuffer(self.tab.screenshot(), np.uint8), cv2.IMREAD_COLOR)
        if shot is None:
            raise SystemExit("the browser gave no picture")
        small = cv2.resize(shot, (WIDE, round(WIDE * shot.shape[0] / shot.shape[1])), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(OUT / f"app-{name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 85])


@contextmanager
def served() -> Iterator[str]:
    """The page's address."""
    with (
        tempfile.TemporaryDirectory() as folder,
        page(AppOptions(port=0, folder=Path(folder)), Limits(), give_back_memory) as ready,
    ):
        thread = threading.Thread(target=ready.run)
        thread.start()
        try:
            yield ready.address
        finally:
            ready.server.should_exit = True
            thread.join()


def main() -> int:
    set_up_process()
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is not installed")
    with served() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        visitor = Visitor(browser.new_page(viewport=VIEW))  # type: ignore[arg-type]
        use(visitor, address)
        browser.close()
    print(f"clicks, from the empty page to the download: {visitor.clicks}")
    return 0


def use(visitor: Visitor, address: str) -> None:
    """Everything, from the empty page to the download."""
    tab = visitor.tab
    tab.goto(address)
    with tab.expect_file_chooser() as chooser:
        visitor.click("#choose")
    chooser.value.set_files(find_clip())
    tab.locator("#stage-hint", has_text="Draw a box").wait_for()
    visitor.seek(MARKED)
    visitor.draw_box()
    tab.locator("#stage[data-hole=outline]").wait_for()
    visitor.click("#tools label:has(input[value=not])")
    for stone in STONES:
        visitor.click_picture(*stone)
    visitor.picture("mark")
    visitor.click("#track")
    tab.locator("#stage-hint", has_text="Followed").wait_for()
    visitor.seek(LOOKED_AT)
    visitor.picture("follow")
    visitor.click("#run")
    tab.locator("#job-text", has_text="filling in, 20 of").wait_for()
    visitor.picture("remove", 0)
    tab.locator("#job").wait_for(state="hidden")
    tab.locator("#split").fill("340")
    visitor.picture("compare")
    with tab.expect_download():
        visitor.click("#download")


if __name__ == "__main__":
    sys.exit(main())
