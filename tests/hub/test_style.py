"""The style sheet's colours can be told apart, and it asks for nothing that is not packaged with the hub."""

import hashlib
import re
from pathlib import Path

import pytest

import hub

STATIC = Path(hub.__file__).parent / "static"
STYLE = (STATIC / "hub.css").read_text(encoding="utf-8")
TEXT_ON = [
    *[(words, ground) for words in ("ink", "soft", "indigo", "brick") for ground in ("paper", "card")],
    ("on-indigo", "indigo"),
    ("indigo", "indigo-soft"),
    ("brick", "brick-soft"),
    ("leaf", "leaf-soft"),
    ("sun", "sun-soft"),
]
BORDER_ON = [("edge", "paper"), ("edge", "card"), ("brick", "card"), ("indigo", "paper")]


def palettes() -> list[dict[str, str]]:
    blocks = re.findall(r":root[^{]*\{([^}]*--paper[^}]*--indigo[^}]*)\}", STYLE)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", block)) for block in blocks]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
        parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_dark_and_light_are_the_same_whoever_asks_for_them() -> None:
    light, dark, dark_by_switch, light_by_switch = palettes()
    assert light == light_by_switch
    assert dark == dark_by_switch
    assert light.keys() == dark.keys()


@pytest.mark.parametrize("palette", palettes()[:2], ids=["light", "dark"])
def test_colours_can_be_told_apart(palette: dict[str, str]) -> None:
    weak = {(a, b): contrast(palette[a], palette[b]) for a, b in TEXT_ON if contrast(palette[a], palette[b]) < 4.5}
    assert weak == {}
    faint = {(a, b): contrast(palette[a], palette[b]) for a, b in BORDER_ON if contrast(palette[a], palette[b]) < 3}
    assert faint == {}


def test_files_named_in_the_style_are_packaged_and_carry_their_mark() -> None:
    named = [url for url in re.findall(r"url\(([^)]+)\)", STYLE) if not url.startswith('"data:')]
    assert named
    for url in named:
        name, _, mark = url.partition("?v=")
        assert mark == hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10], f"{name}: wrong mark in hub.css"


def test_nothing_new_browsers_alone_understand() -> None:
    assert re.findall(r":has\(|:is\(|:where\(|color-mix|clamp\(|@layer|@container|aspect-ratio|&\s*[.:{]", STYLE) == []


@pytest.mark.parametrize("picture", sorted((STATIC / "pictures").glob("*.svg")), ids=lambda path: path.stem)
def test_drawings_are_small_and_ask_for_nothing(picture: Path) -> None:
    drawn = picture.read_text(encoding="utf-8")
    assert len(drawn.encode()) <= 2048
    assert "viewBox" in drawn
    assert re.findall(r"<script|href|url\(|<image|<style", drawn) == []


def test_every_picture_a_wing_may_name_is_drawn() -> None:
    drawn = {path.stem for path in (STATIC / "pictures").glob("*.svg")}
    assert drawn >= {
        *("books", "films", "loudspeaker", "festival", "question", "help", "wifi", "clock", "status", "settings"),
        *("hen", "lychees", "forest", "village", "brocade"),
    }
