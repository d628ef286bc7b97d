"""Where entries are opened."""

from __future__ import annotations

import pytest

from library.reading.opening import Way, opening_address, reading_address, way_of


@pytest.mark.parametrize(
    ("media_type", "way"),
    [
        ("text/html", Way.PAGE),
        ("Text/HTML; charset=utf-8", Way.PAGE),
        ("application/xhtml+xml", Way.PAGE),
        ("text/plain", Way.SHOWN),
        ("image/png", Way.SHOWN),
        ("application/pdf", Way.PDF),
        ("application/epub+zip", Way.EPUB),
        ("video/webm", Way.MEDIA),
        ("audio/ogg; codecs=opus", Way.MEDIA),
        ("application/zip", Way.FILE),
        ("text/css", Way.FILE),
        ("", Way.FILE),
    ],
)
def test_every_media_type_has_its_way(media_type: str, way: Way) -> None:
    assert way_of(media_type) is way


def test_pages_are_read_and_files_are_taken_as_they_are() -> None:
    assert reading_address("a", "Gà đồi?/x#1") == "/doc/a/G%C3%A0%20%C4%91%E1%BB%93i%3F/x%231"
    assert opening_address("a", "x", "text/html", "http://sach.h") == "/doc/a/x"
    assert opening_address("a", "x", "application/zip", "http://sach.h") == "http://sach.h/trang/a/x"
