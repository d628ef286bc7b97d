"""What a phone's camera reads to join a Wi-Fi: the text of a ``WIFI:`` code. Pure rules.

The form is ZXing's ("Barcode Contents", Wi-Fi network configuration), which Android and iOS follow; ``T:nopass`` stands
for an open Wi-Fi and for an encrypted one without a password (OWE), ``T:WPA`` for every one with a password: phones
take WPA3 by themselves where both are offered.
"""

import re
from dataclasses import dataclass

_SPECIAL = re.compile(r'([\\;,:"])')


@dataclass(frozen=True)
class Network:
    """A Wi-Fi as it is printed.

    Attributes:
        ssid: its name.
        passphrase: its password; empty where none is needed.
    """

    ssid: str
    passphrase: str = ""


def payload(network: Network) -> str:
    """The text of the code."""
    kind = "WPA" if network.passphrase else "nopass"
    secret = f"P:{_escaped(network.passphrase)};" if network.passphrase else ""
    return f"WIFI:T:{kind};S:{_escaped(network.ssid)};{secret};"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
