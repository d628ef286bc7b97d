"""What the status page shows: how each service is, asked from itself, and how much room the card has left."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import format_decimal, lazy_gettext, ngettext
from flask_babel import gettext as _

from captive_portal import sentences
from captive_portal.asking import GateSilentError, gate_report
from hub.errors import SocketError
from hub.remote import sayings
from hub.remote.now import Now, hour_of_house, now_from
from library.errors import ShelfUnavailableError
from library.search.indexing import Filling
from library.search.searching import Progress
from library.views import size_text

Ask = Callable[[Path, str], tuple[int, dict[str, Any]]]
"""Asks the service behind a socket for a target; raises SocketError when nobody answers."""

_NAMES = {
    "gate": lazy_gettext("Gate of the Wi-Fi"),
    "player": lazy_gettext("Player for television and loudspeaker"),
    "shelf": lazy_gettext("Keeper of the bookcase"),
}


@dataclass(frozen=True)
class StatusReport:
    """The hub's state in words.

    Attributes:
        services: name, whether it answers, and a sentence.
        storage: how much room is left.
    """

    services: tuple[tuple[str, bool, str], ...]
    storage: str


def look(sockets: Mapping[str, Path], data: Path, ask: Ask, search: Callable[[], Progress]) -> StatusReport:
    """Ask every service how it is, and look how full the card is.

    Args:
        sockets: the UNIX socket of each service.
        data: the folder whose disk is looked at.
        ask: asks a service.
        search: how far the search index has come.
    """
    services = [(_("Website"), True, "")]
    filling = ""
    for name, socket in sockets.items():
        status, answer = _asked(socket, ask)
        said = _("It does not answer.") if answer is None else _sentence(answer)
        services.append((str(_NAMES.get(name, name)), status == 200, said))
        filling = str((answer or {}).get("filling", filling))
    services.append((_("Search through the books"), *_search(search, filling)))
    return StatusReport(tuple(services), _storage(data))


def _asked(socket: Path, ask: Ask) -> tuple[int, Mapping[str, Any] | None]:
    try:
        return ask(socket, "/status")
    except SocketError:
        return 0, None


def _search(search: Callable[[], Progress], filling: str) -> tuple[bool, str]:
    """Whether everything on the shelf is found by its words, or is being made ready for that; and a sentence.

    Args:
        search: what readers find now.
        filling: what the shelf's service says of its work on it; "" where it says nothing.
    """
    try:
        progress = search()
    except ShelfUnavailableError:
        return False, str(_("The shelf is not ready yet."))
    if progress.done >= progress.total:
        return True, str(_("Ready."))
    so_far = _(
        "%(done)s of %(total)s books and films are read for the search. The others are found by their titles.",
        done=format_decimal(progress.done),
        total=format_decimal(progress.total),
    )
    if filling in {Filling.UNDER_WAY, Filling.SETTLED}:
        return True, str(so_far)
    failed = _("The last attempt did not come to its end; the hub tries again by itself.")
    nobody = _("Nobody reads the rest just now.")
    return False, f"{so_far} {failed if filling == Filling.FAILED else nobody}"


def _sentence(answer: Mapping[str, Any]) -> str:
    """The few things a service says of itself that a reader wants to know."""
    if answer.get("mode") == "none":
        return str(_("No Wi-Fi of its own. Whoever reaches this machine may read."))
    if "mode" in answer:
        return _gate_sentence(answer)
    if "screen" in answer:
        return _player_sentence(now_from(answer))
    if "ready" in answer:
        return _shelf_sentence(int(answer["ready"]), int(answer.get("played", 0)))
    return ""


def _player_sentence(now: Now) -> str:
    """What the player shows on, what is on, what comes next, and what it has trouble with."""
    said = [_("A television is connected.") if now.has_screen else _("No television is connected.")]
    if now.announcement is not None:
        said.append(_("The loudspeaker speaks."))
    elif now.is_on:
        said.append(_("On television now: %(title)s.", title=now.title))
    if starts := sayings.moment(now.starts, hour_of_house().date()):
        plays = _("Live broadcast") if now.is_live_next else now.plays
        said.append(_("Next: %(when)s, %(what)s.", when=starts, what=plays))
    if not now.clock_trusted:
        said.append(_("It is not sure of the time, so nothing starts by itself."))
    if now.quarantined:
        said.append(
            ngettext(
                "%(count)s film is put aside: it could not be played.",
                "%(count)s films are put aside: they could not be played.",
                now.quarantined,
                count=format_decimal(now.quarantined),
            )
        )
    if now.problem:
        said.append(sayings.words(now.problem))
    return " ".join(str(sentence) for sentence in said)


def _shelf_sentence(ready: int, played: int) -> str:
    """What is on the shelf; ``played`` of what is ready are films and sounds."""
    books = ready - played
    said = [ngettext("%(count)s book can be read.", "%(count)s books can be read.", books, count=format_decimal(books))]
    if played:
        count = format_decimal(played)
        said.append(
            ngettext(
                "%(count)s film or sound can be played.",
                "%(count)s films and sounds can be played.",
                played,
                count=count,
            )
        )
    return " ".join(str(sentence) for sentence in said)


def _gate_sentence(answer: Mapping[str, Any]) -> str:
    try:
        return sentences.in_short(gate_report(answer))
    except GateSilentError:
        return ""


def _storage(data: Path) -> str:
    try:
        usage = shutil.disk_usage(data)
    except OSError:
        return str(_("The memory card cannot be read."))
    return str(_("%(free)s of %(total)s are free.", free=size_text(usage.free), total=size_text(usage.total)))
