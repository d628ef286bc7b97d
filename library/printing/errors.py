"""What can go wrong when something is printed."""

from library.errors import LibraryError


class PrintingError(LibraryError):
    """What was asked for cannot be printed."""

    status = 400


class NothingToPrintError(PrintingError):
    """There is nothing on the shelf."""


class UnknownChoiceError(PrintingError):
    """What was chosen is not on the shelf."""


class PageNumbersError(PrintingError):
    """The pages chosen are none of the book's."""


class TooManyLabelsError(PrintingError):
    """More was asked for than one file shall hold."""


class TooSmallError(PrintingError):
    """The codes do not fit on so small a sticker."""


class PressFailedError(LibraryError):
    """The press itself failed, whatever was asked for."""


class PressBusyError(LibraryError):
    """Something else is being printed."""
