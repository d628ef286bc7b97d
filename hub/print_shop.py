"""What the hub's settings mean for paper: where codes lead, what people type, and what a printer should know first."""

from typing import Final
from urllib.parse import urlsplit

from hub.config import HubConfig
from library.printing.orders import House
from library.printing.wifi_code import Network
from library.reasons import N_

ROLES: Final = ("content-editor", "village-head")
"""Who may print, beside the technician."""

PASSPHRASE_PRINTED: Final = N_("The Wi-Fi's password will be on the paper: whoever sees it can join.")
SSID_UNSURE: Final = N_(
    "The hub does not run the Wi-Fi itself. Check that the name and the password printed are those of the access point."
)
ONLY_HERE: Final = N_("These codes lead to this machine alone; no phone can open them.")
HOME_BESIDE: Final = N_(
    "The hub holds no certificate for the public address, so that one stands as a second, smaller code “ở nhà”."
)
_THIS_MACHINE: Final = {"localhost", "127.0.0.1", "[::1]"}


def house_of(config: HubConfig, reached: str = "") -> House:
    """Whose paper it is, and where its codes lead.

    Args:
        config: the hub's settings.
        reached: scheme, host and port by which the reader who prints reached the hub; counts only where the hub has no
            Wi-Fi of its own, and so no name that all phones know.
    """
    portal = config.captive_portal
    port = 80 if portal.gated else config.edge.port or config.web.port
    local = f"http://{config.web.name}{'' if port == 80 else f':{port}'}"
    if reached and not portal.gated:
        local = reached
    public = config.library.public_base_url
    return House(
        title=config.house.title,
        place=config.house.place,
        origin=public if holds_certificate(config) else local,
        name=local.partition("://")[2],
        number=portal.hub_address if portal.gated else "",
        network=Network(portal.radio.ssid, portal.radio.passphrase.get_secret_value()),
        home="" if holds_certificate(config) else public,
    )


def holds_certificate(config: HubConfig) -> bool:
    """Whether the hub itself answers at the public address: one code then works on the Wi-Fi and at home."""
    public, portal = config.library.public_base_url, config.captive_portal
    return bool(public) and portal.gated and public == f"https://{portal.certificate.name}"


def warnings(config: HubConfig, house: House) -> list[str]:
    """What whoever prints should know; English sentences that are in the catalogue."""
    mode = config.captive_portal.mode
    said = {
        PASSPHRASE_PRINTED: bool(house.network.passphrase),
        SSID_UNSURE: mode in {"none", "outside-ap"},
        ONLY_HERE: urlsplit(house.origin).hostname in _THIS_MACHINE,
        HOME_BESIDE: bool(house.home),
    }
    return [sentence for sentence, holds in said.items() if holds]
