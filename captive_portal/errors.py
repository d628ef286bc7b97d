"""What can go wrong in the captive portal, each error with a hint what to do next."""


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
