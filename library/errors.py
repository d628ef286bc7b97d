"""What can go wrong in the library, each error with a hint what to do next."""

from typing import ClassVar, Self


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


class LibraryError(Exception):
    """The root of the library's errors; ``status`` is what they mean to a browser (RFC 9110).

    Args:
        message: what is wrong, as a sentence.
        hint: what to do next, as a sentence; may be empty.
    """

    status: ClassVar[int] = 503

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BrokenFileError(LibraryError):
    """A file that is not a ZIM file, or a damaged one."""


class PageNotFoundError(LibraryError):
    """A book has no such page."""

    status = 404


class PageTooLargeError(LibraryError):
    """A page that cannot be opened within the memory allowed."""


class PageBusyError(LibraryError):
    """A large page for which there is no room in memory just now."""


class ShelfUnavailableError(LibraryError):
    """The list of books cannot be read."""


class CodesUnavailableError(LibraryError):
    """The table of codes cannot be read or written."""


class BookNotFoundError(LibraryError):
    """There is no such book on the shelf."""

    status = 404


class BookChangedError(LibraryError):
    """A book's file was removed or replaced since it was admitted."""


class RefusedError(LibraryError):
    """A file that does not pass its check.

    Args:
        reason: one of ``library.reasons``.
        detail: what the technician may want to know beside it.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class PictureError(LibraryError):
    """A file that is no picture which every telephone can show."""


class EpubError(LibraryError):
    """An EPUB, or a part of one, that cannot be opened; ``reason`` is one of ``library.epub.reasons``, or empty."""

    status = 422

    def __init__(self, message: str, hint: str = "", reason: str = "") -> None:
        super().__init__(message, hint)
        self.reason = reason


class DocumentBusyError(LibraryError):
    """Too many documents are being opened just now."""


class IndexUnusableError(LibraryError):
    """The index of all pages is missing, damaged, or in another format."""


class OpeningsUnavailableError(LibraryError):
    """The count of openings cannot be read or written."""
