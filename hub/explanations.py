"""What a reader is told when something does not go as hoped: what happened and what to do next, never a code alone."""

from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True)
class Explanation:
    """A heading and a piece of advice, in the reader's language."""

    heading: str
    advice: str


def explain(status: int) -> Explanation:
    """The words for an HTTP status (RFC 9110, section 15)."""
    if status == 404:
        return Explanation(_("This page is not here"), _("Open the bookcase, or go back to the home page."))
    if status in {401, 403}:
        return Explanation(_("This page is for those who look after the hub"), _("Log in first, then try again."))
    if status == 405:
        return Explanation(_("This page can only be read"), _("Go back, and use the buttons on the page."))
    if status == 413:
        return Explanation(_("This is too large for the hub"), _("Choose something smaller, then try again."))
    if status == 414:
        return Explanation(_("This address is too long"), _("Open the bookcase, or type a shorter address."))
    if status == 421:
        return Explanation(_("This address is not one of ours"), _("The library is at the address below."))
    if status == 429:
        return Explanation(_("Too many tries"), _("Wait a few minutes, then try again."))
    if 400 <= status < 500:
        return Explanation(_("The hub did not understand this"), _("Go back, and try again."))
    if status == 503:
        return Explanation(
            _("Just a moment"),
            _("This cannot be opened yet. Try again in a little while; if it stays so, tell the technician."),
        )
    return Explanation(_("Something went wrong in the hub"), _("Try again. If it happens again, tell the technician."))
