"""Starts the emulated machine, lets it run one command on this machine's own files, and hands back how that ended."""

from __future__ import annotations

import gzip
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from kernel import Kernel

MODULES: Final = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay")
"""What the machine needs before it sees any files."""

_HERE = Path(__file__).resolve().parent
_APPLETS = ("sh", "mount", "mkdir", "insmod", "switch_root", "cp")


class EmulatorError(Exception):
    """The machine cannot be started, or ended without a result; the message says why, or shows its last words."""


def run(command: Sequence[str], kernel: Kernel, *, folder: Path, environment: Mapping[str, str], limit_s: float) -> int:
    """Run a command in the machine, show what it says, and return its exit status.

    Args:
        command: the program and its arguments.
        kernel: what to boot.
        folder: where the command runs.
        environment: variables the command gets beside the machine's own.
        limit_s: how long all of it may take, in seconds.

    Raises:
        EmulatorError: something is missing, or the machine gave no result.
    """
    qemu, busybox = shutil.which("qemu-system-x86_64"), shutil.which("busybox")
    if not qemu or not busybox:
        raise EmulatorError("QEMU or busybox is missing; install the packages qemu-system-x86 and busybox-static.")
    with tempfile.TemporaryDirectory(prefix="hub-machine-") as work:
        share = Path(work, "share")
        share.mkdir()
        shutil.copy(_HERE / "start.sh", share)
        (share / "modules").write_text(f"{kernel.modules}\n", "utf-8")
        (share / "command").write_text(script(command, folder, environment), "utf-8")
        memory = Path(work, "memory.gz")
        memory.write_bytes(gzip.compress(first_files(kernel, Path(busybox)), 1))
        console = Path(work, "console")
        late = _emulate(arguments(qemu, kernel.image, memory, share, console), limit_s)
        status = share / "status"
        if status.exists() and (text := status.read_text("utf-8").strip()):
            return int(text)
        said = console.read_text("utf-8", "replace").strip().splitlines() if console.exists() else []
        why = f"was ended after {limit_s:g} s" if late else "gave no result"
        raise EmulatorError("\n  ".join([f"it {why}; its last words were:", *(said[-40:] or ["(none)"])]))


def script(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """The shell's lines that run the command in the machine."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    return "\n".join([*lines, f"cd {shlex.quote(str(folder))} || exit 125", f"exec {shlex.join(command)}", ""])


def arguments(qemu: str, image: Path, memory: Path, share: Path, console: Path) -> list[str]:
    """QEMU's command line. Always emulated: where KVM is there, it need not be able to run a kernel of Debian."""
    return [
        qemu,
        *("-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(min(4, os.cpu_count() or 1)), "-m", "2048"),
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", f"file:{console}"),
        *("-kernel", str(image), "-initrd", str(memory)),
        *("-append", "console=ttyS0 quiet panic=-1 mitigations=off"),
        *_folder("files", Path("/"), ",readonly=on,multidevs=remap"),
        *_folder("share", share, ""),
        *("-object", "rng-random,id=random,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=random"),
        # A file, not stdio: with the input closed, stdio would close the port and the machine's writing would hang.
        *("-device", "virtio-serial-pci", "-chardev", "file,id=out,path=/dev/stdout"),
        *("-device", "virtserialport,chardev=out,name=out"),
    ]


def _folder(tag: str, path: Path, more: str) -> list[str]:
    place = str(path).replace(",", ",,")
    device = f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"
    return ["-fsdev", f"local,id={tag},path={place},security_model=none{more}", "-device", device]


def first_files(kernel: Kernel, busybox: Path) -> bytes:
    """What the machine has in its memory at first: busybox, a few modules, and init.sh."""
    archive = Archive()
    for name in ("proc", "sys", "dev", "files", "changes", "root", "bin", "modules"):
        archive.folder(name)
    archive.file("init", (_HERE / "init.sh").read_bytes(), 0o755)
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    for name in _APPLETS:
        archive.link(f"bin/{name}", "busybox")
    for library in _libraries(busybox):
        archive.file(str(library).lstrip("/"), library.read_bytes(), 0o755)
    files = kernel.needs(*MODULES)
    for file in files:
        archive.file(f"modules/{file.name}", file.read_bytes())
    archive.file("modules/order", "".join(f"{file.name}\n" for file in files).encode())
    return archive.close()


def _libraries(program: Path) -> list[Path]:
    """What a program needs beside itself: nothing for busybox-static, its libraries for Debian's other busybox."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", said)]


class Archive:
    """A cpio archive in the `newc` form that the kernel reads (Documentation/driver-api/early-userspace/buffer-format).

    Folders above a file are made by themselves.
    """

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._known: set[str] = set()

    def folder(self, name: str) -> None:
        """Add a folder, and those above it."""
        above = name.rpartition("/")[0]
        if above:
            self.folder(above)
        if name not in self._known:
            self._known.add(name)
            self._add(name, b"", 0o040755)

    def file(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """Add a file."""
        if above := name.rpartition("/")[0]:
            self.folder(above)
        self._add(name, content, 0o100000 | mode)

    def link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        self._add(name, target.encode(), 0o120777)

    def close(self) -> bytes:
        """The archive, whole."""
        self._add("TRAILER!!!", b"", 0)
        return self._out.getvalue()

    def _add(self, name: str, content: bytes, mode: int) -> None:
        spelled = name.encode() + b"\0"
        number = len(self._known) + self._out.tell()  # any number that no other entry has
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(spelled), 0)
        self._out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + spelled)
        self._fill()
        self._out.write(content)
        self._fill()

    def _fill(self) -> None:
        self._out.write(bytes(-self._out.tell() % 4))


def _emulate(command: Sequence[str], limit_s: float) -> bool:
    """Run QEMU to its end, passing on what the machine says; return whether it had to be ended."""
    late = threading.Event()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, process_group=0) as qemu:

        def give_up() -> None:
            late.set()
            qemu.kill()

        timer = threading.Timer(limit_s, give_up)
        timer.start()
        try:
            assert qemu.stdout
            while piece := qemu.stdout.read1(65536):
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
        finally:
            timer.cancel()
            qemu.kill()
    return late.is_set()
