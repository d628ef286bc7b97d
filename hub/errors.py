"""What can go wrong under the roof, each error with a hint what to do next and the status a program ends with."""

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


class HubError(Exception):
    """The root of the hub's errors.

    Args:
        message: what is wrong, as a sentence.
        hint: what to do next, as a sentence; may be empty.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class CommandError(HubError):
    """A program could not be started, failed, or took too long."""


class FolderError(HubError):
    """A folder cannot be used as it is."""


class FolderInUseError(FolderError):
    """Another hub works in the folder."""


class PortError(HubError):
    """A TCP port cannot be listened on."""


class SocketError(HubError):
    """A UNIX socket cannot be listened on, or does not answer."""
