"""What people type as PIN or password: brought into one form, and refused as a new one when it is easily guessed."""

import itertools
import unicodedata
from enum import Enum, auto
from typing import Final

LONGEST: Final = 128
"""Letters of the longest password; more is refused before anything is computed from it."""

SHORTEST_PIN: Final = 6
SHORTEST_PASSWORD: Final = 8


class Weakness(Enum):
    """Why something typed cannot become a PIN or password."""

    EMPTY = auto()
    TOO_LONG = auto()
    SHORT_PIN = auto()
    SHORT_PASSWORD = auto()
    EASILY_GUESSED = auto()


def folded(typed: str) -> str | None:
    """What a person meant by what was typed; None when it is longer than any password may be.

    The same letters come in different bytes from different keyboards, so they are composed (NFKC, as
    https://pages.nist.gov/800-63-3/sp800-63b.html section 5.1.1.2 asks); digits of every script, such as the Khmer
    ones, count as 0 to 9; blanks around it do not count, nor do blanks and hyphens within a PIN.
    """
    if len(typed) > LONGEST:
        return None
    composed = unicodedata.normalize("NFKC", typed).strip()
    plain = "".join(str(unicodedata.decimal(letter, letter)) for letter in composed)
    pin = plain.replace(" ", "").replace("-", "")
    return pin if pin.isascii() and pin.isdecimal() else plain


def weakness(typed: str) -> Weakness | None:
    """Why `typed` should not become a PIN (6 digits or more) or password (8 letters or more); None when it may."""
    secret = folded(typed)
    if secret is None:
        return Weakness.TOO_LONG
    if not secret:
        return Weakness.EMPTY
    if secret.isascii() and secret.isdecimal():
        if len(secret) < SHORTEST_PIN:
            return Weakness.SHORT_PIN
        return Weakness.EASILY_GUESSED if _is_a_pattern(secret) else None
    if len(secret) < SHORTEST_PASSWORD:
        return Weakness.SHORT_PASSWORD
    return Weakness.EASILY_GUESSED if len(set(secret)) < 4 else None


def _is_a_pattern(pin: str) -> bool:
    """One or two different digits, a row up or down, or the same few digits again: what a thief tries first."""
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    repeated = pin in (pin + pin)[1:-1]
    return len(set(pin)) <= 2 or len(steps) == 1 or repeated
