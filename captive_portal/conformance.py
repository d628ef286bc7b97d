"""Writes docs/phones.md: what each system hears in each standing, from the table that the hub's answers are made of."""

import sys
from collections.abc import Iterator
from typing import Final

from captive_portal.phones import Answer
from captive_portal.places import PROBE_ADDRESS
from captive_portal.probes import NCSI_ADDRESS, NCSI_HOST, TABLE, Probe, Reply, reply

STANDINGS: Final = (
    ("captive", Answer.PORTAL),
    ("welcomed, or online without a link", Answer.SUCCESS),
    ("online", Answer.INTERNET),
    ("time is over", Answer.PORTAL),
)
"""What a reader calls a standing → what the phone then hears."""

_HEAD = f"""# What phones ask, and what they hear

*Made by `python -m captive_portal.conformance`; the table is `captive_portal/probes.py`. Add a phone there.*

A phone that joins a Wi-Fi asks its maker's host for a page that it knows, over plain HTTP, to learn whether it is
online. As long as it is captive, every answer is a redirect to the welcome page, which opens the phone's sheet. Once
somebody has tapped, the hub says exactly what the maker's host would say, so that the phone stays on the Wi-Fi. With
the internet open, the maker's own host answers. When the time is over, the welcome page comes back.

- These hosts, and no others, lead to {PROBE_ADDRESS} unless the phone is online; answers may be kept for 0 seconds.
- **portal** is `302` to the welcome page, with a body of more than four bytes and `Cache-Control: no-store`.
- A phone that is in no row but asks for `/generate_204` or `/gen_204` hears 204, too, once it is welcomed.
- A user agent that begins with `CaptiveNetworkSupport` is Apple's probe, whatever it asks for.
- `{NCSI_HOST}` is {NCSI_ADDRESS}, as Windows wants.
- HTTPS is never answered in another's name: it is refused at once.

"""


def document() -> str:
    """The whole of docs/phones.md."""
    names = [name for name, _ in STANDINGS]
    lines = [f"| system | asks | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in _rows()]
    notes = [f"- **{probe.system}**: {probe.note}" for probe in TABLE if probe.note]
    return _HEAD + "\n".join(lines) + "\n\n## What else is known of them\n\n" + "\n".join(notes) + "\n"


def _rows() -> Iterator[list[str]]:
    for probe in TABLE:
        asked = "<br>".join(f"`{host}`" for host in probe.hosts) + "<br>" + _paths(probe)
        said = [reply(probe.hosts[0], probe.paths[0], answer, "/chao") for _, answer in STANDINGS]
        yield [probe.system, asked, *(_words(each) for each in said)]


def _paths(probe: Probe) -> str:
    return ", ".join(f"`{path}`" for path in probe.paths) + (", any other path" if probe.any_path else "")


def _words(said: Reply | None) -> str:
    if said is None:
        return "the host itself"
    if said.status == 302:
        return "portal"
    usual = {"Content-Type", "Content-Length", "Connection", "Cache-Control"}
    extra = [f"`{name}: {text}`" for name, text in said.headers if name not in usual]
    body = f"`{said.body.decode().replace(chr(10), '⏎')}`" if said.body else "no bytes"
    return f"{said.status}, {', '.join([*extra, body])}"


if __name__ == "__main__":
    sys.stdout.write(document())
