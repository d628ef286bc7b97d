"""Vietnamese texts that nobody here wrote: two help packages of Debian, fetched once and baked into books.

``apt-get download`` fetches the packages and ``dpkg-deb`` unpacks them; nothing is installed. Packages and baked books
are kept in ``$XDG_CACHE_HOME/village-hub/help`` (``~/.cache`` where that is not set), outside of the checkout. Without
network and without that folder there are no such texts, and whoever wants them is told so in words.
"""

from __future__ import annotations

import html
import os
import random
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from library.baking import Entry, bake_zim

PACKAGES: Final = ("libreoffice-help-vi", "maint-guide-vi")
_NEWER: Final = ("oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ")
_OLDER: Final = ("òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy")
_FETCH_S: Final = 120
_PARAGRAPH = re.compile(rb"<(h[1-6]|p|li|td)\b[^>]*>(.*?)</\1>", re.S)
_TAG = re.compile(r"<[^>]*>")


class TextsMissingError(Exception):
    """The texts are not here and cannot be fetched; the message says what to do."""


@dataclass(frozen=True)
class HelpPage:
    """One page of the help: its path in the package, title and HTML."""

    path: str
    title: str
    html: bytes


def unmarked(word: str) -> str:
    """What a villager types for a word: these tests' own folding, independent of the hub's."""
    decomposed = unicodedata.normalize("NFD", word.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def placed(word: str) -> str:
    """The word with its tone where the older rule puts it: ``tùy`` for ``tuỳ``."""
    for newer, older in zip(_NEWER, _OLDER, strict=True):
        word = word.replace(newer, older)
    return word


def cache_folder() -> Path:
    """Where the texts and what is made of them are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "village-hub" / "help"


def pages() -> list[HelpPage]:
    """Every HTML page of the packages, in the order of their paths.

    Raises:
        TextsMissingError: they are neither in the cache folder nor can they be fetched.
    """
    found = []
    for package in PACKAGES:
        root = _unpacked(package)
        for path in sorted(root.rglob("*.html")):
            data = path.read_bytes()
            title = re.search(rb"<title>(.*?)</title>", data, re.S)
            text = html.unescape(title[1].decode("utf-8", "replace")) if title else path.stem
            found.append(HelpPage(path.relative_to(root).as_posix(), " ".join(text.split()), data))
    return found


def help_book(folder: Path, chosen: list[HelpPage], name: str = "help") -> Path:
    """Bake some of the pages into a book of ``folder``."""
    entries = {page.path: Entry(page.html, page.title) for page in chosen}
    return bake_zim(folder / f"{name}.zim", entries, name=name, title="Trợ giúp", main_path=chosen[0].path)


def shuffled_books(count: int, pages_each: int) -> Iterator[Path]:
    """Books whose pages are made of the help's paragraphs, shuffled; the n-th is the same every time, and kept.

    Raises:
        TextsMissingError: as ``pages``.
    """
    folder = cache_folder() / f"shuffled-{pages_each}"
    folder.mkdir(parents=True, exist_ok=True)
    paragraphs: list[str] = []
    for number in range(count):
        path = folder / f"xao-{number:02}.zim"
        if not path.exists():
            paragraphs = paragraphs or sorted(_paragraphs())
            _bake_shuffled(path, number, paragraphs, pages_each)
        yield path


def _bake_shuffled(path: Path, number: int, paragraphs: list[str], pages_each: int) -> None:
    lot = random.Random(number)
    order = lot.sample(paragraphs, len(paragraphs))
    each = max(1, len(order) // pages_each)
    entries = {}
    for page in range(pages_each):
        mine = [order[(page * each + at) % len(order)] for at in range(each)]
        title = " ".join(min(mine, key=len).split()[:12])
        body = "".join(f"<p>{html.escape(text)}</p>\n" for text in mine)
        entries[f"{page:05}.html"] = Entry(
            f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
            f"<body><h1>{html.escape(title)}</h1>\n{body}</body></html>",
            title,
        )
    bake_zim(path, entries, name=path.stem, title=f"Sách xáo {number}", main_path="00000.html", searchable=True)


def _paragraphs() -> set[str]:
    found = set()
    for page in pages():
        for match in _PARAGRAPH.finditer(page.html):
            text = " ".join(html.unescape(_TAG.sub("", match[2].decode("utf-8", "replace"))).split())
            if len(text) >= 12:
                found.add(text)
    return found


def _unpacked(package: str) -> Path:
    """The folder of an unpacked package."""
    folder = cache_folder()
    root = folder / package
    if root.is_dir():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        try:
            _run("apt-get", "-qq", "download", package, folder=work)
            file = next(Path(work).glob("*.deb"))
            _run("dpkg-deb", "-x", str(file), str(Path(work, "root")), folder=work)
        except (OSError, subprocess.SubprocessError, StopIteration) as error:
            raise TextsMissingError(
                f"The Vietnamese texts of Debian's package {package} are not in {folder} and could not be fetched"
                f" ({type(error).__name__}). Connect this machine to the internet once and run this again."
            ) from error
        if not root.exists():
            shutil.move(Path(work, "root"), root)
    return root


def _run(*command: str, folder: str) -> None:
    subprocess.run(command, cwd=folder, check=True, timeout=_FETCH_S, stdin=subprocess.DEVNULL, capture_output=True)
