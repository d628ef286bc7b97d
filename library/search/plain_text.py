"""Makes plain text of HTML pages nobody vouches for: one pass, no tree, no recursion, and never more than was asked.

A page is cut at every ``<``, so the time is proportional to its length whatever stands in it. That is not how a browser
reads HTML, but words come out whole: marks of style within a word do not part it, and blocks do.
"""

import html
import re
from typing import Final

LARGEST_PAGE: Final = 4 * 1024 * 1024
"""Bytes of a page that are looked at; the rest is not searched."""
SEAM: Final = "\u2060"
"""A letter that is not seen (WORD JOINER)."""
_HIDDEN: Final = frozenset({"script", "style", "noscript", "template", "svg", "math", "textarea", "select", "title"})
_LEADS_ELSEWHERE: Final = frozenset({"nav", "header", "footer"})
_IS_READ: Final = frozenset({"main", "article"})
_COMMENT_END: Final = "-->"
_WITHIN_WORDS: Final = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|nobr|q|rb|ruby|s|samp|small|span"
    "|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_QUOTED = re.compile(r"=\s*(?:\"[^\"]*+\"|'[^']*+')")
_SEAMED = re.compile(rf"[^\W_]{{1,40}}(?:{SEAM}[^\W_]{{0,40}})++")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:-]{1,40})")


def decode(data: bytes) -> str:
    """A page's letters: UTF-8, or else what it says of itself in its first kilobyte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        stated = _CHARSET.search(data[:1024])
        try:
            return data.decode(stated[1].decode("ascii") if stated else "utf-8", "replace")
        except (LookupError, ValueError):
            return data.decode("utf-8", "replace")


def text_of(page: str) -> str:
    """The words that a reader of an HTML page sees, parted by spaces; its title and what is hidden are left out.

    So is what leads elsewhere (HTML, section 4.3): ``<nav>``, and where the page says what is read, by ``<main>`` or
    ``<article>``, the ``<header>`` and ``<footer>`` around that. A page of which nothing would remain is taken whole.
    Where a mark of style stands between two letters, `SEAM` stands in the text: nobody can tell one word from two.
    """
    pieces = page.split("<")
    kept = [pieces[0]]
    frame = _Frame()
    waiting_for = ""
    for piece in pieces[1:]:
        if waiting_for:
            commented = waiting_for == _COMMENT_END
            waiting_for = _wait(piece, waiting_for, kept)
            if waiting_for or commented:
                continue
        name = _NAME.match(piece)
        if name is None:
            waiting_for = _keep_oddity(piece, kept)
            continue
        tag = name[1].lower()
        end = _end_of_tag(piece)
        if tag in _HIDDEN and piece[0] != "/" and not piece[:end].endswith("/>"):
            waiting_for = f"/{tag}"
            kept.append(" ")
        elif not _WITHIN_WORDS.fullmatch(tag):
            frame.meet(tag, piece[0] == "/", len(kept))
            kept.append(" " + piece[end:])
        else:
            seam = kept[-1][-1:].isalnum() and (end == len(piece) or piece[end].isalnum())
            kept.append(SEAM + piece[end:] if seam else piece[end:])
    return html.unescape("".join(frame.left_out(kept)))


class _Frame:
    """Remembers where a page leads elsewhere: from which piece of its text to which."""

    def __init__(self) -> None:
        self._open: dict[str, list[int]] = {}
        self._found: list[tuple[str, int, int]] = []
        self._reading = 0
        self._says_what_is_read = False

    def meet(self, tag: str, closing: bool, at: int) -> None:
        """A tag that begins or ends a block stands before this piece."""
        if tag in _IS_READ:
            self._says_what_is_read = True
            self._reading = max(0, self._reading + (-1 if closing else 1))
        elif tag in _LEADS_ELSEWHERE and not closing:
            of_what_is_read = tag != "nav" and self._reading > 0
            self._open.setdefault(tag, []).append(-1 if of_what_is_read else at)
        elif tag in _LEADS_ELSEWHERE and (began := self._open.get(tag)):
            self._found.append((tag, began.pop(), at))

    def left_out(self, kept: list[str]) -> list[str]:
        """The pieces without those; all of them where nothing else was there. What is never closed stays."""
        text = list(kept)
        for tag, start, end in self._found:
            if start >= 0 and (tag == "nav" or self._says_what_is_read):
                text[start:end] = [" "] * (end - start)
        return text if any(not piece.isspace() for piece in text if piece) else kept


def _wait(piece: str, waiting_for: str, kept: list[str]) -> str:
    """Pass over a piece of what is hidden; returns what still ends it, empty when this piece does."""
    if waiting_for != _COMMENT_END:
        return "" if piece[: len(waiting_for)].lower() == waiting_for else waiting_for
    end = piece.find(_COMMENT_END)
    if end < 0:
        return waiting_for
    kept.append(piece[end + 3 :])
    return ""


def _keep_oddity(piece: str, kept: list[str]) -> str:
    """Keep what a piece that is no tag holds; returns what ends it when it is the beginning of a comment."""
    if piece.startswith("!--"):
        return _wait(piece, _COMMENT_END, kept)
    if piece.startswith(("!", "?", "/")):
        kept.append(" " + piece[piece.find(">") + 1 :])
    else:
        kept.append("<" + piece)  # a lone sign, as in "1 < 2"
    return ""


def parts_at_seams(text: str) -> str:
    """The pieces of words in which there are seams, as words of their own; empty when there are none."""
    return " ".join(_SEAMED.findall(text)).replace(SEAM, " ") if SEAM in text else ""


def _end_of_tag(piece: str) -> int:
    """Where the text begins after a tag; a ``>`` in a quoted value does not end it."""
    end = piece.find(">") + 1
    if not end:
        return len(piece)
    quotes = piece.count('"', 0, end), piece.count("'", 0, end)
    if quotes[0] % 2 == 0 and quotes[1] % 2 == 0:
        return end
    blank = _QUOTED.sub(lambda match: " " * len(match[0]), piece)
    return (blank.find(">") + 1) or end
