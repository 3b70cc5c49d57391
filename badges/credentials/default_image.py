"""How a badge looks that nobody gave an image."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw

#: Width and height in pixels.
SIZE = 512
#: It is drawn larger and made smaller, which smooths the edges.
_SCALE = 4
_RIBBON, _RIM, _FACE, _STAR = "#1f4e79", "#b7791f", "#f6c453", "#ffffff"
# A star of five points around (256, 206), in pixels of the finished image.
_POINTS = [
    (256, 116), (277, 177), (342, 178), (290, 217), (309, 279),
    (256, 242), (203, 279), (222, 217), (170, 178), (235, 177),
]  # fmt: skip


@lru_cache(maxsize=1)
def default_png() -> bytes:
    """A medal with a star as a PNG, drawn once."""
    large = Image.new("RGBA", (SIZE * _SCALE, SIZE * _SCALE))
    draw = ImageDraw.Draw(large)
    for points in (
        [(170, 300), (110, 490), (190, 462), (240, 500), (280, 340)],
        [(342, 300), (402, 490), (322, 462), (272, 500), (232, 340)],
    ):
        draw.polygon(_scaled(points), fill=_RIBBON)
    draw.ellipse(_scaled([(76, 26), (436, 386)]), fill=_RIM)
    draw.ellipse(_scaled([(98, 48), (414, 364)]), fill=_FACE)
    draw.polygon(_scaled(_POINTS), fill=_STAR)
    written = io.BytesIO()
    large.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(written, "PNG", optimize=True)
    return written.getvalue()


def _scaled(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]
