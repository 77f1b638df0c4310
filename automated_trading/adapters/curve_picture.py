"""The closing equities as a picture: a line and the field under it, in one colour on nothing.

Law of the file: a PNG of one colour in 256 strengths, so that it stands on a light page and on a dark one; what it
shows is written beside it. The standard library is enough for it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise

WIDTH, HEIGHT = 1104, 240
"""Twice what is shown, for fine screens."""

COLOUR = (59, 130, 246)
MARGIN = 10
THICKNESS = 5.0
FIELD = 56
"""How strong the field under the line is, of 255."""


def curve(points: Sequence[tuple[str, str]]) -> bytes | None:
    """The picture of dates and equities, oldest first; None while there are fewer than two."""
    if len(points) < 2:
        return None
    heights = _heights([float(equity) for _, equity in points])
    return _png(_columns(heights))


def _heights(values: Sequence[float]) -> list[float]:
    """Each value as a distance from the upper edge; all in the middle where nothing moved."""
    low, high = min(values), max(values)
    span, room = high - low, HEIGHT - 2 * MARGIN
    return [HEIGHT / 2 if span == 0 else MARGIN + (high - value) / span * room for value in values]


def _columns(heights: Sequence[float]) -> list[bytearray]:
    """The strength of every pixel, row by row."""
    rows = [bytearray(WIDTH) for _ in range(HEIGHT)]
    step = (WIDTH - 2 * MARGIN) / (len(heights) - 1)
    for number, (left, right) in enumerate(pairwise(heights)):
        slope = (right - left) / step
        reach = THICKNESS / 2 * (1 + slope * slope) ** 0.5
        first = MARGIN + round(number * step)
        for column in range(first, MARGIN + round((number + 1) * step)):
            _column(rows, column, left + (column - first) * slope, reach)
    return rows


def _column(rows: list[bytearray], column: int, middle: float, reach: float) -> None:
    for row in range(max(0, int(middle - reach)), HEIGHT):
        on_the_line = min(1.0, max(0.0, reach + 0.5 - abs(row + 0.5 - middle)))
        under = FIELD * (HEIGHT - row) / (HEIGHT - middle) if row > middle else 0.0
        rows[row][column] = round(max(255 * on_the_line, under))


def _png(rows: Sequence[bytearray]) -> bytes:
    """Eight bits a pixel: the index is the strength, the palette the one colour over and over."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    pixels = b"".join(b"\0" + bytes(row) for row in rows)
    parts = (b"IHDR", header), (b"PLTE", bytes(COLOUR) * 256), (b"tRNS", bytes(range(256)))
    chunks = (*parts, (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
