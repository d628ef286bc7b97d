"""Pictures for rows are light, look like what they were made of, and cost nothing when they are hostile."""

import io
import struct
import zlib

import pytest
from PIL import Image

from library.media.picture_folder import LARGEST_SMALL
from library.media.pictures import picture_of
from library.media.small_pictures import small_picture


def written(picture: Image.Image, form: str, **more: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **more)
    return buffer.getvalue()


def noise(mode: str = "RGB", side: int = 512) -> Image.Image:
    size = side * side * len(mode)
    state, out = 1, bytearray()
    while len(out) < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out += state.to_bytes(8, "little")
    return Image.frombytes(mode, (side, side), bytes(out[:size]))


def opened(small: bytes) -> Image.Image:
    return Image.open(io.BytesIO(small))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_even_noise_becomes_light(form: str) -> None:
    large = written(noise(), form)
    small = small_picture(large)
    assert len(large) > 10 * LARGEST_SMALL
    assert 0 < len(small) <= LARGEST_SMALL
    stated = picture_of(small)
    assert stated is not None
    assert stated.mimetype == "image/jpeg"
    assert 96 <= stated.width <= 192


def test_a_drawing_keeps_its_colours_and_its_shape() -> None:
    drawing = noise().resize((600, 300)).point(lambda value: 40 if value < 128 else 60)
    small = opened(small_picture(written(drawing, "PNG")))
    assert small.width == 2 * small.height
    assert all(30 <= channel <= 70 for channel in small.convert("RGB").resize((1, 1)).getpixel((0, 0)))


def test_what_is_small_already_stays_as_it_is() -> None:
    tiny = written(Image.new("RGB", (48, 48), "red"), "PNG")
    assert small_picture(tiny) == tiny


def test_what_is_light_but_wide_is_made_small() -> None:
    wide = written(Image.new("RGB", (2048, 2048), "red"), "PNG", optimize=True)
    assert opened(small_picture(wide)).size == (192, 192)


def test_what_cannot_be_seen_through_becomes_paper() -> None:
    clear = noise("RGBA", 512)
    clear.putalpha(0)
    corner = opened(small_picture(written(clear, "PNG"))).convert("RGB").getpixel((3, 3))
    assert all(abs(seen - meant) < 6 for seen, meant in zip(corner, (251, 247, 240), strict=True))


@pytest.mark.parametrize("mode", ["CMYK", "L", "P", "I;16"])
def test_every_way_to_write_colours(mode: str) -> None:
    picture = noise("L") if mode in {"L", "I;16"} else noise()
    form = "JPEG" if mode == "CMYK" else "PNG"
    data = written(picture.convert(mode), form)
    assert len(small_picture(data)) <= LARGEST_SMALL
    assert small_picture(data)


def test_only_the_first_picture_of_a_moving_one() -> None:
    frames = [noise().resize((300, 300)) for _ in range(2)]
    data = written(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100)
    assert opened(small_picture(data)).format == "JPEG"


def bomb(side: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        None, b"", b"GIF89a" + bytes(50), b"%PDF-1.7", bomb(2049), bomb(60_000), bomb(2000),
        b"\xff\xd8\xff\xe0" + bytes(100), b"RIFF\x10\0\0\0WEBPVP8 " + bytes(30),
    ],
)  # fmt: skip
def test_what_is_no_picture_has_no_small_one(data: bytes | None) -> None:
    assert small_picture(data) == b""


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_may_be_cut_or_flipped_anywhere(form: str) -> None:
    data = written(noise(side=64), form)
    for place in range(0, len(data), max(1, len(data) // 60)):
        flipped = bytearray(data)
        flipped[place] ^= 0x55
        for hurt in (data[:place], bytes(flipped)):
            assert len(small_picture(hurt)) <= LARGEST_SMALL
