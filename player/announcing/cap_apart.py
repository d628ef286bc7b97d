"""Has a warning read in a process of its own, so that no message can take the loudspeaker down with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError

from player.alerts.cap import Alert
from player.alerts.cap_refusal import MOST_PROBLEMS, AlertRefusedError
from player.announcing.errors import DeskError
from player.answers import sentence_from
from player.errors import Sentence

LONGEST_S: Final = 20.0
"""How long a reading may take, in seconds; a Raspberry Pi under load starts the child slowly."""
_LARGEST_ANSWER: Final = 4 * 1024 * 1024
_CHILD: Final = (sys.executable, "-m", "player.announcing.cap_child")


class AlertReader:
    """Reads warnings in children.

    Args:
        command: what starts a child.
        longest_s: how long it may take, in seconds.
    """

    def __init__(self, command: Sequence[str] = _CHILD, longest_s: float = LONGEST_S) -> None:
        self._command = list(command)
        self._longest_s = longest_s
        self._alerts: TypeAdapter[Alert] = TypeAdapter(Alert)

    def __call__(self, message: bytes) -> Alert:
        """Read a CAP 1.2 message.

        Raises:
            AlertRefusedError: it is none; every problem is named.
            DeskError: no child could be started.
        """
        try:
            ended = subprocess.run(
                self._command,
                input=message,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._longest_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise AlertRefusedError((Sentence("reading it takes too long"),)) from None
        except OSError as error:
            raise DeskError(
                503,
                Sentence("The warning cannot be read now: %(reason)s.", reason=error.strerror),
                Sentence("Send it again in a minute."),
            ) from error
        if ended.returncode or len(ended.stdout) > _LARGEST_ANSWER:
            raise AlertRefusedError((Sentence("it breaks the program that reads it"),))
        return self._result(ended.stdout)

    def _result(self, output: bytes) -> Alert:
        try:
            match json.loads(output):
                case {"alert": dict(values)}:
                    return self._alerts.validate_python(values)
                case {"problems": [_, *_] as problems}:
                    found = [sentence for each in problems if isinstance(sentence := sentence_from(each), Sentence)]
                    if found:
                        raise AlertRefusedError(tuple(found[:MOST_PROBLEMS]))
        except (ValueError, ValidationError, RecursionError):
            pass
        raise AlertRefusedError((Sentence("it breaks the program that reads it"),))
