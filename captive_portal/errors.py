"""What can go wrong in the captive portal, each error with a hint what to do next."""

from collections.abc import Iterable
from typing import Self


class Sentence(str):
    """An English sentence that remembers what it is made of, so that a terminal can say it in another language.

    Everywhere else it is the English text and nothing more. The other packages have the same class, since none may
    import the other; whoever says sentences looks for the two attributes (docs/decisions/0019).

    Args:
        msgid: the sentence, with names where something else stands, as in "There is no %(name)s."
        arguments: what stands there; a sentence among them is said in the other language, too.
    """

    msgid: str
    arguments: dict[str, object]

    def __new__(cls, msgid: str, /, **arguments: object) -> Self:
        """Write the sentence in English."""
        self = super().__new__(cls, msgid % arguments if arguments else msgid)
        self.msgid, self.arguments = msgid, arguments
        return self

    @classmethod
    def joined(cls, parts: Iterable[str], between: str = "\n") -> Self:
        """Return several sentences as one."""
        named = {f"part{number}": part for number, part in enumerate(parts)}
        return cls(between.join(f"%({name})s" for name in named), **named)


class CaptivePortalError(Exception):
    """The root of the captive portal's errors.

    Args:
        message: what is wrong, as a sentence.
        hint: what to do next, as a sentence; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WallError(CaptivePortalError):
    """The kernel refused what the gate wanted of it."""


class RadioError(CaptivePortalError):
    """The radio cannot do what is wanted, or is not there."""


class HostapdError(CaptivePortalError):
    """hostapd does not answer, or refused a command."""


class ProgramError(CaptivePortalError):
    """A program that the portal needs (hostapd, dnsmasq) cannot be started or stopped."""
