"""Has files checked before they are ever served: in child processes, with limits, so that a bad file harms nobody."""

import base64
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from library import reasons
from library.config import LibraryConfig
from library.facts import facts_from
from library.inspection import Verdict
from library.media.picture_folder import picture_name

logger = logging.getLogger(__name__)

_LAST_BREATH_S = 5.0
_LARGEST_ANSWER = 32 * 1024 * 1024
_MEGABYTE = 1024 * 1024


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
        command = [sys.executable, "-m", "library.inspection", str(path), "--parent", str(os.getpid())]
        command += ["--memory", str(self._config.check_memory_mb)]
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
            return Verdict(None, reasons.TOO_SLOW, f"{self._allowed_s:.0f} s")
        status, self._child = self._child.returncode, None
        return verdict_from(status, output)

    def stop(self) -> None:
        """End a check under way; its file will be checked anew."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        try:
            child.communicate(timeout=_LAST_BREATH_S)
        except subprocess.TimeoutExpired:  # a failing card can hold a process in a read that nothing interrupts
            logger.warning("the check, process %d, does not end; the card may be failing", child.pid)


def verdict_from(status: int, output: bytes) -> Verdict:
    """What a check came to, by how its child ended and what it wrote."""
    if status < 0:
        return Verdict(None, reasons.BREAKS_READER, signal.Signals(-status).name)
    try:
        answer = json.loads(output[:_LARGEST_ANSWER])
        said, small = answer.pop("facts"), base64.b64decode(answer.pop("small_picture"), validate=True)
        facts = facts_from(said) if said else None
        if facts and facts.small_picture != picture_name(small):
            raise ValueError("the picture for rows is not the one that the facts name")
        return Verdict(facts, **answer, small_picture=small)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Verdict(None, reasons.NO_ANSWER, f"status {status}")
