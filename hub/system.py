"""The one door to other programs, and the one way to write a file that a power cut cannot spoil."""

import contextlib
import os
import shlex
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hub.errors import CommandError, Sentence

_LONGEST_OUTPUT_SHOWN = 2000


def run(args: Sequence[str], timeout_s: float = 60.0) -> str:
    """Run a program to its end and return what it wrote to standard output.

    The program has no standard input and a session of its own: it cannot ask questions, and when it takes too long
    it is ended together with everything it started.

    Args:
        args: the program and its arguments; never a shell line.
        timeout_s: how long it may take, in seconds.

    Raises:
        CommandError: it could not be started, failed, or took too long; the hint is a command that can be pasted.
    """
    if isinstance(args, str) or not args:
        raise TypeError("run() takes a list: the program and its arguments")
    pasteable = shlex.join(args)
    try:
        program = subprocess.Popen(
            list(args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(
            Sentence("%(name)s could not be started: %(reason)s.", name=args[0], reason=error.strerror),
            Sentence("Try: %(command)s", command=pasteable),
        ) from error
    try:
        output, complaint = program.communicate(timeout=timeout_s)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise CommandError(
                Sentence("%(name)s took longer than %(seconds)g s.", name=args[0], seconds=timeout_s),
                Sentence("Try: %(command)s", command=pasteable),
            ) from error
        raise
    if program.returncode:
        ending = Sentence("status %(status)d", status=program.returncode)
        if program.returncode < 0:
            ending = Sentence("signal %(signal)s", signal=signal.Signals(-program.returncode).name)
        said = (complaint.strip() or output.strip())[-_LONGEST_OUTPUT_SHOWN:]
        message = Sentence("%(name)s failed (%(ending)s).", name=args[0], ending=ending)
        if said:
            message = Sentence("%(name)s failed (%(ending)s): %(said)s", name=args[0], ending=ending, said=said)
        raise CommandError(message, Sentence("Try: %(command)s", command=pasteable))
    return output


def atomic_write(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write a file so that, whatever happens, the old or the new one is there, whole.

    The bytes go to a temporary file in the same folder, which is flushed to the disk and then takes the place of
    ``path``; the folder is flushed too, so the new file also outlives a power cut that comes right after.

    Args:
        path: the file; when it is a link, what it points at is written.
        data: its whole new content.
        mode: its permissions; None keeps those of the file that is there, or takes 0o644 for a new one.

    Raises:
        OSError: it could not be written; the old file is untouched and nothing is left behind.
    """
    path = Path(os.path.realpath(path))
    if mode is None:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError:
            mode = 0o644
    _sweep(path)
    handle, name = tempfile.mkstemp(prefix=f"{_prefix(path)}{os.getpid()}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - an open descriptor, not a path
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk (fsync(2), "Calling fsync() does not necessarily ensure …").

    Raises:
        OSError: the disk refused.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prefix(path: Path) -> str:
    return f".{path.name[:100]}."


def _sweep(path: Path) -> None:
    """Remove what writers of this file left behind when they were killed."""
    prefix = _prefix(path)
    for leftover in path.parent.iterdir():
        if leftover.name.startswith(prefix) and leftover.name.endswith(".tmp"):
            writer = leftover.name.removeprefix(prefix).partition(".")[0]
            if writer.isdecimal() and not Path("/proc", writer).exists():
                leftover.unlink(missing_ok=True)
