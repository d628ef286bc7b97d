"""Reads the bytes of a file of subtitles, whatever encoding it was saved in, and says when it had to guess. Pure rules.

UTF-8 and UTF-16 know themselves. Of the older encodings the one is taken in which the words read as Vietnamese; where
none does so clearly, nothing is shown: letters that are wrong help nobody, and the technician reads what to do.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from player.errors import PlayerError, Sentence
from player.subtitles.encodings import OLD
from player.subtitles.syllables import share

LARGEST: Final = 1024 * 1024
"""Bytes; the words of a long film are a tenth of that."""
CLEAR: Final = 0.8
"""This share of the words with marks must read as Vietnamese …"""
AHEAD: Final = 0.15
"""… and be so much more than in any other encoding."""
SAMPLE: Final = 64 * 1024
"""Bytes that are looked at for a guess."""
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TIMES: Final = re.compile(
    r"^[ \t]{0,9}(?:\d{1,3}:)?\d{1,2}:\d{2}[,.]\d{1,3}[ \t]{0,9}-->[ \t]{0,9}(?:\d{1,3}:)?\d{1,2}:\d{2}[,.]\d{1,3}",
    re.ASCII | re.MULTILINE,
)
_VTT: Final = re.compile(r"WEBVTT(?:[ \t\n]|$)")
_WESTERN: Final = frozenset("àâäåæçéèêëíîïñóôöøúùûüßÀÂÄÅÆÇÉÈÊËÍÎÏÑÓÔÖØÚÙÛÜ‘’“”–—…«»°©®€£ŒœŸ\xa0¡¿½¼²³·")


class SubtitlesError(PlayerError):
    """A file that holds no subtitles, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Subtitles:
    """Subtitles as text.

    Attributes:
        text: composed (NFC), with plain line ends.
        is_vtt: WebVTT; else SRT.
        encoding: how they were saved.
    """

    text: str
    is_vtt: bool
    encoding: str


def read(data: bytes) -> Subtitles:
    """Read subtitles.

    Raises:
        SubtitlesError: they are too large, hold no times, or their encoding cannot be told.
    """
    if len(data) > LARGEST:
        raise SubtitlesError(
            Sentence("The subtitles are larger than 1 MB."), Sentence("Subtitles of a film are small texts.")
        )
    text, encoding = _decoded(data)
    text = unicodedata.normalize("NFC", text.replace("\0", "\ufffd")).lstrip("\ufeff")
    text = re.sub(r"\r\n?", "\n", text)
    if not _TIMES.search(text):
        raise SubtitlesError(Sentence("The file holds no subtitles."), Sentence("Save it as SRT or WebVTT."))
    return Subtitles(text.rstrip("\n") + "\n", _VTT.match(text) is not None, encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding.removesuffix("-sig")
    for encoding, zeros in (("utf-16-le", data[1:4000:2]), ("utf-16-be", data[:4000:2])):
        if 10 < zeros.count(0) > 0.3 * len(zeros):
            return data.decode(encoding, "replace"), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4 and error.reason == "unexpected end of data":  # a copy that was cut short
            return data.decode("utf-8", "ignore"), "utf-8"
    return _guessed(data)


def _guessed(data: bytes) -> tuple[str, str]:
    sample = data[:SAMPLE].rpartition(b"\n")[0] or data
    texts = {name: unicodedata.normalize("NFC", decode(sample)) for name, decode in OLD.items()}
    shares: dict[str, float] = {}
    for name, text in texts.items():
        found, legible = share(text)
        shares[name] = legible / found if found else 0.0
    best, second, *_ = sorted(shares, key=lambda name: -shares[name])
    if shares[best] >= CLEAR and (shares[best] - shares[second] >= AHEAD or texts[best] == texts[second]):
        return OLD[best](data), best
    western = data.decode("windows-1252", "replace")
    strange = [letter for letter in western if not letter.isascii()]
    if shares[best] < CLEAR and set(strange) <= _WESTERN and len(strange) * 12 < len(western):
        return western, "windows-1252"  # English or French, with a few accents
    raise SubtitlesError(
        Sentence("Nobody can tell in which encoding these subtitles were saved."),
        Sentence('Open them in a text editor and save them as "UTF-8".'),
    )
