"""The demo shelf: two small original books and a film, baked into the content folder when they are not there yet.

A baked file carries a UUID made from all it was baked from, so a glance at its header tells whether it is still true.
"""

import fcntl
import hashlib
import mimetypes
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from uuid import UUID

from library.baking import BAKING_SUFFIX, Entry, bake_zim
from library.errors import Sentence

CONTENT = Path(__file__).with_name("demo_content")
"""The words, pictures and film layers the demo is baked from."""

_BOOKS = ("tu-sach", "handbook")
_FILM_SECONDS = 12
_UUID_IN_HEADER = slice(8, 24)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a demo book, as its `book.toml` tells it."""

    path: str
    title: str
    section: str
    picture: str
    alt: str
    film: bool = False


def bake(content_dir: Path, run: Callable[[Sequence[str]], str], report: Callable[[str], None]) -> list[Path]:
    """Put the demo books into `content_dir`, and do next to nothing when they are there and up to date.

    Several demos may do this at once: one bakes, the others wait a few seconds and find the work done.
    Without ffmpeg, or when it fails, the Vietnamese book comes without its film, and `report` says so; a later call
    tries again once ffmpeg is there.

    Args:
        content_dir: the folder of ZIM files; made when missing.
        run: runs a command and returns what it printed; raises anything when it failed.
        report: takes one plain sentence for the person at the terminal.

    Returns:
        The demo books, in a fixed order.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    content_dir.mkdir(parents=True, exist_ok=True)
    with alone_in(content_dir):
        return [_bake_book(CONTENT / folder, content_dir, run, report) for folder in _BOOKS]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the content folder locked; a lock on an open folder leaves no file behind and ends with its process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _bake_book(
    source: Path, content_dir: Path, run: Callable[[Sequence[str]], str], report: Callable[[str], None]
) -> Path:
    book: dict[str, Any] = tomllib.loads((source / "book.toml").read_text("utf-8"))
    path: Path = content_dir / book["file"]
    wants_film = "film" in book and shutil.which("ffmpeg") is not None
    if _uuid_of(path) == _fingerprint(source, with_film=wants_film):
        return path
    for leftover in content_dir.glob(f".{path.name}.*{BAKING_SUFFIX}*"):  # ours alone, now that the folder is locked
        leftover.unlink()
    report(Sentence("Baking the demo book %(name)s.", name=path.name))
    with tempfile.TemporaryDirectory(prefix="hub-demo-") as folder:
        film = Path(folder) / "film.mp4" if wants_film else None
        if film is not None:
            try:
                run(film_command(film))
            except Exception as error:  # whatever the caller's `run` raises: a book without its film is still a book
                report(
                    Sentence(
                        "ffmpeg could not make the demo film, so %(name)s comes without it: %(reason)s",
                        name=path.name,
                        reason=error,
                    )
                )
                film = None
        elif "film" in book:
            report(Sentence("ffmpeg is not installed, so %(name)s comes without its film.", name=path.name))
        entries = _entries(source, book, film)
        return bake_zim(
            path,
            entries,
            name=book["metadata"]["Name"],
            main_path="index.html",
            redirects={old: (book["contents"], new) for old, new in book["redirects"].items()},
            illustration_png=(source / book["illustration"]).read_bytes(),
            title=book["metadata"]["Title"],
            language=book["metadata"]["Language"],
            metadata=book["metadata"],
            uuid=_fingerprint(source, with_film=film is not None),
        )


def _uuid_of(path: Path) -> UUID | None:
    """Read the UUID in the header of a ZIM file; None when there is no such file, or hardly any of it."""
    try:
        with path.open("rb") as file:
            return UUID(bytes=file.read(24)[_UUID_IN_HEADER])
    except (FileNotFoundError, ValueError):
        return None


def _fingerprint(source: Path, *, with_film: bool) -> UUID:
    """Make a UUID of everything a book is baked from: its folder, what the books share, and the bakers."""
    digest = hashlib.sha256(b"with film" if with_film else b"without film")
    shared = [CONTENT / "page.html", CONTENT / "style.css", *sorted((CONTENT / "film").iterdir())]
    bakers = [Path(__file__), Path(__file__).with_name("baking.py")]
    for file in [*sorted(file for file in source.rglob("*") if file.is_file()), *shared, *bakers]:
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode())
        digest.update(content)
    return UUID(bytes=digest.digest()[:16], version=5)


def _entries(source: Path, book: Mapping[str, Any], film: Path | None) -> dict[str, Entry]:
    """Lay out a book: main page, pages, style, pictures, and the film if there is one."""
    pages = _pages(book)
    main = _Page("index", book["metadata"]["Title"], book["main_title"], book["main_picture"], book["main_alt"])
    entries = {"index.html": _page_entry(source, book, main, {"top": ".", "after": _cards(pages)})}
    for before, page, after in zip([None, *pages], pages, [*pages[1:], None], strict=False):
        words = {
            "top": "..",
            "home": f'<header><a href="../index.html">☰ {escape(book["contents"])}</a></header>',
            "previous": _neighbour("prev", book["previous"], before),
            "next": _neighbour("next", book["next"], after),
        }
        if page.film and film is not None:
            words["figure"] = _film_figure(book, page)
        elif page.film:
            words["before"] = f'<p class="note">{escape(book["film"]["missing"])}</p>\n'
        entries[f"pages/{page.path}.html"] = _page_entry(source, book, page, words)
    entries["style.css"] = Entry(CONTENT / "style.css", mimetype="text/css")
    for picture in sorted((source / "pictures").iterdir()):
        entries[f"pictures/{picture.name}"] = Entry(
            picture, mimetype=mimetypes.types_map[picture.suffix], compress=picture.suffix == ".svg"
        )
    if film is not None:
        entries[book["film"]["path"]] = Entry(film, book["film"]["label"], "video/mp4", compress=False)
    return entries


def _pages(book: Mapping[str, Any]) -> list[_Page]:
    return [
        _Page(section=section["title"], **{"picture": f"{page['path']}.svg", **page})
        for section in book["section"]
        for page in section["pages"]
    ]


def _page_entry(source: Path, book: Mapping[str, Any], page: _Page, words: Mapping[str, str]) -> Entry:
    """Put a page together; `words` may fill `home`, `figure`, `before`, `after`, `previous` and `next`."""
    fragment = (source / "pages" / f"{page.path}.html").read_text("utf-8")
    blanks = dict.fromkeys(("home", "previous", "next"), "")
    given = {
        "lang": book["metadata"]["Language"][:2],
        "title": escape(page.title),
        "section": escape(page.section),
        "figure": _picture_figure(page, words["top"]),
        "body": words.get("before", "") + fragment + words.get("after", ""),
        "rights": escape(book["rights"]),
    }
    template = Template((CONTENT / "page.html").read_text("utf-8"))
    return Entry(template.substitute(blanks | given | dict(words)), page.title, front=True)


def _picture_figure(page: _Page, top: str) -> str:
    height = 400 if page.picture.endswith(".png") else 360
    return (
        f'<img class="picture" src="{top}/pictures/{page.picture}" alt="{escape(page.alt)}"'
        f' width="640" height="{height}">'
    )


def _film_figure(book: Mapping[str, Any], page: _Page) -> str:
    return (
        f'<video controls preload="metadata" width="640" height="360" poster="../pictures/{page.picture}"'
        f' aria-label="{escape(page.alt)}"><source src="../{book["film"]["path"]}" type="video/mp4"></video>'
    )


def _cards(pages: Sequence[_Page]) -> str:
    """Return the table of contents: a heading for each section, a card with a picture for each page."""
    lines = ["<nav>"]
    section = None
    for page in pages:
        if page.section != section:
            lines += ["</ul>"] * (section is not None) + [f"<h2>{escape(page.section)}</h2>", '<ul class="cards">']
            section = page.section
        lines.append(
            f'<li><a href="pages/{page.path}.html"><img src="pictures/{page.picture}" alt="" width="640" height="360"'
            f' loading="lazy"><span>{escape(page.title)}</span></a></li>'
        )
    return "\n".join([*lines, "</ul>", "</nav>"])


def _neighbour(rel: str, word: str, page: _Page | None) -> str:
    if page is None:
        return ""
    arrow = f"← {escape(word)}" if rel == "prev" else f"{escape(word)} →"
    return f'<a rel="{rel}" href="{page.path}.html"><span><small>{arrow}</small>{escape(page.title)}</span></a>'


def film_command(film: Path) -> list[str]:
    """Return the ffmpeg command that makes the demo film: a day in the village, 12 s, 640 × 360, a five-note tune.

    H.264 Constrained Baseline with yuv420p and AAC-LC, the index in front: what every phone since 2010 plays while
    it still loads.
    """
    layers = ("sky-day", "sun", "cloud", "sky-night", "land-day", "land-night", "hens")
    still = "loop=-1:1,fps=24"
    dusk = f"{still},format=rgba,fade=in:st=7.5:d=2.5:alpha=1"
    scene = (
        f"[0]{still}[day];[1]{still}[sun];[2]{still},split[cloud][small];[4]{still}[land];[6]{still}[hens]",
        f"[3]{dusk}[night];[5]{dusk}[evening]",
        "[day][sun]overlay=x=20+48*t:y='210-200*sin(PI*t/9)':enable='lt(t,10)'[a]",
        "[a][cloud]overlay=x=440-22*t:y=30:enable='lt(t,10)'[b]",
        "[b][small]overlay=x=120-14*t:y=66:enable='lt(t,10)'[c]",
        "[c][night]overlay=enable='gt(t,7.5)'[d]",
        "[d][land]overlay[e]",
        "[e][evening]overlay=enable='gt(t,7.5)'[f]",
        "[f][hens]overlay=x=-280+98*t:y='214-7*abs(sin(7*t))':enable='lt(t,10)'[g]",
        "[g]fade=in:d=0.5,fade=out:st=11.4:d=0.6,format=yuv420p[film]",
    )
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    for layer in layers:
        command += ["-i", str(CONTENT / "film" / f"{layer}.png")]
    command += ["-f", "lavfi", "-i", tune()]
    command += [
        "-filter_complex",
        ";".join(scene),
        "-map",
        "[film]",
        "-map",
        str(len(layers)),
        "-t",
        str(_FILM_SECONDS),
    ]
    command += ["-c:v", "libx264", "-profile:v", "baseline", "-level:v", "3.0", "-preset", "veryfast", "-crf", "25"]
    command += ["-g", "48", "-c:a", "aac", "-b:a", "64k", "-ac", "1", "-map_metadata", "-1", "-fflags", "+bitexact"]
    return [*command, "-movflags", "+faststart", "-f", "mp4", str(film)]


def tune() -> str:
    """Return the tune of five notes, 12 s, as a source of ffmpeg's."""
    pitches = (392, 440, 523, 587, 659, 587, 523, 440, 392, 523, 587, 659, 784, 659, 587, 523, 440, 392, 440, 523)  # Hz
    notes = (
        f"if(between(t,{start:g},{start + 1.6:g}),"
        f"exp(-3*(t-{start:g}))*(0.2*sin({pitch}*2*PI*t)+0.05*sin({pitch}*4*PI*t)))"
        for start, pitch in ((beat * 0.55, pitch) for beat, pitch in enumerate(pitches))
    )
    return f"aevalsrc='{'+'.join(notes)}':s=22050,lowpass=f=3000,afade=out:st=11:d=1"
