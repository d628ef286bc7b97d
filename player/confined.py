"""Runs other programs on what strangers sent: with little memory and time, without the network, and never for ever."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from player.errors import ProgramMissingError, Sentence

logger = logging.getLogger(__name__)

_MEGABYTE = 1024 * 1024
_WALLS = (("unshare", "--user", "--net"), ("unshare", "--net"), ())
_MOST_KEPT = 8 * _MEGABYTE
_LONGEST_COMPLAINT_LOGGED = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use.

    Attributes:
        wall_s: time on the clock, in seconds.
        cpu_s: time of the processor, in seconds.
        memory_mb: address space, in megabytes (RLIMIT_AS).
        file_mb: the largest file it may write, what it prints included.
        patience: how much it lets others go first, as nice(1) counts.
    """

    wall_s: float
    cpu_s: int
    memory_mb: int
    file_mb: int
    patience: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended.

    Attributes:
        status: its exit status; below 0 a signal that ended it.
        output: what it printed, its first eight megabytes.
        in_time: whether it ended by itself before its time was up.
    """

    status: int
    output: bytes
    in_time: bool = True

    @property
    def good(self) -> bool:
        """Whether it did what it was asked."""
        return self.in_time and self.status == 0


def find_walls() -> tuple[str, ...]:
    """How a child is cut off from the network here: the command to put before its own; empty where nothing works.

    New namespaces of user and network cost a few milliseconds; hardened systems may forbid them to users.
    """
    for walls in _WALLS:
        if not walls:
            break
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            tried = subprocess.run(
                [*walls, "true"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=5,
                check=False,
            )
            if tried.returncode == 0:
                return walls
    logger.warning("Programs that read uploads cannot be cut off from the network here.")
    return ()


class Runner:
    """Runs programs within limits; safe to use from several threads.

    The limits are set by util-linux' own small programs before the program starts, since nothing may be done between
    fork and exec in a process with threads. A child ends with the thread that waits for it.

    Args:
        walls: what cuts a child off from the network (`find_walls`).
    """

    def __init__(self, walls: Sequence[str] = ()) -> None:
        self._walls = tuple(walls)

    def run(self, args: Sequence[str], limits: Limits, given: bytes = b"") -> Outcome:
        """Run a program to its end, or to the end of its time.

        Args:
            args: the program and its arguments; never a shell line.
            limits: what it may use.
            given: what it reads from its standard input.

        Raises:
            ProgramMissingError: it is not there.
        """
        if shutil.which(args[0]) is None:
            raise ProgramMissingError(
                Sentence("The program %(name)s is missing on this hub.", name=args[0]),
                Sentence("Install it: apt install %(name)s", name="ffmpeg" if args[0] == "ffprobe" else args[0]),
            )
        bounds = [
            f"--as={limits.memory_mb * _MEGABYTE}",
            f"--cpu={limits.cpu_s}",
            f"--fsize={limits.file_mb * _MEGABYTE}",
            "--core=0",
            "--nofile=64",
        ]
        command = ["setpriv", "--pdeathsig", "KILL", "--no-new-privs", "nice", "-n", str(limits.patience)]
        command += [*self._walls, "prlimit", *bounds, *args]
        with _memory_file("input") as source, _memory_file("output") as output, _memory_file("complaint") as complaint:
            source.write(given)
            source.seek(0)
            child = subprocess.Popen(
                command,
                stdin=source,
                stdout=output,
                stderr=complaint,
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
            )
            in_time = _waited(child, limits.wall_s)
            complaint.seek(0)
            if not in_time or child.returncode:
                said = complaint.read(_LONGEST_COMPLAINT_LOGGED).decode("utf-8", "replace").strip()
                logger.info("%s ended with %d: %s", args[0], child.returncode, said)
            output.seek(0)
            return Outcome(child.returncode, output.read(_MOST_KEPT), in_time)


def _memory_file(name: str) -> BinaryIO:
    """A file in memory: unlike a pipe it neither fills up nor grows beyond the child's largest file."""
    return open(os.memfd_create(name, os.MFD_CLOEXEC), "w+b")  # noqa: PTH123 - an open descriptor, not a path


def _waited(child: subprocess.Popen[bytes], wall_s: float) -> bool:
    """Wait for a child, and end it with all it started when its time is up; whether it was in time."""
    try:
        child.wait(wall_s)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return False
        raise
    return True
