"""The curve as a PNG: it rises where equity rose, and stands on any ground."""

from __future__ import annotations

import struct
import zlib

from automated_trading.adapters.curve_picture import COLOUR, HEIGHT, MARGIN, WIDTH, curve


def points(*values: int) -> list[tuple[str, str]]:
    return [(f"2026-07-{number + 1:02}", str(value)) for number, value in enumerate(values)]


def chunks(png: bytes) -> dict[bytes, bytes]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(name + data),)
        found[name] = data
        at += 12 + length
    return found


def line_at(png: bytes, column: int) -> int:
    """The row in which the line is strongest."""
    rows = zlib.decompress(chunks(png)[b"IDAT"])
    strengths = [rows[row * (WIDTH + 1) + 1 + column] for row in range(HEIGHT)]
    return strengths.index(max(strengths))


def test_fewer_than_two_closings_are_no_curve() -> None:
    assert curve([]) is None
    assert curve(points(100)) is None


def test_it_is_a_sound_picture_of_one_colour_in_every_strength() -> None:
    found = chunks(curve(points(100, 120, 90)) or b"")
    assert list(found) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", found[b"IHDR"]) == (WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    assert found[b"PLTE"] == bytes(COLOUR) * 256
    assert found[b"tRNS"] == bytes(range(256))
    assert len(zlib.decompress(found[b"IDAT"])) == (WIDTH + 1) * HEIGHT


def test_the_line_begins_and_ends_where_the_values_do() -> None:
    png = curve(points(100, 120, 90)) or b""
    assert line_at(png, WIDTH // 2) <= MARGIN + 3
    assert line_at(png, WIDTH - MARGIN - 1) >= HEIGHT - MARGIN - 3
    begins = MARGIN + (HEIGHT - 2 * MARGIN) * 2 / 3
    assert abs(line_at(png, MARGIN) - begins) <= 3


def test_what_never_moved_is_a_line_in_the_middle() -> None:
    assert abs(line_at(curve(points(100, 100, 100)) or b"", WIDTH // 2) - HEIGHT / 2) <= 3


def test_the_same_closings_are_the_same_bytes() -> None:
    assert curve(points(1, 2, 3)) == curve(points(1, 2, 3))
