"""The newest kiwix-serve that can be had: Debian trixie's, unpacked beside its own libraries, else the installed one.

Nothing is installed: the packages are fetched with apt into a cache folder, through lists of their own, and run with
the loader that came with them.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rows import Bench

_SOURCES: Final = """Types: deb
URIs: http://deb.debian.org/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
_FETCH_S: Final = 240


@dataclass(frozen=True)
class Kiwix:
    """How kiwix-serve is started, and which version it is."""

    command: tuple[str, ...]
    version: str


def newest(bench: Bench) -> Kiwix:
    """Trixie's kiwix-serve where it runs here; a quick run fetches nothing."""
    kept = bench.cache / "kiwix-trixie"
    if not kept.is_dir() and not bench.quick:
        try:
            with tempfile.TemporaryDirectory(prefix=".kiwix-", dir=bench.cache) as work:
                _fetch(Path(work), kept)
        except (OSError, subprocess.SubprocessError) as error:
            bench.console.print(f"[yellow]kiwix-serve of Debian trixie cannot be had: {error}[/]")
    installed = ("kiwix-serve",)
    for command in ((*_loader(kept), str(kept / "usr/bin/kiwix-serve")), installed):
        try:
            version = _version(command)
        except (OSError, subprocess.SubprocessError):
            continue
        return Kiwix(command, version)
    return Kiwix(installed, "unknown")


def _loader(root: Path) -> tuple[str, ...]:
    loaders = sorted(root.glob("usr/lib*/ld-linux-*.so.*")) + sorted(root.glob("usr/lib/*/ld-linux-*.so.*"))
    folders = sorted({path.parent for path in root.glob("usr/lib/*/libc.so.6")})
    return (str(loaders[0]), "--library-path", ":".join(map(str, folders))) if loaders else ("/nowhere",)


def _version(command: tuple[str, ...]) -> str:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.split("\n")[0].removeprefix("kiwix-tools ").strip()


def _fetch(work: Path, kept: Path) -> None:
    """Fetch the packages and everything they need into one folder, and unpack them into another.

    Raises:
        OSError, subprocess.SubprocessError: they cannot be had.
    """
    for folder in ("state/lists/partial", "archives/partial", "root"):
        (work / folder).mkdir(parents=True)
    (work / "sources").with_suffix(".sources").write_text(_SOURCES, "utf-8")
    (work / "status").write_bytes(b"")
    own = {
        "Dir::Etc::sourcelist": work / "sources.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": work / "state",
        "Dir::State::status": work / "status",
        "Dir::Cache": work,
        "Debug::NoLocking": 1,
        "APT::Install-Recommends": 0,
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in own.items())]
    for verb in (["update"], ["install", "--download-only", "--yes", "kiwix-tools"]):
        subprocess.run([*apt, *verb], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=_FETCH_S)
    for package in sorted((work / "archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, work / "root"], check=True)
    (work / "root").rename(kept)
