"""Where everything of the portal is found: addresses and ports that the firewall, DNS and the web server agree on."""

from typing import Final

PROBE_ADDRESS: Final = "198.51.100.1"
"""What the names of probes resolve to; of TEST-NET-2 (RFC 5737), since some phones ignore a portal at a private one."""

PAGES_PORT: Final = 80
"""The hub's own pages, for everybody who asks the hub's own address."""

CAPTIVE_PORT: Final = 8081
"""Where plain HTTP of captive phones ends up, whomever they asked: everything leads to the welcome page."""

WELCOMED_PORT: Final = 8082
"""Where probes of welcomed phones end up (and of online ones without a link): answered with success, from memory."""

ONLINE_PORT: Final = 8083
"""Where online phones end up that still ask PROBE_ADDRESS: passed on to whom they meant."""

DNS_PORT: Final = 53
"""The house's own names and the probes' names, for everybody who is not online."""

OPEN_DNS_PORT: Final = 5354
"""The internet's names, for online phones."""

WELCOME_PATH: Final = "/chao"
"""The welcome page, on the hub's own pages."""

CAPTIVE_API: Final = "/api/captive-portal"
"""The portal's API for phones (RFC 8908), on the hub's own pages."""
