"""The law of the house: who may import whom, and what stands at the top of the project."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

WINGS = {"captive_portal", "library", "player"}
BELOW: dict[str, set[str]] = {
    "captive_portal": set(),
    "library": set(),
    "player": set(),
    "hub": WINGS,
    "provisioning": WINGS | {"hub"},
    "image": WINGS | {"hub", "provisioning"},
}
ONLY_IN = {
    "libzim": {"library/book.py", "library/page.py", "library/baking.py"},
    "qrcode": {"library/codes/qr.py"},
    "gpiozero": {"player/pins/libgpiod.py", "player/pins/panel.py", "player/pins/setup.py"},
    "gpiod": {"player/pins/libgpiod.py", "player/pins/setup.py"},
    "tantivy": {
        "library/search/index_folder.py",
        "library/search/hunting.py",
        "library/search/index_filling.py",
        "library/search/page_counting.py",
        "library/search/page_index.py",
        "library/search/page_queries.py",
    },
    "dbus_fast": {"player/mpris/interfaces.py", "player/mpris/presence.py"},
    "lunar_vn": {"player/pictures/dates.py"},
    "vlc": {
        "player/vlc/library.py",
        "player/vlc/playing.py",
        "player/vlc/stage.py",
        "player/vlc/screen.py",
        "player/vlc/silence.py",
        "player/vlc/patient.py",
    },
    "Xlib": {"player/vlc/window.py"},
    "pyrage": {"captive_portal/lease_log.py"},
    "ctypes": {
        "captive_portal/libnftables.py",
        "hub/clock.py",
        "hub/lifeline.py",
        "hub/memory.py",
        "library/baking.py",
        "library/confinement.py",
    },
}
ROOT = Path(__file__).resolve().parent.parent


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file names in an import, wherever in the file it stands."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level):
                yield "." * level + (module or "")
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield name


def breaches(path: str, source: str) -> list[str]:
    """What the file at `path`, relative to the project, does against the law."""
    tree = ast.parse(source)
    home = PurePosixPath(path).parts[0]
    found = [] if ast.get_docstring(tree) else ["has no docstring"]
    if PurePosixPath(path).stem in {"utils", "util", "helpers", "common", "misc"}:
        found.append("has a name that says nothing")
    for name in imported(tree):
        top = name.partition(".")[0]
        if not top:
            found.append(f"imports {name}, which is relative")
        elif top in BELOW and top != home and top not in BELOW[home]:
            found.append(f"imports {name}, which is not below {home}")
        elif path not in ONLY_IN.get(top, {path}):
            found.append(f"imports {name}, which only {', '.join(sorted(ONLY_IN[top]))} may")
    return found


def modules(*folders: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", modules(*BELOW))
def test_a_folder_imports_only_folders_below_it(path: str) -> None:
    assert breaches(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "breach"),
    [
        ("library/web.py", "import hub.config", "imports hub.config, which is not below library"),
        ("library/web.py", "def f():\n    from player import engine", "imports player, which is not below library"),
        ("hub/wiring.py", "import provisioning", "imports provisioning, which is not below hub"),
        ("provisioning/cli.py", "from image.disk import Disk", "imports image.disk, which is not below provisioning"),
        ("player/web.py", "importlib.import_module('hub.web')", "imports hub.web, which is not below player"),
        ("library/web.py", "from .book import Book", "imports .book, which is relative"),
        ("library/web.py", "from . import book", "imports ., which is relative"),
        ("hub/web.py", "import qrcode.image.svg", "imports qrcode.image.svg, which only library/codes/qr.py may"),
        ("hub/utils.py", "", "has a name that says nothing"),
    ],
)
def test_a_breach_is_found(path: str, source: str, breach: str) -> None:
    assert breaches(path, f'"""A room."""\n{source}\n') == [breach]


def test_a_module_without_a_docstring_is_found() -> None:
    assert breaches("hub/web.py", "import library.web\n") == ["has no docstring"]


def test_what_the_law_allows_is_no_breach() -> None:
    source = '"""A room."""\nimport json, library.book\nfrom captive_portal import config\nfrom hub import errors\n'
    assert breaches("hub/wiring.py", source) == []
    assert breaches("library/book.py", '"""A room."""\nfrom libzim.reader import Archive\n') == []


def test_the_folders_at_the_top_are_these() -> None:
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - ignored - {"__pycache__"} == {*BELOW, "tests", "docs"}


def test_every_package_is_shipped_with_its_types() -> None:
    assert [name for name in BELOW if not (ROOT / name / "py.typed").is_file()] == []


def test_tests_say_what_they_are_about_and_are_no_package() -> None:
    paths = modules("tests")
    assert [path for path in paths if path.endswith("__init__.py")] == []
    assert [path for path in paths if not ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))] == []
