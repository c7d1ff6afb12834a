"""Make the picture of the README from what `make demo` left: demo/out/before_after.png -> docs/images/demo.jpg."""

from __future__ import annotations

from pathlib import Path

import cv2

HERE = Path(__file__).parent
WIDTH = 1760


def main() -> None:
    strip = cv2.imread(str(HERE / "out" / "before_after.png"))
    if strip is None:
        raise SystemExit("demo/out/before_after.png is missing; run `make demo` first")
    size = (WIDTH, round(strip.shape[0] * WIDTH / strip.shape[1]))
    picture = cv2.resize(strip, size, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(HERE.parent / "docs" / "images" / "demo.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 86])


if __name__ == "__main__":
    main()
