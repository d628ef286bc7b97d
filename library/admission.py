"""Checks a file before it is ever served: in a child process, with limits, so that a bad file harms nobody.

``python -m library.admission FILE`` opens the file, has libzim check all of it (checksum included), tries a sample of
its pages and prints one JSON object: ``{"facts": …}`` or ``{"refused": reason}``. ``Checker`` starts such a child with
a memory limit, a time limit that grows with the file and low priority for processor and disk.
"""

import argparse
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from library.book import Book, Facts, Page
from library.config import LibraryConfig
from library.errors import LibraryError, PageNotFoundError
from library.zim_tables import parts_of

SAMPLE = 200
_LARGEST_COMPARED = 1024 * 1024
_LARGEST_ANSWER = 32 * 1024 * 1024
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Verdict:
    """The end of a check: the book's facts, or the reason for which it is refused."""

    facts: Facts | None
    reason: str = ""
    codes: dict[str, str] = field(default_factory=dict)


def inspect(path: Path, *, whole: bool) -> Verdict:
    """Check one file in this process.

    Args:
        path: the file; for a split one its first part.
        whole: also verify the checksum; False where somebody has just verified a hash of the whole file.
    """
    try:
        book = Book(path)
        if not book.has_checksum:
            return Verdict(None, "The file carries no checksum, so nobody can tell whether it is whole.")
        if whole and not book.check():
            return Verdict(None, "The file is damaged: its checksum or its tables are wrong. Copy it again.")
        facts = book.facts()
        if not facts.entries:
            return Verdict(None, "The file holds no page.")
        book.main_path()
        _try_sample(book, facts.entries)
    except LibraryError as error:
        return Verdict(None, f"{error.message} {error.hint}".strip())
    except (OSError, RuntimeError, KeyError, IndexError, MemoryError) as error:
        return Verdict(None, f"The file cannot be read: {error or type(error).__name__}")
    return Verdict(facts, codes=book.claimed_codes())


def _try_sample(book: Book, entries: int) -> None:
    """Read pages spread evenly over the book, and follow their redirects."""
    step = max(1, entries // SAMPLE)
    for number, path in enumerate(book.entry_paths()):
        if number % step:
            continue
        with contextlib.suppress(PageNotFoundError):  # a redirect in a circle spoils that page, not the book
            page = book.page(path)
            if isinstance(page, Page) and page.size <= _LARGEST_COMPARED:
                page.read()


class Checker:
    """Runs checks one at a time, without waiting for them."""

    def __init__(self, config: LibraryConfig, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._monotonic = monotonic
        self._child: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self._allowed_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether a check is under way."""
        return self._child is not None

    def start(self, path: Path, size: int, *, whole: bool) -> None:
        """Begin to check a file of ``size`` bytes."""
        command = [sys.executable, "-m", "library.admission", str(path), "--memory", str(self._config.check_memory_mb)]
        self._child = subprocess.Popen(
            ["nice", "-n", "15", "ionice", "-c", "3", *command, *([] if whole else ["--no-checksum"])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._allowed_s = self._config.check_grace_s + size / (self._config.check_rate_mb_s * _MEGABYTE)
        self._deadline = self._monotonic() + self._allowed_s

    def poll(self) -> Verdict | None:
        """The verdict once the child has ended, None while it works; a child beyond its time is ended."""
        if self._child is None:
            return None
        output = b""
        try:
            output, _ = self._child.communicate(timeout=0.01)
        except subprocess.TimeoutExpired:
            if self._monotonic() < self._deadline:
                return None
            self.stop()
            return Verdict(None, f"The check took longer than {self._allowed_s:.0f} seconds. The card may be failing.")
        status, self._child = self._child.returncode, None
        return _verdict(status, output)

    def stop(self) -> None:
        """End a check under way; its file will be checked anew."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


def _verdict(status: int, output: bytes) -> Verdict:
    if status < 0:
        return Verdict(None, f"The check ended with {signal.Signals(-status).name}: the file breaks the reader.")
    try:
        answer = json.loads(output[:_LARGEST_ANSWER])
        if "facts" in answer:
            return Verdict(Facts(**answer["facts"]), codes=answer["codes"])
        return Verdict(None, str(answer["refused"]))
    except (ValueError, KeyError, TypeError):
        return Verdict(None, f"The check ended with status {status} and no answer: it may need more memory than allowed.")


def main() -> None:
    """The child's part: limit this process, check the file, print the verdict."""
    parser = argparse.ArgumentParser(description="Check one ZIM file and print what it is.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--memory", type=int, default=256, help="memory limit in megabytes")
    parser.add_argument("--no-checksum", action="store_true", help="somebody has verified the whole file just now")
    arguments = parser.parse_args()
    limit = arguments.memory * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))  # not RLIMIT_AS: a large file is mapped, not loaded
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parent = os.getppid()
    _die_with(parent)
    verdict = inspect(arguments.file, whole=not arguments.no_checksum)
    facts = asdict(verdict.facts) if verdict.facts else None
    answer = {"facts": facts, "codes": verdict.codes} if facts else {"refused": verdict.reason}
    sys.stdout.write(json.dumps(answer))


def _die_with(parent: int) -> None:
    """End when the parent ends (prctl(2), PR_SET_PDEATHSIG), so that no check is left behind."""
    import ctypes  # noqa: PLC0415

    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def size_of(path: Path) -> int:
    """Bytes of a book on disk, all parts of a split one together."""
    return sum(part.stat().st_size for part in parts_of(path))


if __name__ == "__main__":
    main()
