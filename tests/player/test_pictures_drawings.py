"""The pictures as they are seen: codes that phones read, letters that stand inside and can be read from afar."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from pyzbar.pyzbar import ZBarSymbol
from pyzbar.pyzbar import decode as zbar

from hub.interpreter import said
from hub.painter import FONTS
from library.codes.qr import modules
from library.printing.wifi_code import Network, payload
from player.pictures import canvas, drawings
from player.pictures.brush import paint
from player.pictures.canvas import Letters
from player.pictures.setting import Setting
from player.pictures.views import (
    AnnouncementView,
    Coming,
    CornerView,
    HandoutView,
    IdleView,
    QuestionView,
    Signs,
    Tone,
    View,
)

WIFI = payload(Network("Nhà văn hóa; Trại Mới", 'mật"khẩu\\12'))
SIGNS = Signs(
    "Nhà văn hóa bản Trại Mới", "Xã Đồng Tiến, tỉnh Bắc Ninh", "http://thuvien.lan", WIFI, "Nhà văn hóa; Trại Mới"
)
at = datetime.fromisoformat
NOW = at("2026-11-25T18:40")
IDLE = IdleView(NOW, Coming(at("2026-11-25T19:30"), "Chăn nuôi"))
FLOOD = AnnouncementView("Lũ quét đang về, lên chỗ cao ngay", "Rời khỏi bờ suối.", Tone.EMERGENCY)
LONG = "Nước suối dâng rất nhanh từ chiều nay, bà con ở ven suối rời khỏi nhà ngay. " * 30


@dataclass(frozen=True)
class Block:
    """Lines that were written: their edges, the size of their letters, the words."""

    left: float
    top: float
    right: float
    bottom: float
    size: int
    text: str


Written = list[Block]


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(FONTS)


@pytest.fixture
def seen(letters: Letters) -> Any:
    def seen(view: View, signs: Signs = SIGNS) -> Image.Image:
        drawn = paint(view, signs, letters, modules, partial(said, language="vi"))
        return Image.open(io.BytesIO(drawn.png)).convert("RGB")

    return seen


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, letters: Letters) -> Iterator[Written]:
    """What was written, and where."""
    found: Written = []
    write = canvas.Canvas.lines

    def watched(self: canvas.Canvas, x: float, y: float, setting: Setting, **how: Any) -> float:
        end = write(self, x, y, setting, **how)
        widths = [letters.width(line, setting.size, bold=how.get("bold", False)) for line in setting.lines]
        begins = {"left": 0.0, "middle": 0.5, "right": 1.0}[how.get("align", "left")]
        places = [(x + begins * (how.get("width", width) - width), width) for width in widths]
        if places:
            left, right = min(place for place, _ in places), max(place + width for place, width in places)
            found.append(Block(left, y, right, end, setting.size, " ".join(setting.lines)))
        return end

    monkeypatch.setattr(canvas.Canvas, "lines", watched)
    yield found


def codes(picture: Image.Image) -> set[str]:
    return {found.data.decode() for found in zbar(picture, [ZBarSymbol.QRCODE])}


def as_photographed(picture: Image.Image) -> Image.Image:
    """As a television of 720 lines shows it and a phone's camera sees it, a little out of focus."""
    small = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3), Image.Resampling.BILINEAR)
    return small.filter(ImageFilter.GaussianBlur(0.8))


@pytest.mark.parametrize("look", [lambda picture: picture, as_photographed])
def test_phones_read_the_codes(seen: Any, look: Any) -> None:
    assert codes(look(seen(IDLE))) == {WIFI, "http://thuvien.lan/"}
    page = HandoutView("Lịch chăm vải theo tháng", "/q/K7M2QXA", "Trồng vải thiều")
    assert codes(look(seen(page))) == {"http://thuvien.lan/q/K7M2QXA"}


@pytest.mark.parametrize("look", [lambda picture: picture, as_photographed])
def test_phones_read_the_code_over_a_film(seen: Any, look: Any) -> None:
    corner = seen(CornerView("/phim/trong-vai-thieu/"))
    assert corner.width == corner.height <= 260
    film = Image.effect_noise((1920, 1080), 90).convert("RGB")  # whatever plays below
    film.paste(corner, (1920 - 96 - corner.width, 54))
    assert codes(look(film)) == {"http://thuvien.lan/phim/trong-vai-thieu/"}


def test_the_only_code_is_read(seen: Any) -> None:
    assert codes(as_photographed(seen(IDLE, ONE_CODE))) == {"http://thuvien.lan:8080/"}


def test_a_code_that_leads_nowhere_is_not_drawn(seen: Any) -> None:
    lonely = Signs("Nhà văn hóa bản Trại Mới", "Xã Đồng Tiến")
    assert codes(seen(IDLE, lonely)) == set()
    assert codes(seen(HandoutView("Lịch", "/q/K7M2QXA"), lonely)) == set()
    with pytest.raises(ValueError, match="nowhere"):
        seen(CornerView("/phim/x/"), lonely)


def test_an_address_that_no_code_holds_is_written(seen: Any, written: Written) -> None:
    address = "/doc/" + "x" * 4000
    assert codes(seen(HandoutView("Lịch chăm vải", address))) == set()
    assert any(block.text.startswith("thuvien.lan/doc/x") for block in written)
    with pytest.raises(ValueError, match=r"too long|version"):
        seen(CornerView(address))


VIEWS: list[View] = [
    IDLE,
    IdleView(None),
    IdleView(at("2025-07-26T20:48"), Coming(at("2025-07-29T19:30"), LONG)),
    FLOOD,
    AnnouncementView("", LONG, Tone.EMERGENCY),
    AnnouncementView(LONG, LONG, Tone.NOTICE, page=3),
    AnnouncementView("Tập sơ tán", "Về nhà văn hóa.", Tone.EMERGENCY, exercise=True, language="en"),
    AnnouncementView("Nước đã rút", tone=Tone.ALL_CLEAR),
    AnnouncementView("x" * 500, "y" * 900),
    QuestionView(LONG[:500], LONG, 2, 3),
    QuestionView("Đất dốc hay bằng?"),
    HandoutView(LONG[:300], "/q/K7M2QXA", LONG),
    HandoutView("Lịch", "https://vi.wikipedia.org/wiki/" + "a" * 200),
]
LONG_SIGNS = Signs(
    "Nhà văn hóa tổ dân phố " + "Nguyễn " * 12, "Phường " + "Minh " * 30, "http://" + "a" * 60 + ".lan", WIFI, "W" * 32
)


ONE_CODE = Signs("Nhà văn hóa bản Trại Mới", "Xã Đồng Tiến", "http://thuvien.lan:8080")


PLACES = [(view, LONG_SIGNS) for view in VIEWS]
PLACES += [(view, signs) for view in VIEWS if isinstance(view, IdleView) for signs in (SIGNS, ONE_CODE)]


@pytest.mark.parametrize(("view", "signs"), PLACES, ids=lambda value: type(value).__name__)
def test_words_stand_within_what_televisions_show_are_large_and_apart(
    seen: Any, written: Written, view: View, signs: Signs
) -> None:
    seen(view, signs)
    assert written
    for block in written:
        assert block.left >= 96 - 1
        assert block.top >= 54
        assert block.right <= 1920 - 96 + 1
        assert block.bottom <= 1080 - 54 + 1
        assert block.size >= 48
    for one, other in combinations(written, 2):
        apart = one.right <= other.left or other.right <= one.left
        assert apart or one.bottom <= other.top + 1 or other.bottom <= one.top + 1, (one, other)


def test_an_announcement_is_read_from_afar(seen: Any, written: Written) -> None:
    for page in range(2):
        seen(AnnouncementView("Lũ quét đang về", LONG, Tone.EMERGENCY, page=page))
    words = [block for block in written if " / " not in block.text]  # all but the number of the page
    assert min(block.size for block in words) >= drawings.FAR_LETTERS


def test_a_text_of_two_sentences_stays_on_one_page(letters: Letters) -> None:
    text = "Rời khỏi bờ suối, lên nhà văn hóa. Mang theo nước uống, thuốc men và đèn pin, không quay lại lấy đồ."
    view = AnnouncementView("Lũ quét đang về, lên chỗ cao ngay", text, Tone.EMERGENCY)
    assert paint(view, SIGNS, letters, modules, str).pages == 1


def test_a_long_text_goes_over_pages_and_comes_round(letters: Letters) -> None:
    def drawn(page: int) -> drawings.Drawn:
        view = AnnouncementView("Lũ quét", LONG, Tone.EMERGENCY, page=page)
        return paint(view, SIGNS, letters, modules, str)

    first = drawn(0)
    assert 5 < first.pages < 40
    assert drawn(first.pages) == first
    assert drawn(1) != first


@pytest.mark.parametrize(
    ("tone", "exercise", "colour"),
    [
        (Tone.EMERGENCY, False, canvas.BRICK),
        (Tone.ALL_CLEAR, False, canvas.LEAF),
        (Tone.NOTICE, False, canvas.INDIGO),
        (Tone.EMERGENCY, True, canvas.SUN),
    ],
)
def test_each_tone_has_its_colour_and_only_an_emergency_has_that_of_one(
    seen: Any, tone: Tone, exercise: bool, colour: canvas.Colour
) -> None:
    picture = seen(AnnouncementView("Lũ quét", "Rời khỏi bờ suối.", tone, exercise))
    assert picture.getpixel((960, 10)) == colour
    found = {shade for _, shade in picture.crop((96, 54, 1824, 1026)).getcolors(1 << 22)}
    assert (canvas.BRICK in found) == (colour == canvas.BRICK)


def test_colours_differ_enough_for_all_eyes() -> None:
    def light(colour: canvas.Colour) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    on_paper = [canvas.INK, canvas.SOFT, canvas.INDIGO, canvas.BRICK, canvas.LEAF, canvas.SUN]
    pairs = [(colour, canvas.PAPER) for colour in on_paper]
    pairs += [(canvas.INDIGO, canvas.WHITE), (canvas.SUN, canvas.SUN_PAPER), (canvas.INK, canvas.SUN_PAPER)]
    for one, other in pairs:
        dark, bright = sorted([light(one), light(other)])
        assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_every_letter_of_the_country_is_there(letters: Letters) -> None:
    vowels = "aăâeêioôơuưy"
    marked = {
        unicodedata.normalize("NFC", vowel + mark) for vowel in vowels for mark in "\u0301\u0300\u0309\u0303\u0323"
    }
    vietnamese = marked | set("aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz0123456789“”–…₫")
    highland = set("čĕĭŏŭƀñɓɗ") | {"\u0306", "\u0323", "\u031b"}
    khmer = {chr(point) for point in range(0x1780, 0x17B4)} | {chr(point) for point in range(0x17B6, 0x17D4)}
    tai, cham = {chr(point) for point in range(0xAA80, 0xAAC3)}, {chr(point) for point in range(0xAA00, 0xAA37)}
    needed = vietnamese | {letter.upper() for letter in vietnamese if len(letter.upper()) == 1} | highland
    missing = {letter for letter in needed | khmer | tai | cham if ord(letter) not in letters.known}
    assert missing <= {"ɓ", "ɗ"}  # Vietnamese writes ƀ and đ


def test_khmer_letters_are_joined(letters: Letters) -> None:
    runs = list(letters.runs("ទឹក 12 nước", 100))
    assert [text for text, _ in runs] == ["ទឹក ", "12 nước"]
    assert letters.width("ក្ក", 100) < 2 * letters.width("ក", 100)  # the second stands below the first


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400), st.integers(0, 50))
def test_whatever_is_asked_a_picture_comes(headline: str, text: str, page: int) -> None:
    drawn = paint(AnnouncementView(headline, text, page=page), SIGNS, Letters(FONTS), modules, str)
    assert drawn.png.startswith(b"\x89PNG")
