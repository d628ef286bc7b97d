"""Gets Debian's kernel for the emulated machine, without installing it: once, into a folder of the user's own."""

from __future__ import annotations

import lzma
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUITE: Final = "trixie"
"""Its kernel 6.12 was seen to do all of it; bookworm's 6.1 fails at OWE."""

_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_MIRROR = "http://deb.debian.org/debian/"
_READY = "ready-3"
"""Its number grows when more modules are wanted, so that an older kernel is fetched again."""

_WANTED = re.compile(
    r"kernel/(?:(?:net|crypto|lib|arch)/.*|fs/(?:9p|configfs|netfs|overlayfs)/.*|drivers/net/(?:wireless/virtual/.*|[^/]+)"
    r"|drivers/(?:media/(?:cec|common|mc|rc|v4l2-core|test-drivers)|video/fbdev/core|dma-buf)/.*)"
)


class KernelError(Exception):
    """There is no kernel for the emulated machine; the message says what to do."""


@dataclass(frozen=True)
class Kernel:
    """A kernel that lies ready.

    Attributes:
        image: the file that QEMU boots.
        modules: the folder with its modules, uncompressed (unpacking them is slow in an emulated machine).
    """

    image: Path
    modules: Path

    @property
    def version(self) -> str:
        """As `uname -r` says it."""
        return self.modules.name

    def needs(self, *names: str) -> list[Path]:
        """The files of these modules and of what they need, in the order in which they must be loaded."""
        listed = dict(line.split(":", 1) for line in (self.modules / "modules.dep").read_text("utf-8").splitlines())
        files = {Path(file).stem.replace("-", "_"): file for file in listed}
        order: dict[str, None] = {}
        for name in names:
            if file := files.get(name):  # what is not listed is built in
                order |= dict.fromkeys([*reversed(listed[file].split()), file])
        return [self.modules / file for file in order]


def fetch(cache: Path) -> Kernel:
    """Return the kernel that lies in the cache, or download one from Debian first.

    Raises:
        KernelError: there is none, and none can be had.
    """
    ready = sorted(cache.glob(f"linux-*/{_READY}"))
    if not ready:
        if platform.machine() != "x86_64":
            raise KernelError(f"it runs on x86-64 only; this is {platform.machine()}. Run these tests on a PC.")
        if not _KEYS.exists():
            raise KernelError(f"{_KEYS} is missing; install the package debian-archive-keyring.")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetching-", dir=cache) as work:
            ready = [_download(Path(work), cache) / _READY]
    folder = ready[-1].parent
    return Kernel(folder / "vmlinuz", next((folder / "lib" / "modules").iterdir()))


def sources(mirror: str) -> str:
    """The one source of packages for apt, deb822 style (sources.list(5))."""
    return f"Types: deb\nURIs: {mirror}\nSuites: {SUITE}\nComponents: main\nArchitectures: amd64\nSigned-By: {_KEYS}\n"


def options(work: Path) -> list[str]:
    """What makes apt use folders of our own and leave the machine's alone (apt.conf(5))."""
    settings = {
        "Dir::Etc::SourceList": work / "debian.sources",
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Acquire::Languages": "none",
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "",
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]


class Packages:
    """Debian's packages of `SUITE`, beside whatever packages this machine itself knows.

    Args:
        work: an empty folder; packages are downloaded to it.

    Raises:
        KernelError: the lists of packages cannot be had.
    """

    def __init__(self, work: Path) -> None:
        self._work, self._options = work, options(work)
        for name in ("lists/partial", "cache/archives/partial"):
            (work / name).mkdir(parents=True)
        known = say("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian")
        (work / "debian.sources").write_text(sources((known.split() or [_MIRROR])[0]), "utf-8")
        say("apt-get", *self._options, "-q", "update")

    def ask(self, *question: str) -> str:
        """What apt-cache(8) answers."""
        return say("apt-cache", *self._options, *question)

    def download(self, *names: str) -> None:
        """Download packages into the folder."""
        say("apt-get", *self._options, "-q", "download", *names, folder=self._work)


def _download(work: Path, cache: Path) -> Path:
    print(f"Fetching the kernel of Debian {SUITE} for the emulated machine: 110 MB, once.", file=sys.stderr, flush=True)
    packages = Packages(work)
    depends = packages.ask("depends", "linux-image-amd64")
    package = re.search(r"Depends: (linux-image-(\S+))", depends)
    if not package:
        raise KernelError(f"Debian {SUITE} names no kernel in linux-image-amd64.")
    packages.download(package[1])
    unpacked = work / "unpacked"
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", next(work.glob("*.deb"))], stdout=subprocess.PIPE
    ) as unpacking, tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive:  # fmt: skip
        _unpack(archive, unpacked, package[2])
    say("depmod", "--basedir", str(unpacked), package[2])
    (unpacked / _READY).touch()
    place = cache / f"linux-{package[2]}"
    shutil.rmtree(place, ignore_errors=True)
    return unpacked.rename(place)


def _unpack(archive: tarfile.TarFile, folder: Path, version: str) -> None:
    modules = f"usr/lib/modules/{version}/"
    for member in archive:
        name = member.name.removeprefix("./")
        if name == f"boot/vmlinuz-{version}":
            target = folder / "vmlinuz"
        elif name.startswith(modules) and _wanted(name.removeprefix(modules)):
            target = folder / name.removeprefix("usr/").removesuffix(".xz")
        else:
            continue
        content = archive.extractfile(member)
        if content:
            target.parent.mkdir(parents=True, exist_ok=True)
            data = content.read()
            target.write_bytes(lzma.decompress(data) if name.endswith(".xz") else data)


def _wanted(name: str) -> bool:
    return name.startswith("modules.") or _WANTED.fullmatch(name) is not None


def say(*command: str, folder: Path | None = None) -> str:
    """Run a program to its end and return what it says.

    Raises:
        KernelError: it is missing or failed; with its last complaints.
    """
    search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": search, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise KernelError(f"{command[0]} is missing; this needs Debian's own tools, apt and kmod.") from error
    if done.returncode:
        last = "\n".join(_complaints(done.stderr))
        raise KernelError(f"nothing could be made ready; is there a network? {command[0]} says:\n{last}")
    return done.stdout


def _complaints(text: str) -> Iterator[str]:
    lines: Sequence[str] = text.strip().splitlines()
    yield from lines[-5:]
