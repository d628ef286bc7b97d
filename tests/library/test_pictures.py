"""Posters are told from their first bytes, with the size they say they have."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from library.media.pictures import Picture, picture_of


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("size", [(1, 1), (640, 360), (2048, 2049)])
def test_the_size_of_real_pictures(kind: str, size: tuple[int, int]) -> None:
    for options in ({}, {"lossless": True}, {"progressive": True}):
        file = io.BytesIO()
        Image.new("RGB", size, "red").save(file, kind, **options)
        picture = picture_of(file.getvalue())
        assert picture == Picture(f"image/{kind}", *size)
        assert picture.is_modest == (size[1] <= 2048)


def test_a_webp_with_transparency_has_another_header() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (30, 20), (1, 2, 3, 4)).save(file, "webp", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    assert picture_of(file.getvalue()) == Picture("image/webp", 30, 20)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<svg/>", b"\xff\xd8\xff", b"RIFF0000WEBPVP8 ", b"\x89PNG\r\n\x1a\n"]
)
def test_other_pictures_are_none(data: bytes) -> None:
    assert picture_of(data) is None


def test_a_huge_picture_is_not_modest() -> None:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    assert not Picture("image/png", 0, 5).is_modest
    picture = picture_of(head + (100_000).to_bytes(4, "big") * 2)
    assert picture is not None
    assert not picture.is_modest


@given(
    st.sampled_from(
        [b"\xff\xd8\xff", b"RIFF0000WEBPVP8X", b"RIFF0000WEBPVP8L", b"RIFF0000WEBPVP8 ", b"\x89PNG\r\n\x1a\n"]
    ),
    st.binary(max_size=300),
)
def test_nothing_breaks_it(head: bytes, rest: bytes) -> None:
    picture = picture_of(head + rest)
    assert picture is None or picture.width >= 0
