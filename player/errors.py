"""What can go wrong in the player, each error with a hint what to do next."""

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


class PlayerError(Exception):
    """The root of the player's errors.

    Args:
        message: what is wrong, as a sentence.
        hint: what to do next, as a sentence; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ScreenError(PlayerError):
    """The screen cannot do what it was asked."""


class ScreenMissingError(ScreenError):
    """There is no screen."""


class ProgramMissingError(PlayerError):
    """A program that the player needs is not installed."""


class SpeechError(PlayerError):
    """A text cannot be spoken."""


class VoiceError(SpeechError):
    """The voice failed."""


class RecordingError(PlayerError):
    """A recording cannot be taken, or not be changed."""


class NotAudioError(RecordingError):
    """What was sent holds no sound that the player understands."""


class RecordingTooLargeError(RecordingError):
    """What was sent has too many bytes or lasts too long."""


class RecordingMissingError(RecordingError):
    """There is no such recording."""


class RecordingInUseError(RecordingError):
    """The recording is waiting to be heard."""


class RecordingsFullError(RecordingError):
    """There is no room for one more recording."""


class RecordingsBusyError(RecordingError):
    """Other recordings are being prepared just now."""
