"""The map from books to editions that nginx reads, and how the shelf's service has it changed. Pure rules and one call.

The order keeps old pages from being shown: first nginx learns which editions will be there, then the shelf changes.
In between nginx asks the site for everything that changes, and keeps none of it, since the site still names the old
edition (`hub.kept`).
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from hub.errors import SocketError
from hub.unix_sockets import ask
from library.listing import Listing, State
from library.slugs import slug

logger = logging.getLogger(__name__)

PATIENCE_S = 10.0
"""How long the shelf waits for nginx, in seconds, before it changes all the same."""
_SLUG = re.compile(r"[A-Za-z0-9._~-]{1,120}")
_EDITION = re.compile(r"[A-Za-z0-9]{1,64}")

Editions = Mapping[str, str]
"""A book's name in addresses → its edition."""


def editions_of(listing: Listing) -> dict[str, str]:
    """The books of a list that may be read, and their editions."""
    ready = (line for line in listing.books if line.state is State.READY and line.facts)
    return {slug(line.name): line.facts.edition for line in ready if line.facts}


def is_editions(value: object) -> bool:
    """Whether this is a table of editions; what else comes over a socket is none."""
    return isinstance(value, dict) and all(isinstance(each, str) for pair in value.items() for each in pair)


def render(editions: Editions) -> str:
    r"""The map, as nginx includes it.

    nginx knows no small and large letters there: books whose names differ in nothing else are left out, and so never
    kept. ``\\`` before a name makes it a name, whatever it is: "default", "~" and "include" mean something to nginx.
    """
    alike = Counter(name.lower() for name in editions)
    lines = [
        f"\\\\{name} {edition};\n"
        for name, edition in sorted(editions.items())
        if alike[name.lower()] == 1 and _SLUG.fullmatch(name) and _EDITION.fullmatch(edition)
    ]
    return "".join(lines)


def takes_away(before: Editions, after: Editions) -> bool:
    """Whether a book is gone or changed, which nginx must know before any reader; a new one can wait."""
    return any(after.get(name) != edition for name, edition in before.items())


def announce(socket: Path, listing: Listing) -> None:
    """Have nginx learn what a list says; returns when no old page is served any more, or after a while.

    Args:
        socket: that of the edge's service; nothing is done where there is none.
        listing: the list that is about to hold.
    """
    if not socket.exists():
        return
    body = json.dumps({"books": editions_of(listing)}).encode()
    try:
        status, _ = ask(socket, "/books", "POST", timeout_s=PATIENCE_S, body=body)
    except SocketError as error:
        logger.warning("%s %s", error.message, error.hint)
        return
    if status != 200:
        logger.warning("nginx could not be told about the books (%d); it hears of them later.", status)
