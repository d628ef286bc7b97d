"""Builds Linux's simulated GPIO chip for the emulated machine: Debian's kernel has neither gpio-sim nor irq_sim.

The sources come from Debian's linux-source, the headers and the kernel's own build tools from its headers' packages.
Those tools are programs of Debian's suite, so they are run with the C library of that suite. It is done once; the
modules then lie beside the kernel's others, and `modprobe gpio-sim` finds them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

import kernel
from kernel import Kernel, KernelError

_SOURCES: Final = ("drivers/gpio/gpio-sim.c", "kernel/irq/irq_sim.c")
_TOOLS: Final = {
    "scripts/basic/fixdep": "fixdep.own",
    "scripts/genksyms/genksyms": "genksyms.own",
    "scripts/mod/modpost": "modpost.real-lsb-64",
    "tools/objtool/objtool": "objtool.real-x86",
}
"""The build tools, and the program behind each: some are small doors to one of several."""

_SWITCHED_OFF: Final = ("CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=", "CONFIG_DEBUG_INFO_BTF_MODULES=")
"""What an older compiler does not know, and what needs yet another tool; neither changes what the kernel sees."""

_LICENCE: Final = '\nMODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("Simulated interrupts, out of tree");\n'


def have(found: Kernel, cache: Path) -> None:
    """Make sure that the kernel's modules hold gpio-sim.

    Raises:
        KernelError: it cannot be built; the message says why.
    """
    if found.needs("gpio_sim"):
        return
    for program in ("gcc", "make"):
        if not shutil.which(program):
            raise KernelError(f"{program} is missing; install the packages gcc and make.")
    print("Building gpio-sim for the emulated machine, from 180 MB of packages, once.", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=cache) as work:
        built = _build(Path(work), found.version)
        place = found.modules / "updates"
        place.mkdir(exist_ok=True)
        for module in built:
            shutil.copy(module, place)
        kernel.say("depmod", "--basedir", str(found.modules.parents[2]), found.version)


def _build(work: Path, version: str) -> list[Path]:
    packages = kernel.Packages(work)
    release = version.removesuffix("-amd64")
    headers = f"linux-headers-{version}"
    tools = ("libc6", "libelf1t64", "zlib1g", "libzstd1")
    try:
        exact = re.search(r"^Version: (\S+)", packages.ask("show", headers), re.M)
        source = f"linux-source-{version.rpartition('.')[0]}={exact[1] if exact else ''}"
        packages.download(headers, f"linux-headers-{release}-common", f"linux-kbuild-{release}", source, *tools)
    except KernelError as error:
        raise KernelError(f"{error}\nDebian may have gone on from {version}: remove the kernel's folder.") from error
    root = work / "unpacked"
    for package in work.glob("*.deb"):
        if not package.name.startswith("linux-source"):
            kernel.say("dpkg-deb", "--extract", str(package), str(root))
    folder = work / "modules"
    folder.mkdir()
    _take_sources(next(work.glob("linux-source*.deb")), folder)
    own = root / "usr/src" / headers
    makefile = own / "Makefile"
    makefile.write_text(makefile.read_text("utf-8").replace("/usr/src", str(root / "usr/src")), "utf-8")
    _run_with_own_library(root, root / f"usr/lib/linux-kbuild-{release}")
    kernel.say("make", "-C", str(own), f"M={folder}", "CC=gcc", *_SWITCHED_OFF, "modules")
    return sorted(folder.glob("*.ko"))


def _take_sources(package: Path, folder: Path) -> None:
    wanted = {f"/{name}" for name in _SOURCES}
    with (
        subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as unpacking,
        tarfile.open(fileobj=unpacking.stdout, mode="r|") as outer,
    ):
        for member in outer:
            inner = outer.extractfile(member) if member.name.endswith(".tar.xz") else None
            if inner is None:
                continue
            with tarfile.open(fileobj=inner, mode="r|xz") as sources:
                for file in sources:
                    name = file.name[file.name.find("/") :]
                    if name in wanted and (content := sources.extractfile(file)):
                        (folder / Path(name).name).write_bytes(content.read())
                        wanted.remove(name)
                    if not wanted:
                        break
            break
        unpacking.kill()
    if wanted:
        raise KernelError(f"{package.name} has no {', '.join(sorted(wanted))}.")
    irq_sim = folder / "irq_sim.c"
    # Modules may not look up an interrupt's description; the kernel does it for them, and calls the same handler.
    text = irq_sim.read_text("utf-8").replace("handle_simple_irq(irq_to_desc(irqnum))", "generic_handle_irq(irqnum)")
    irq_sim.write_text(text + _LICENCE, "utf-8")
    (folder / "Makefile").write_text("obj-m := gpio-sim.o irq_sim.o\nCFLAGS_irq_sim.o := -include linux/module.h\n")


def _run_with_own_library(root: Path, tools: Path) -> None:
    loader = f"{root}/usr/lib64/ld-linux-x86-64.so.2 --library-path {root}/usr/lib/x86_64-linux-gnu"
    for name, program in _TOOLS.items():
        door = tools / name
        behind = door.with_name(program)
        if behind.exists():
            door.unlink()
        else:
            door.rename(behind)
        door.write_text(f'#!/bin/sh\nexec {loader} {behind} "$@"\n', "utf-8")
        door.chmod(0o755)
