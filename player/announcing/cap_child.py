"""Reads one warning in a process of its own, with little memory and time: the child's part.

Takes the message from standard input and writes one JSON object: the warning, or everything that is wrong with it.
Run as ``python -m player.announcing.cap_child``.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from player.alerts.cap_reading import read_alert
from player.alerts.cap_refusal import MOST_BYTES, AlertRefusedError
from player.answers import sentence_json

_MEMORY_BYTES: Final = 192 * 1024 * 1024
_SECONDS: Final = 5
"""Of the processor, not of the clock."""


def confine(seconds: int = _SECONDS) -> None:
    """Limit this process: memory and time of its own, no files written, no other process started.

    Args:
        seconds: of the processor.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def answer(message: bytes) -> dict[str, Any]:
    """Return what the message says, or what is wrong with it, in values that JSON knows."""
    try:
        return {"alert": dataclasses.asdict(read_alert(message))}
    except AlertRefusedError as error:
        return {"problems": [sentence_json(problem) for problem in error.problems]}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def main() -> None:
    """Read standard input, write the answer to standard output."""
    confine()
    message = sys.stdin.buffer.read(MOST_BYTES + 1)
    json.dump(answer(message), sys.stdout, default=_plain, ensure_ascii=True)


if __name__ == "__main__":
    main()
