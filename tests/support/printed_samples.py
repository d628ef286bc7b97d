"""What the tests of printing print: a house, titles of every kind, and where a code may be soiled."""

from __future__ import annotations

import itertools
import random

import paper
from PIL import Image

from library.printing.orders import House, Label
from library.printing.wifi_code import Network

HOUSE = House(
    "Nhà văn hóa bản Trại Mới", "Xã Đồng Tiến, tỉnh Bắc Ninh", "http://thuvien.lan", "thuvien.lan", "10.10.10.1",
    Network("Nhà văn hóa Trại Mới"),
)  # fmt: skip
LOCKED = "WIFI:T:WPA;S:Nhà văn hóa Trại Mới;P:con-ga-trong-2026;;"
TITLES = (
    "Kỹ thuật trồng vải thiều trên đất đồi",
    "Bách khoa toàn thư mở Wikipedia tiếng Việt",
    "Bŏng ƀuôn čing mñăk",
    "Ẫẵểỗữ ỴỸ",
    "Village handbook (demo)",
)
STRANGE = (
    "W" * 300,
    "Nghiêng " * 37,
    "مرحبا 😀",
    "Sổ\u202e tay\u0007 😀",
    "សៀវភៅកសិកម្ម",
    "",
    "\u0301" * 300,
    "ŏ\u0306" * 150,
)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def labels(count: int, titles: tuple[str, ...] = TITLES, note: str = "") -> tuple[Label, ...]:
    """Labels with codes that differ."""
    return tuple(
        Label(title, f"K7M-2Q{ALPHABET[number // 32]}{ALPHABET[number % 32]}", note)
        for number, title in zip(range(count), itertools.cycle(titles), strict=False)
    )


def read(page: Image.Image) -> list[str]:
    return [code.text for code in paper.codes(page)]


def somewhere(dice: random.Random) -> tuple[float, float]:
    """A place for the square that leaves the patterns alone by which a code is found."""
    reach, corner, fourth = 0.1**0.5, 9 / 29, 20 / 29
    while True:
        x, y = dice.uniform(0, 1 - reach), dice.uniform(0, 1 - reach)
        left, top, right, bottom = x < corner, y < corner, x + reach > 1 - corner, y + reach > 1 - corner
        on_corner = (left and top) or (right and top) or (left and bottom)
        on_fourth = x + reach > fourth and y + reach > fourth
        if not on_corner and not on_fourth:
            return x, y
