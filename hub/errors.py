"""What can go wrong under the roof, each error with a hint what to do next and the status a program ends with."""


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
