"""How large a recording may be, and where it is sent to: what the website and nginx before it agree on."""

from typing import Final

RECORD: Final = "/loa/ghi-am"
"""Where recordings are sent to."""

LARGEST_MB: Final = 32
LARGEST: Final = LARGEST_MB << 20
"""Bytes of the largest recording; the player has the same limit."""
