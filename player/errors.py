"""What can go wrong in the player, each error with a hint what to do next."""


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
