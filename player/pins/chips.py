"""Which of the machine's GPIO chips is the one whose lines come out on the Raspberry Pi's header.

Chips are numbered in the order in which their drivers were loaded, which differs between models and kernels; their
labels stay. On all three, a line's offset is its number in Broadcom's counting.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

REVISIONS = {"pinctrl-rp1": 0xC04170, "pinctrl-bcm2711": 0xB03111, "pinctrl-bcm2835": 0xA02082}
"""The label of each chip with a header's lines, and a revision code of a board that has it (Raspberry Pi 5, 4B, 3B).

The labels are those of Linux's drivers (drivers/pinctrl), the codes of Raspberry Pi's "Revision codes". Boards with
the same chip have the same forty pins in the same places, but for the very first, which say their revision anyway.
"""


def find(label_of: Callable[[str], str | None], folder: Path = Path("/dev")) -> tuple[str, str] | None:
    """Find the chip of the header.

    Args:
        label_of: tells the label of the chip at a path; None when there is no chip, or none that may be opened.
        folder: where the chips lie.

    Returns:
        Its path and its label; None when the machine has no such chip.
    """
    for path in sorted(folder.glob("gpiochip*")):
        label = label_of(str(path))
        if label in REVISIONS:
            return str(path), label
    return None


def path_of(chip: str | int, label_of: Callable[[str], str | None], folder: Path = Path("/dev")) -> str:
    """Return the path of a chip that somebody named by its path, its number or its label.

    A label that no chip has is taken for a name in the folder, so that opening it says what is missing.
    """
    if isinstance(chip, int):
        return str(folder / f"gpiochip{chip}")
    if "/" in chip:
        return chip
    labelled = (str(path) for path in sorted(folder.glob("gpiochip*")) if label_of(str(path)) == chip)
    return next(labelled, str(folder / chip))
