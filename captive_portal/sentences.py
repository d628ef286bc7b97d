"""What the gate's numbers are in words, in the reader's language: minutes, megabytes, seats, the way out."""

from __future__ import annotations

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from captive_portal.asking import GateReport, PhoneReport, Seats
from captive_portal.radios import Trouble

_MEGABYTE = 1_000_000


def duration(seconds: int) -> str:
    """A length of time in hours and whole minutes, such as "1 hour 20 minutes"."""
    hours, minutes = divmod(seconds // 60, 60)
    hours_text = str(ngettext("%(num)d hour", "%(num)d hours", hours))
    minutes_text = str(ngettext("%(num)d minute", "%(num)d minutes", minutes))
    if not hours and not minutes:
        return str(_("less than a minute"))
    return " ".join(text for text, some in ((hours_text, hours), (minutes_text, minutes)) if some)


def data(size: int) -> str:
    """An amount of data, such as "480 MB" or "1.2 GB"; rounded down, so that nobody is promised too much."""
    if size < 1000 * _MEGABYTE:
        return f"{size // _MEGABYTE}\u00a0MB"
    return f"{format_decimal(size // (100 * _MEGABYTE) / 10, '#,##0.#')}\u00a0GB"


def allowance(phone: PhoneReport, session_minutes: int) -> str:
    """What the button to the internet says besides its name: how much is left of today, or how long one tap lasts."""
    left = []
    if phone.day_seconds is not None:
        left.append(duration(phone.day_seconds))
    if phone.day_bytes is not None:
        left.append(data(phone.day_bytes))
    if left:
        return str(_("Left today: %(amount)s", amount=", ".join(left)))
    return str(_("%(time)s for each tap", time=duration(session_minutes * 60)))


def session(phone: PhoneReport) -> str:
    """How long the internet stays open for a phone that is on it."""
    if phone.session_seconds is None:
        return ""
    return str(_("Time left: %(time)s", time=duration(phone.session_seconds)))


def seats(seats: Seats) -> str:
    """How full the Wi-Fi is."""
    if seats.left is None:
        return str(_("Phones here: %(used)d.", used=seats.used))
    if not seats.left:
        return str(_("Phones here: %(used)d. All places are taken.", used=seats.used))
    return str(_("Phones here: %(used)d. Places left: %(left)d.", used=seats.used, left=seats.left))


def way_out(backhaul: str) -> str:
    """Whether the internet can be reached, for those who look after the hub."""
    return str(
        {
            "none": _("This house has no link to the Internet."),
            "up": _("The Internet can be reached."),
            "down": _("The Internet cannot be reached. Phones keep the bookcase."),
            "login": _("The link asks for a login of its own. The technician opens it at the router or the modem."),
        }.get(backhaul, _("The hub is finding out whether the Internet can be reached."))
    )


def radio(gate: GateReport) -> str:
    """What is wrong with the radio, for everybody and then for the technician; empty when nothing is."""
    if not gate.radio_problem:
        return ""
    what = _trouble(gate.radio_trouble) or gate.radio_problem
    return str(_("The radio of the Wi-Fi does not work as it should. Tell the technician: %(what)s", what=what))


def _trouble(word: str) -> str:
    """What a technician does about a trouble of `radios.Trouble`; empty for a word that is none of them."""
    said = {
        Trouble.MISSING: _("it is not there; plug it in again, or correct captive_portal.interface (see: ip link)."),
        Trouble.NO_RADIO: _("captive_portal.interface names something that is no radio; correct it (see: iw dev)."),
        Trouble.BLOCKED: _("the system keeps it off; run rfkill unblock wifi."),
        Trouble.SWITCHED_OFF: _("a switch on the machine keeps it off; turn it on."),
        Trouble.FIRMWARE_HALTED: _(
            "its firmware halted; restart the machine, and if it comes again, lower most_phones."
        ),
        Trouble.HELD: _("NetworkManager holds it; take it away from NetworkManager (nmcli device set … managed no)."),
        Trouble.UNREACHABLE: _("hostapd is not running or does not answer; restart the machine."),
        Trouble.DOWN: _("hostapd runs, but the Wi-Fi does not come up; run hostapd by hand, it says why."),
    }
    return str(next((words for trouble, words in said.items() if trouble.value == word), ""))


def in_short(gate: GateReport) -> str:
    """The gate in a line, for the status page."""
    return " ".join(text for text in (radio(gate), seats(gate.seats), way_out(gate.backhaul)) if text)
