"""Reads subtitles as people save them (SRT or WebVTT, in whatever encoding) and writes WebVTT, which browsers show.

Encodings: UTF-8 and UTF-16 with or without a mark, else windows-1258, in which older Vietnamese files were saved; texts
are composed (NFC) on the way. Sources: W3C WebVTT; SubRip has no standard, players agree on what is read here.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape

from library.errors import LibraryError, Sentence

LARGEST_SUBTITLES = 1024 * 1024
"""Bytes; the words of a long film are a tenth of that."""
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
_TIMES = re.compile(rf"^[ \t]{{0,9}}{_TIME}[ \t]{{0,9}}-->[ \t]{{0,9}}{_TIME}(?![\d:])", re.ASCII)
_SPANS = re.compile(r"<[^<>]{0,200}>")
_KEPT_TAGS = re.compile(r"&lt;(/?[biu])&gt;", re.IGNORECASE)
_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|\{\\[^{}]{0,200}\}")


class SubtitlesError(LibraryError):
    """A file that holds no subtitles."""


def to_vtt(data: bytes) -> str:
    """Subtitles as WebVTT.

    Raises:
        SubtitlesError: there is not one line with times in it, or the file is too large.
    """
    if len(data) > LARGEST_SUBTITLES:
        raise SubtitlesError(
            Sentence("The subtitles are larger than 1 MB."), Sentence("Subtitles of a film are small texts.")
        )
    text = unicodedata.normalize("NFC", _decoded(data)).replace("\0", "\ufffd")
    lines = re.sub(r"\r\n?", "\n", text).split("\n")
    is_vtt = re.match(r"WEBVTT(?:[ \t\n]|$)", lines[0]) is not None
    if not any(_TIMES.match(line) for line in lines):
        raise SubtitlesError(Sentence("The file holds no subtitles."), Sentence("Save it as SRT or WebVTT."))
    return "\n".join(lines) + "\n" if is_vtt else _from_srt(lines)


@dataclass(frozen=True)
class Cue:
    """What is shown at one time: when that begins, in seconds, and its lines, without any tags."""

    start_s: float
    lines: tuple[str, ...]


def cues(vtt: str) -> Iterator[Cue]:
    """What WebVTT of ours says, in its order; without what only looks (notes, styles, names of cues)."""
    start, lines = -1.0, list[str]()
    for line in [*vtt.split("\n"), ""]:
        if times := _TIMES.match(line):
            if lines:
                yield Cue(start, tuple(lines))
            hours, minutes, seconds, fraction = (part or "0" for part in times.groups()[:4])
            start, lines = int(hours) * 3600.0 + int(minutes) * 60 + float(f"{seconds}.{fraction}"), []
        elif not line.strip():
            if lines:
                yield Cue(start, tuple(lines))
            start, lines = -1.0, []
        elif start >= 0 and (said := unescape(_SPANS.sub("", line)).strip()):
            lines.append(said)


def _decoded(data: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not encoding:
        head = data[:2000]
        for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
            if len(zeros) > 8 and zeros.count(0) > len(zeros) // 2:
                encoding = name
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        return data.decode(encoding or "cp1258", "replace")


def _from_srt(lines: list[str]) -> str:
    written = ["WEBVTT", ""]
    in_cue = False
    for number, line in enumerate(lines):
        if times := _TIMES.match(line):
            if in_cue:
                written.append("")
            start, stop = _time(times.groups()[:4]), _time(times.groups()[4:])
            written.append(f"{start} --> {stop}")
            in_cue = True
        elif not line.strip():
            if in_cue:
                written.append("")
            in_cue = False
        elif in_cue and not _numbers_the_next(lines, number):
            written.append(_KEPT_TAGS.sub(lambda tag: f"<{tag[1].lower()}>", _plain(line)))
    return "\n".join(written).rstrip("\n") + "\n"


def _numbers_the_next(lines: list[str], number: int) -> bool:
    """Whether a line is only the number of the cue below it, where the empty line between the two is missing."""
    return lines[number].strip().isdecimal() and number + 1 < len(lines) and bool(_TIMES.match(lines[number + 1]))


def _plain(line: str) -> str:
    """A line without tags other than bold, italic and underlined, fit to stand in WebVTT."""
    kept = _TAGS.sub(lambda tag: tag[0] if re.fullmatch(r"</?[biuBIU]>", tag[0]) else "", line.strip())
    return escape(kept, quote=False)


def _time(parts: tuple[str | None, ...]) -> str:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return f"{int(hours):02}:{int(minutes):02}:{int(seconds):02}.{fraction.ljust(3, '0')}"
