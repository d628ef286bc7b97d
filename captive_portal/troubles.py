"""Says once that something fails and once that it works again, and never whom it was about."""

import logging
import re

from captive_portal.errors import CaptivePortalError

logger = logging.getLogger(__name__)

_WHOM = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|\d{1,3}(?:\.\d{1,3}){3}")


class Trouble:
    """One thing that may fail again and again.

    Args:
        what: its name, such as "the wall".
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._failing = False

    @property
    def failing(self) -> bool:
        """Whether the last try failed."""
        return self._failing

    def met(self, error: CaptivePortalError) -> None:
        """A try failed; the first one of a row is written to the log."""
        if not self._failing:
            logger.error("%s fails: %s %s", self._what, scrubbed(error.message), scrubbed(error.hint))
        self._failing = True

    def over(self) -> None:
        """A try went well."""
        if self._failing:
            logger.info("%s works again", self._what)
        self._failing = False


def scrubbed(text: str) -> str:
    """A text for the log: no MAC address and no IPv4 address stays in it."""
    return _WHOM.sub("(a phone)", text)
