"""The page in a real browser, driven like by a person who counts the clicks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scene import AROUND, HEIGHT, WIDTH, disc, middle
from waiting import wait

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Tab:
    """One tab. Everything that goes wrong in it, or is asked from elsewhere, is noted."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.clicks = 0
        self.faults: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("request", self._asked)
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(address)

    def _asked(self, request: object) -> None:
        url = getattr(request, "url", "")
        if not url.startswith((self.address, "blob:")):
            self.faults.append(f"asked from elsewhere: {url}")

    def forgive(self, text: str) -> None:
        """The browser notes refusals of the server as errors; those that a test asks for are none."""
        self.faults = [fault for fault in self.faults if text not in fault]

    def click(self, selector: str) -> None:
        self.page.locator(selector).click()
        self.clicks += 1

    def open(self, file: Path) -> None:
        """Choose a video, and wait until it has been read."""
        with self.page.expect_file_chooser() as chooser:
            self.click("#choose")
        chooser.value.set_files(file)
        self.page.locator("#work").wait_for()
        self.hint("Draw a box")

    def hint(self, text: str) -> None:
        """Wait for what is said above the picture."""
        assert self.faults == []
        self.page.locator("#stage-hint", has_text=text).wait_for()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the video is on the page."""
        box = self.page.locator("#stage").bounding_box()
        assert box is not None
        return box["x"] + x / WIDTH * box["width"], box["y"] + y / HEIGHT * box["height"]

    def box(self, frame: int, margin: int = AROUND) -> None:
        """Draw a box around the disc where it is in a frame."""
        x, y = middle(frame)
        self.page.mouse.move(*self.at(x - margin, y - margin))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(x + margin, y + margin), steps=4)
        self.page.mouse.up()
        self.clicks += 1

    def seek(self, frame: int) -> None:
        self.page.locator("#seek").fill(str(frame))
        self.page.locator(f'#stage[data-frame="{frame}"]').wait_for()

    def split(self, share: float) -> None:
        """Move the slider between before and after."""
        self.page.locator("#split").fill(str(round(1000 * share)))

    def idle(self) -> None:
        """Wait until no job is there any more."""
        self.page.locator("#job").wait_for(state="hidden")

    def follow(self) -> None:
        self.page.locator("#stage-hint").evaluate("hint => (hint.textContent = '')")  # it may be of the last time
        self.click("#track")
        self.hint("Followed")

    def seen(self) -> np.ndarray:
        """(H, W, 3) RGB: the picture as it is on the screen, at the size of the video."""
        png = self.page.locator("#stage").screenshot()
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        small = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return small[..., ::-1].astype(int)

    def until(self, condition: object, seconds: float = 30) -> None:
        """Wait for something that is seen; pictures come a little later than what is said about them."""
        assert callable(condition)
        wait(lambda: condition(self.seen()), seconds)


def red(picture: np.ndarray, frame: int) -> float:
    """How much redder than its other colours the place of the disc is."""
    inside = picture[disc(frame)]
    return float((inside[:, 0] - inside[:, 1:].mean(axis=1)).mean())


def tinted(picture: np.ndarray, frame: int) -> bool:
    """True when the disc has the colour of a mask over it: green and blue rise, red falls."""
    return red(picture, frame) < 70 and picture[disc(frame)][:, 1].mean() > 80
