"""Subtitles in every way that people save them become WebVTT with every mark of the Vietnamese words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.media.subtitles import LARGEST_SUBTITLES, SubtitlesError, to_vtt

WORDS = "Đất đồi dốc thì đào hố vảy cá, bà con nhé"
SRT = f"1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>{WORDS}</i>\r\n\r\n2\r\n1:00:03,5 --> 1:00:04,000\r\nHai\r\nBa\r\n"
VTT = f"WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<i>{WORDS}</i>\n\n01:00:03.500 --> 01:00:04.000\nHai\nBa\n"


def in_windows_1258(text: str) -> bytes:
    """As older programs wrote it: letters with their hats, tones apart."""
    written = b""
    for letter in text:
        try:
            written += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
            written += unicodedata.normalize("NFC", parts.replace(tone, "")).encode("cp1258") + tone.encode("cp1258")
    return written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_encoding(encoding: str, form: str) -> None:
    text = unicodedata.normalize(form, SRT)  # type: ignore[arg-type]
    data = in_windows_1258(unicodedata.normalize("NFC", SRT)) if encoding == "cp1258" else text.encode(encoding)
    assert to_vtt(data) == VTT


def test_webvtt_stays_as_it_is() -> None:
    assert to_vtt(VTT.replace("\n", "\r\n").encode("utf-8-sig")).rstrip() == VTT.rstrip()
    assert to_vtt(VTT.encode()).rstrip() == VTT.rstrip()


def test_tags_are_taken_out_and_signs_are_kept() -> None:
    text = '1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<font color="red">a & b</font> <b>c</B> 1 < 2 <script>x</script>\n'
    assert to_vtt(text.encode()).splitlines()[3] == "a &amp; b <b>c</b> 1 &lt; 2 x"


def test_a_missing_empty_line_between_two_cues() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb\n"
    assert to_vtt(text.encode()).count("\n\n") == 2
    assert "\n2\n" not in to_vtt(text.encode())


@pytest.mark.parametrize("data", [b"", b"hello", b"WEBVTT\n\n", b"\0" * 100, b"\xff\xfe", "xin chào".encode("utf-16")])
def test_what_holds_no_subtitles(data: bytes) -> None:
    with pytest.raises(SubtitlesError):
        to_vtt(data)


def test_too_large() -> None:
    with pytest.raises(SubtitlesError, match="1 MB"):
        to_vtt(b" " * (LARGEST_SUBTITLES + 1))


@given(st.binary(max_size=300), st.text(max_size=100))
def test_nothing_breaks_it(data: bytes, text: str) -> None:
    cue = b"\n00:00:01,000 --> 00:00:02,000\n"
    for given_data in (
        data,
        data + cue + data,
        text.encode("utf-8", "replace") + cue + text.encode("utf-8", "replace"),
    ):
        try:
            written = to_vtt(given_data)
        except SubtitlesError:
            continue
        assert written.encode()
        assert "\0" not in written
