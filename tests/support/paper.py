"""Looks at printed pages as phones and readers do: pixels, codes, words with their places; none of our own rooms."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw
from pyzbar import pyzbar

MILLIMETRES_PER_POINT = 25.4 / 72


@dataclass(frozen=True)
class Found:
    """One code on a page, in pixels."""

    text: str
    left: int
    top: int
    width: int
    height: int


def pixels(pdf: bytes, folder: Path, dpi: int = 150) -> list[Image.Image]:
    """Every page in grey, as pdftoppm draws it."""
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    for old in folder.glob("page-*.pgm"):
        old.unlink()
    subprocess.run(["pdftoppm", "-gray", "-r", str(dpi), str(path), str(folder / "page")], check=True)
    return [Image.open(file).convert("L") for file in sorted(folder.glob("page-*.pgm"))]


def codes(page: Image.Image) -> list[Found]:
    """All codes of a page that zbar reads."""
    read = pyzbar.decode(page, symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [Found(one.data.decode(), *one.rect) for one in read]


def text(pdf: bytes, folder: Path) -> str:
    """All words, as pdftotext reads them."""
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True).stdout
    assert said == unicodedata.normalize("NFC", said)
    return said


def words(pdf: bytes, folder: Path) -> list[tuple[int, str, float, float, float, float]]:
    """Page (from 0), word, and its left, top, right and bottom in millimetres."""
    path, listing = folder / "printed.pdf", folder / "words.html"
    path.write_bytes(pdf)
    subprocess.run(["pdftotext", "-bbox", str(path), str(listing)], check=True)
    tree = ElementTree.fromstring(re.sub(r'xmlns="[^"]*"', "", listing.read_text("utf-8")))
    return [
        (number, word.text or "", *(float(word.attrib[edge]) * MILLIMETRES_PER_POINT for edge in EDGES))  # type: ignore[misc]
        for number, page in enumerate(tree.iter("page"))
        for word in page.iter("word")
    ]


EDGES = ("xMin", "yMin", "xMax", "yMax")


def cover(page: Image.Image, code: Found, place: tuple[float, float], grey: int) -> Image.Image:
    """A copy of a code's surroundings with a square of a tenth of the code's area painted over.

    Args:
        page: the page.
        code: which.
        place: the square's upper left corner, in sides of the code.
        grey: 0 for dirt, 255 for torn-off ink.
    """
    side = max(code.width, code.height)
    white = side // 6
    piece = page.crop((code.left - white, code.top - white, code.left + side + white, code.top + side + white)).copy()
    x, y = white + place[0] * side, white + place[1] * side
    reach = side * 0.1**0.5
    ImageDraw.Draw(piece).rectangle((x, y, x + reach, y + reach), fill=grey)
    return piece
