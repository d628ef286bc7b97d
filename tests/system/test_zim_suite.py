"""Every ZIM file at hand is readable page by page, byte for byte as zimdump sees it, or is kept off the shelf.

openZIM's own test files are used where they lie beside the project; ``HUB_ZIM_SUITE=DIR`` adds a folder of ``.zim`` and
``invalid.*`` files; files baked and crafted here leave nothing untested without either.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import pytest
from werkzeug.http import parse_options_header

from library.serving.pages import entry_address
from library.testing import Crafted, Entry, bake_zim, craft_zim, damage, reseal, split_zim
from library.zim_tables import parts_of

if TYPE_CHECKING:
    from tests.system.conftest import Site  # for the reader; pytest finds fixtures by name

LARGE = 10_000_000
BESIDE = Path(__file__).resolve().parents[2].parent / "shared/data/zim"
FOLDERS = [BESIDE, *(Path(folder) for folder in [os.environ.get("HUB_ZIM_SUITE", "")] if folder)]
FILES = [path for folder in FOLDERS if folder.is_dir() for path in sorted(folder.iterdir())]
FILES = [path for path in FILES if path.suffix in {".zim", ".zimaa"}]
INVALID = [path for path in FILES if path.name.startswith("invalid.")]
VALID = [path for path in FILES if path not in INVALID]
WHERE = f"no ZIM files beside the project (in {BESIDE.parent.parent.name}/data/zim) nor in HUB_ZIM_SUITE"
FILM = bytes(range(256)) * 2000


def cases(files: list[Path]) -> list[object]:
    """One parameter for each file; one that is skipped, and says why, where there is none."""
    slow = {path for path in files if sum(part.stat().st_size for part in parts_of(path)) >= LARGE}
    return [pytest.param(path, id=path.name, marks=[pytest.mark.long] if path in slow else []) for path in files] or [
        pytest.param(Path(), id="none", marks=pytest.mark.skip(reason=WHERE))
    ]


class Dumped(NamedTuple):
    """One entry as zimdump lists it."""

    index: int
    path: str
    is_redirect: bool
    mimetype: str


def zimdump(*arguments: str | Path) -> bytes:
    named = [path.with_suffix(".zim") if isinstance(path, Path) else path for path in arguments]  # also if in parts
    return subprocess.run(["zimdump", *named], capture_output=True, check=True).stdout


def dumped(file: Path) -> Iterator[Dumped]:
    listing = "\n" + zimdump("list", "--details", file).decode()
    for block in listing.split("\npath: ")[1:]:
        path, _, details = block.partition("\n* title:")
        found = dict(re.findall(r"^\* ([a-z -]+): +(.*)$", f"* title:{details}", re.MULTILINE))
        yield Dumped(int(found["idx"]), path, found["type"] == "redirect", found.get("mime-type", ""))


def content(file: Path, entry: Dumped) -> bytes:
    return zimdump("show", f"--idx={entry.index}", file)


def compare(site: Site, file: Path) -> int:
    """Every entry, through HTTP, is what zimdump extracts; returns how many have bytes of their own."""
    ((book, _file),) = site.books().items()
    entries = list(dumped(file))
    assert entries
    own = {entry.path for entry in entries if not entry.is_redirect}
    for entry in entries:
        answer = site.page(book, entry.path)
        if entry.is_redirect:
            assert answer.status == 302, entry
            target = answer.headers["Location"]
            assert target in {entry_address(book, path) for path in own}, entry
            assert site.ask(target).status == 200
            continue
        wanted = content(file, entry)
        assert answer.status == 200, entry
        assert answer.body == wanted, entry
        assert answer.headers["Content-Length"] == str(len(wanted))
        stated, _options = parse_options_header(entry.mimetype)
        assert parse_options_header(answer.headers["Content-Type"])[0].lower() == stated.lower()
        if len(wanted) > 2:
            part = site.page(book, entry.path, headers={"Range": f"bytes=1-{len(wanted) - 2}"})
            assert (part.status, part.body) == (206, wanted[1:-1]), entry
    home = site.ask(f"/trang/{book}/")
    assert home.status == 302
    assert site.ask(home.headers["Location"]).status == 200
    for target in (f"/sach/{book}/", "/tu-sach", f"/sach/{book}/ma", "/api/shelf", "/tim?q=a"):
        assert site.ask(target, host="localhost:8080").status == 200, target
    return len(own)


needs_zimdump = pytest.mark.skipif(not shutil.which("zimdump"), reason="zimdump (Debian: zim-tools) is not installed")


@pytest.fixture
def link_into(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes a folder that holds links to a file and its further parts."""

    def link(file: Path) -> Path:
        folder = tmp_path / "content"
        folder.mkdir(exist_ok=True)
        for part in parts_of(file):
            (folder / part.name).symlink_to(part)
        return folder

    return link


@needs_zimdump
@pytest.mark.parametrize("file", cases(VALID))
def test_a_valid_file_reads_as_zimdump_reads_it(
    file: Path, open_any_site: Callable[[Path], Site], link_into: Callable[[Path], Path]
) -> None:
    site = open_any_site(link_into(file))
    assert list(site.books().values()) == [file.name], site.shelf.listing()
    compare(site, file)


@pytest.mark.parametrize("file", cases(INVALID))
def test_an_invalid_file_harms_nobody(
    file: Path, tmp_path: Path, open_any_site: Callable[[Path], Site], link_into: Callable[[Path], Path]
) -> None:
    folder = link_into(file)
    bake_zim(folder / "good.zim", {"a.html": Entry("good")}, name="good")
    site = open_any_site(folder)
    books = site.books()
    assert books["good"] == "good.zim"
    assert site.page("good", "a.html").body == b"good"
    (line,) = [line for line in site.shelf.listing().books if line.file == file.name]
    if line.state.value == "quarantined":
        assert line.reason
        assert file.name in site.ask("/trang-thai", host="localhost:8080").text
        assert site.ask(f"/trang/{line.name}/").status == 404
        return
    for entry in dumped(file):  # it serves, so whatever it serves must be right
        answer = site.page(line.name, entry.path)
        assert answer.status in {302, 404, 503} or answer.body == content(file, entry)


def test_all_files_at_once(open_any_site: Callable[[Path], Site], link_into: Callable[[Path], Path]) -> None:
    if not FILES:
        pytest.skip(WHERE)
    small = [path for path in FILES if path.stat().st_size < LARGE]
    for file in small:
        folder = link_into(file)
    site = open_any_site(folder)
    assert site.ask("/healthz", host="localhost:8080").status == 200
    served = set(site.books().values())
    assert not {name for name in served if name.startswith("invalid.")}
    assert served <= {path.name for path in VALID}
    assert served
    rows = [line for line in site.shelf.listing().books if line.state.value == "quarantined"]
    assert {line.file for line in rows} == {path.name for path in INVALID if path in small}


def baked(path: Path, **options: object) -> Path:
    entries = {
        "main.html": Entry("<p>Trang đầu</p>" * 100, "Trang đầu"),
        "bài/vải thiều.html": Entry("<p>Vải</p>" * 1000, "Vải thiều"),
        "bài/vải thiều.html".encode().decode() + "?x=1#y%20": Entry("<p>odd</p>", "Odd"),
        "hai.css": Entry("p{}", mimetype="text/css", front=False),
        "hình.svg": Entry("<svg xmlns='http://www.w3.org/2000/svg'/>", mimetype="image/svg+xml", front=False),
        "film.webm": Entry(FILM, mimetype="video/webm", compress=False),
        "empty.txt": Entry(b"", mimetype="text/plain", front=False),
        "packed.bin": Entry(os.urandom(3000), mimetype="application/octet-stream", compress=True),
        "latin.html": Entry("café".encode("latin-1"), mimetype="text/html"),
    }
    redirects = {"cũ.html": ("Cũ", "main.html"), "cũ hơn.html": ("Cũ hơn", "cũ.html")}
    return bake_zim(
        path, entries, name="tu_sach", title="Tủ sách", main_path="main.html", redirects=redirects, uuid=UUID(int=5),
        **options,  # type: ignore[arg-type]
    )  # fmt: skip


SHAPES = {
    "usual": lambda folder: baked(folder / "a.zim"),
    "nothing compressed": lambda folder: baked(folder / "a.zim", compression="none"),
    "many clusters": lambda folder: baked(folder / "a.zim", cluster_bytes=700),
    "searchable": lambda folder: baked(folder / "a.zim", searchable=True),
    "three parts": lambda folder: split_zim(baked(folder / "a.zim"), 200_000)[0],
    "many parts": lambda folder: split_zim(baked(folder / "a.zim", cluster_bytes=700), 20_000)[0],
    "64-bit offsets": lambda folder: craft_zim(
        folder / "a.zim",
        [Crafted("C/a.html", b"<p>a</p>", title="A"), Crafted("C/f.webm", FILM, "video/webm"), Crafted("M/Name", b"b")],
        version=(6, 1), main="C/a.html", extended=True,
    ),
}  # fmt: skip


@needs_zimdump
@pytest.mark.parametrize("shape", SHAPES)
def test_our_own_files_read_as_zimdump_reads_them(
    shape: str, tmp_path: Path, open_any_site: Callable[[Path], Site]
) -> None:
    (tmp_path / "content").mkdir()
    file = SHAPES[shape](tmp_path / "content")
    site = open_any_site(tmp_path / "content")
    assert list(site.books().values()) == [file.name], site.shelf.listing()
    assert compare(site, file) >= 2


@needs_zimdump
def test_old_namespaces_are_read(tmp_path: Path, open_any_site: Callable[[Path], Site]) -> None:
    """Files of format 5 have namespaces in their paths; pages link to ``../I/p.png``."""
    (tmp_path / "content").mkdir()
    entries = [
        Crafted("A/Trang.html", b"<img src=../I/p.png>", title="Trang"),
        Crafted("A/Xưa.html", redirect="A/Trang.html", title="Xưa"),
        Crafted("I/p.png", b"\x89PNG", "image/png"),
        Crafted("-/s.css", b"p{}", "text/css"),
        Crafted("-/favicon", redirect="I/p.png"),
        Crafted("M/Name", b"xua", "text/plain"),
        Crafted("M/Title", "Sách xưa".encode(), "text/plain"),
        Crafted("M/Language", b"vie", "text/plain"),
    ]
    craft_zim(tmp_path / "content/old.zim", entries, main="A/Trang.html")
    site = open_any_site(tmp_path / "content")
    assert site.books() == {"xua": "old.zim"}
    assert site.shelf.listed("xua").facts.title == "Sách xưa"  # type: ignore[union-attr]
    for entry in entries:
        answer = site.page("xua", str(entry.path))
        if entry.redirect:
            assert answer.status == 302
            assert site.ask(answer.headers["Location"]).body
        else:
            assert (answer.status, answer.body) == (200, entry.content), entry
    assert site.page("xua", "A/../I/p.png").status == 404  # browsers resolve this themselves
    assert site.ask("/trang/xua/").headers["Location"] == "/trang/xua/A/Trang.html"
    assert [line.title for line in site.shelf.open("xua")[1].contents(0, 9)] == ["Trang"]


@pytest.mark.parametrize("whole", [True, False], ids=["cut", "flipped"])
def test_our_own_damaged_files_stay_off_the_shelf(
    whole: bool, tmp_path: Path, open_any_site: Callable[[Path], Site]
) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    good = baked(folder / "good.zim").read_bytes()
    for number, share in enumerate((0, 0.0001, 0.01, 0.5, 0.9, 0.99999)):
        at = int(len(good) * share)
        file = folder / f"bad{number}.zim"
        file.write_bytes(good[:at] if whole else good)
        if not whole:
            damage(file, at, bytes([good[at] ^ 0x41]))
    site = open_any_site(folder)
    assert site.books() == {"tu_sach": "good.zim"}
    bad = [line for line in site.shelf.listing().books if line.file.startswith("bad")]
    assert len(bad) == 6
    assert all(line.reason for line in bad)


def test_damage_under_a_valid_checksum_harms_nobody(tmp_path: Path, open_any_site: Callable[[Path], Site]) -> None:
    """A careless or hostile maker: the checksum is right, the tables are not."""
    folder = tmp_path / "content"
    folder.mkdir()
    good = baked(folder / "good.zim", cluster_bytes=700).read_bytes()
    for number, at in enumerate(range(24, 72, 4)):
        reseal(damage_copy(folder / f"bad{number}.zim", good, at, b"\xff\xff\xff"))
    for number in range(12):
        at = len(good) * (number + 1) // 14
        reseal(damage_copy(folder / f"inner{number}.zim", good, at, os.urandom(8)))
    site = open_any_site(folder)
    assert site.ask("/healthz", host="localhost:8080").status == 200
    for book in site.books():
        for line in site.shelf.open(book)[1].contents(0, 100):
            assert site.page(book, line.path).status in {200, 302, 404, 503}


def damage_copy(path: Path, good: bytes, at: int, replacement: bytes) -> Path:
    path.write_bytes(good)
    return damage(path, at, replacement)
