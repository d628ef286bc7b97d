"""The hub's side of the portal's benchmark: a whole village's house, and how a phone taps its way through its pages."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from portal_crowd import Guest
from village import Village

GATE_PROGRAMS: Final = ("gate", "nginx", "dnsmasq-house", "dnsmasq-open")
SITE_PROGRAMS: Final = ("web", "shelf")


class House:
    """The hub in a village.

    Args:
        village: not yet open; its configuration is the hub's own but for names and folders.
    """

    def __init__(self, village: Village) -> None:
        self._village = village

    def start(self) -> None:
        """Start everything, and wait until the internet is found."""
        self._village.open_house()
        self._village.backhaul_is("up", 60)

    def roots(self) -> list[int]:
        """The processes of the gate, with all they start; the website that draws the pages is not among them."""
        return [self._village.programs[name].pid for name in GATE_PROGRAMS]

    def admit(self, addresses: list[str]) -> int:
        """Open the internet for phones by command, as the website asks the gate to; return how many are online."""
        answers = [self._village.ask_gate(f"/phones/{address}/internet", "POST") for address in addresses]
        return sum(answer.get("standing") == "online" for answer in answers)

    def dismiss(self, addresses: list[str]) -> None:
        """Take the internet back."""
        for address in addresses:
            self._village.ask_gate(f"/phones/{address}/leave", "POST")

    async def see_welcome(self, guest: Guest, portal: str) -> str:
        """Open the welcome page; return where its buttons lead."""
        (await guest.get(portal)).expect(200, b"/chao/tu-sach")
        return portal

    async def accept(self, guest: Guest, carried: str) -> None:
        """Nothing: one tap is all."""

    async def go_online(self, guest: Guest, carried: str) -> None:
        """Tap "internet"."""
        (await guest.get(urljoin(carried, "/chao/internet"), method="POST")).follow()

    async def finish(self, guest: Guest, carried: str) -> None:
        """See the page that follows the tap."""
        (await guest.get(urljoin(carried, "/chao/xong"))).expect(200)

    async def go_to_library(self, guest: Guest, carried: str) -> None:
        """Tap "library": welcomed, without the internet."""
        (await guest.get(urljoin(carried, "/chao/tu-sach"), method="POST")).follow()
