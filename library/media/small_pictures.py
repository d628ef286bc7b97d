"""Makes the small picture of a cover or poster that stands in rows of the shelf, light enough for a slow phone.

The only room, beside the drawing ones, that imports Pillow: it belongs to the child process that checks a file.
"""

import io

from PIL import Image, ImageOps

from library.media.picture_folder import LARGEST_SMALL
from library.media.pictures import LARGEST_SIDE, picture_of

_SIDES = (192, 160, 128, 96)  # pixels; rows show 96, and phones have two or three for one
_QUALITIES = (80, 65, 50, 35)
_PAPER = (251, 247, 240)


def small_picture(data: bytes | None) -> bytes:
    """The small form of a picture: itself where it is small already, else a JPEG.

    Args:
        data: a PNG, JPEG or WebP picture; None where there is none.

    Returns:
        At most ``LARGEST_SMALL`` bytes; none where the picture cannot be made small or is none.
    """
    if not data:
        return b""
    stated = picture_of(data)
    if stated is None or not stated.is_modest:
        return b""
    small = _drawn(data)
    if small is None:
        return b""
    is_small = len(data) <= LARGEST_SMALL and max(stated.width, stated.height) <= _SIDES[0]
    return data if is_small else small


def _drawn(data: bytes) -> bytes | None:
    """A JPEG of it within the limit; None where it is damaged. Only the first picture of a moving one is drawn."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if max(picture.size) > LARGEST_SIDE:
                return None
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, ArithmeticError, MemoryError):
        return None  # what Pillow raises for damaged pictures
    ground = Image.new("RGB", upright.size, _PAPER)
    ground.paste(upright, mask=upright.getchannel("A"))
    for side in _SIDES:
        smaller = ground.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            written = io.BytesIO()
            smaller.save(written, "JPEG", quality=quality, optimize=True)
            if written.tell() <= LARGEST_SMALL:
                return written.getvalue()
    return None
