"""Which site a request is for, told from its Host name: the hub's pages, the books', or none of ours. Pure rules.

Books are untrusted, so their pages have a host name of their own (``sach.`` before the hub's); a port would not do,
since cookies ignore ports. Where only an IP address is used there is no second name, and books are sandboxed instead.
A name for which the hub holds a certificate is for the hub's pages only; its books are at the main name, over HTTP,
since a certificate seldom covers a second name.
"""

import enum
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

BOOKS_PREFIX = "sach."
_LONGEST_HOST = 255
_LARGEST_PORT = 65535
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{0,5}))?", re.ASCII)


class Site(enum.Enum):
    """What a Host name stands for."""

    HUB = "hub"
    BOOKS = "books"
    ADDRESS = "address"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Place:
    """Where a request arrived.

    Attributes:
        site: what the Host name stands for.
        hub_origin: scheme, host and port of the hub's own pages, as this reader reaches them.
        books_origin: the same for the pages of books.
    """

    site: Site
    hub_origin: str
    books_origin: str

    @property
    def reading_origin(self) -> str:
        """Where the hub's pages may frame the books': no page that came over HTTPS may frame one that did not."""
        same = self.hub_origin.partition(":")[0] == self.books_origin.partition(":")[0]
        return self.hub_origin if same else self.books_origin.replace(f"//{BOOKS_PREFIX}", "//", 1)


class Hosts:
    """Knows the names of one hub.

    Args:
        name: the hub's main host name.
        other_names: further names it answers to.
        port: the port readers use, for pages shown to a reader who came under an unknown name.
        secure_name: the name of the hub's certificate, if it has one.
    """

    def __init__(self, name: str, other_names: Iterable[str] = (), port: int = 80, secure_name: str = "") -> None:
        self._name = name.lower()
        self._names = {self._name, *(other.lower() for other in other_names)}
        self._port = "" if port == 80 else f":{port}"
        self._secure_name = secure_name.lower()

    def place(self, host_header: str, scheme: str = "http") -> Place:
        """What a ``Host`` header (RFC 9110, section 7.2) stands for; anything malformed is unknown.

        Args:
            host_header: the header.
            scheme: how the reader came; "https" only for the certificate's name.
        """
        match = _HOST.fullmatch(host_header.lower()) if len(host_header) <= _LONGEST_HOST else None
        if match is None or int(match[2] or 0) > _LARGEST_PORT:
            return self._unknown()
        host, port = match[1], f":{match[2]}" if match[2] else ""
        if host == self._secure_name:
            return Place(Site.HUB, f"{scheme}://{host}{port}", self._unknown().books_origin)
        if host in self._names:
            return Place(Site.HUB, f"http://{host}{port}", f"http://{BOOKS_PREFIX}{host}{port}")
        if host.startswith(BOOKS_PREFIX) and host.removeprefix(BOOKS_PREFIX) in self._names:
            main = host.removeprefix(BOOKS_PREFIX)
            return Place(Site.BOOKS, f"http://{main}{port}", f"http://{host}{port}")
        if _is_address(host):
            return Place(Site.ADDRESS, f"http://{host}{port}", f"http://{host}{port}")
        return self._unknown()

    def _unknown(self) -> Place:
        main = f"{self._name}{self._port}"
        return Place(Site.UNKNOWN, f"http://{main}", f"http://{BOOKS_PREFIX}{main}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
