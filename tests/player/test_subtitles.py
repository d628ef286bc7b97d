"""Subtitles in the encodings in which people saved them, on texts as films have them."""

from __future__ import annotations

import random
import re
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.system import atomic_write
from player.subtitles import converting
from player.subtitles.converting import SubtitleFolder
from player.subtitles.encodings import _VNI_ALONE, _VNI_PAIRS, OLD
from player.subtitles.reading import LARGEST, SubtitlesError, read
from player.subtitles.syllables import share

FILMS = {
    "lychee": ["Chào bà con, hôm nay mình cùng trồng vải thiều.", "Hố đào sâu sáu mươi phân, rộng một mét.",
               "Trộn phân chuồng hoai mục với đất mặt rồi lấp lại.", "Nửa tháng sau hãy đặt cây."],
    "hens": ["Gà con mới nở cần được ủ ấm.", "Nhiệt độ trong quây khoảng ba mươi hai độ.",
             "Nước uống phải sạch, thay mỗi ngày hai lần.", "Gà bỏ ăn thì gọi ngay cho thú y xã."],
    "forest": ["Rừng giữ nước cho suối, giữ đất cho nương.", "Đừng đốt nương vào những ngày gió to!",
               "Ai thấy khói thì báo kiểm lâm hoặc trưởng bản.", "Cây keo trồng xen với cây bản địa."],
    "talk": ["– Chị ơi, lúa nhà mình bị đạo ôn rồi!", "– Thế đã phun thuốc gì chưa?",
             "– Chưa, em sợ phun sai…", "– Để chị hỏi cán bộ khuyến nông."],
    "one line": ["Xin cảm ơn bà con đã theo dõi."],
    "one short line": ["Gà bỏ ăn thì gọi ngay cho thú y xã."],
    "capitals": ["KỸ THUẬT NUÔI GÀ ĐỒI", "Phần một: Chọn giống"],
    "names": ["Ông Nguyễn Văn Thắng ở xã Đồng Tiến, Bắc Ninh.", "Bà Hoàng Thị Sửu, người Nùng, bản Trại Mới."],
    "tags": ["<i>Trời mưa rả rích suốt đêm.</i>", "{\\an8}Suối đã dâng đến chân cầu."],
}  # fmt: skip


def srt(lines: list[str]) -> str:
    return "".join(
        f"{number}\n00:00:{number:02},000 --> 00:00:{number:02},900\n{line}\n\n" for number, line in enumerate(lines, 1)
    )


def spread(text: str) -> str:
    """With tone marks apart, as windows-1258 has them."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    pieces = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = [mark for mark in parts if mark in tones]
        rest = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones))
        pieces.append(rest + "".join(tone))
    return "".join(pieces)


def vni(text: str) -> bytes:
    back = {meant: pair for pair, meant in [*_VNI_ALONE.items(), *_VNI_PAIRS.items()] if pair[-1:].islower()}
    back |= {
        meant: pair for pair, meant in [*_VNI_ALONE.items(), *_VNI_PAIRS.items()] if meant.isupper() and pair.isupper()
    }
    return "".join(back.get(letter, letter) for letter in text).encode("windows-1252")


def iconv(name: str) -> Callable[[str], bytes]:
    """The C library's own table: not ours."""

    def encode(text: str) -> bytes:
        plain = text.replace("–", "-").replace("…", "...")  # not in these tables
        return subprocess.run(["iconv", "-t", name], input=plain.encode(), capture_output=True, check=True).stdout

    return encode


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-16": lambda text: text.encode("utf-16"),
    "windows-1258": lambda text: spread(text).encode("windows-1258"),
    "TCVN3": lambda text: iconv("TCVN5712-1")(re.sub("[^\x00-\x7fĂÂÊÔƠƯĐ]", lambda found: found[0].lower(), text)),
    "VNI": vni,
}


@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_film_reads_as_it_was_written(film: str, encoding: str) -> None:
    written = srt(FILMS[film])
    found = read(ENCODINGS[encoding](written))
    if encoding == "TCVN3":
        written = written.replace("–", "-").replace("…", "...")
    assert found.text.strip() == written.strip()
    assert found.encoding == encoding
    assert not found.is_vtt


def test_the_table_is_that_of_the_c_library() -> None:
    data = b"".join(bytes([byte]) + b"\n" for byte in range(0xA1, 0x100))
    done = subprocess.run(["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=data, capture_output=True, check=True)
    assert OLD["TCVN3"](data) == done.stdout.decode()


def test_every_vietnamese_letter_is_in_vni_twice_at_most_and_comes_back() -> None:
    vowels = [unicodedata.normalize("NFC", vowel + mark) for vowel in "aăâeêioôơuưy"
              for mark in ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")]  # fmt: skip
    letters = [letter for vowel in [*vowels, "đ"] for letter in (vowel, vowel.upper())]
    for letter in letters:
        assert OLD["VNI"](vni(letter)) == letter


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known(encoding: str) -> None:
    written = srt(FILMS["hens"])
    assert read(written.encode(encoding)).text.strip() == written.strip()


def test_letters_become_composed_and_line_ends_plain() -> None:
    written = unicodedata.normalize("NFD", srt(FILMS["hens"])).replace("\n", "\r\n")
    found = read(b"\xef\xbb\xbf" + written.encode())
    assert found.text.strip() == srt(FILMS["hens"]).strip()
    assert read(b"WEBVTT\n\n00:01.000 --> 00:02.000\nM\xe1\xbb\x99t\n").is_vtt


def test_french_and_english_with_accents_stay_what_they_are() -> None:
    written = srt(["The café is closed – we’ll meet at the naïve painter’s house instead of the old market place."] * 9)
    found = read(written.encode("windows-1252"))
    assert (found.text.strip(), found.encoding) == (written.strip(), "windows-1252")


@pytest.mark.parametrize(
    "data",
    [
        srt(["今天我们种荔枝,大家好", "请把水换两次"]).encode("gb18030"),
        srt(["Сегодня мы сажаем деревья", "Меняйте воду"]).encode("koi8-r"),
        srt(["วันนี้เราปลูกลิ้นจี่"]).encode("tis-620"),
        srt(["x"]).encode() + bytes(random.Random(5).randrange(0x80, 0x100) for _ in range(500)),
    ],
    ids=["Chinese", "Russian", "Thai", "noise"],
)
def test_a_guess_that_would_be_wrong_is_refused(data: bytes) -> None:
    with pytest.raises(SubtitlesError, match="encoding") as refused:
        read(data)
    assert "UTF-8" in refused.value.hint


@pytest.mark.parametrize("data", [b"", b"\x00" * 500, b"Ch\xc3\xa0o", b"RIFF....WAVE" * 50, b"00:01 -> 00:02\nx"])
def test_what_holds_no_times_is_no_subtitles(data: bytes) -> None:
    with pytest.raises(SubtitlesError, match="no subtitles"):
        read(data)


def test_too_much_is_refused() -> None:
    with pytest.raises(SubtitlesError, match="1 MB"):
        read(b"x" * (LARGEST + 1))


@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_a_sentence(data: bytes) -> None:
    try:
        assert unicodedata.is_normalized("NFC", read(srt(["x"]).encode() + data).text)
    except SubtitlesError as error:
        assert error.message
        assert error.hint


def test_syllables_are_told_from_letters_that_are_none() -> None:
    assert share("Nghiêng thuyền, khuya khuỷu quyển rượu; Hà-Nội hươu nguyễn") == (9, 9)
    assert share("TrÇn ®ång ch¸y nöôùc lµm") == (5, 0)
    assert share("plain ASCII only") == (0, 0)


def copies(tmp_path: Path) -> SubtitleFolder:
    return SubtitleFolder(tmp_path / "run" / "subtitles", atomic_write)


def test_good_files_are_taken_as_they_are_and_others_copied_once(tmp_path: Path) -> None:
    good, old = tmp_path / "good.srt", tmp_path / "old.srt"
    good.write_text(srt(FILMS["hens"]).rstrip("\n") + "\n", "utf-8")
    old.write_bytes(ENCODINGS["TCVN3"](srt(FILMS["hens"])))
    folder = copies(tmp_path)
    assert folder.ready(good) == good
    copy = folder.ready(old)
    assert copy.suffix == ".srt"
    assert copy.read_text("utf-8") == good.read_text("utf-8")
    copy.write_text("seen", "utf-8")
    assert folder.ready(old) == copy
    assert copy.read_text("utf-8") == "seen"
    old.write_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\r\nx\n")
    assert folder.ready(old).suffix == ".vtt"


def test_copies_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "MOST_FILES", 3)
    old, folder = tmp_path / "old.srt", copies(tmp_path)
    for number in range(5):
        old.write_bytes(srt([f"Nước số {number}"] * 3).encode("utf-16"))
        assert folder.ready(old).exists()
    assert len(list((tmp_path / "run" / "subtitles").iterdir())) == 3


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = copies(tmp_path)
    with pytest.raises(SubtitlesError, match=re.escape("gone.srt cannot be read")):
        folder.ready(tmp_path / "gone.srt")
    with pytest.raises(SubtitlesError, match="ordinary"):
        folder.ready(tmp_path)
