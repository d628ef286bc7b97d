"""What a technician may set about the way out of the house: its links, and how the internet is recognised."""

import ipaddress
import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from captive_portal.config import Interface
from hub.errors import Sentence

_PROBE_URL = re.compile(r"http://[a-z0-9.-]+(:\d{1,5})?(/[!-~]*)?")
_APN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_ADDRESS_WORDS = {"allowed": 'an address with the length of its network in quotes, such as "192.168.1.20/24"'}


def _optional_interface_address(text: str) -> str:
    if text:
        if "/" not in text:
            raise ValueError("without a length")
        ipaddress.IPv4Interface(text)
    return text


def _optional_address(text: str) -> str:
    if text:
        ipaddress.IPv4Address(text)
    return text


def _probe_url(text: str) -> str:
    if text and (not _PROBE_URL.fullmatch(text) or not urlsplit(text).hostname):
        raise ValueError("no address of a page")
    return text


def _pin(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() and not re.fullmatch(r"\d{4,8}", secret.get_secret_value()):
        raise ValueError("no PIN")
    return secret


def _apn(text: str) -> str:
    if text and not _APN.fullmatch(text):
        raise ValueError("no access point name")
    return text


def _plain_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("with letters that cannot be printed")
    return text


def _ssid(text: str) -> str:
    if len(_plain_line(text).encode()) > 32:
        raise ValueError("too long")
    return text


def _passphrase(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text and not (8 <= len(text) <= 63 and text.isascii() and text.isprintable()):
        raise ValueError("no passphrase")
    return secret


OptionalAddress = Annotated[str, AfterValidator(_optional_address)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class EthernetConfig(_Table):
    """The `[uplink.ethernet]` table: a cable to a router."""

    interface: Interface = Field(
        default="eth0",
        description="The network interface of the cable.",
        json_schema_extra={"allowed": 'the name of a network interface in quotes, such as "eth0"'},
    )
    address: Annotated[str, AfterValidator(_optional_interface_address)] = Field(
        default="",
        description="A fixed address; left out, the router gives one (DHCP).",
        json_schema_extra={**_ADDRESS_WORDS},
    )
    gateway: OptionalAddress = Field(
        default="",
        description="The router's address, with a fixed address.",
        json_schema_extra={"allowed": "an IP address in quotes"},
    )
    dns: list[OptionalAddress] = Field(
        default=[],
        description="Name servers, with a fixed address.",
        json_schema_extra={"allowed": "a list of IP addresses in quotes"},
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if bool(self.address) != bool(self.gateway) or bool(self.address) != bool(self.dns):
            raise ValueError(Sentence("address, gateway and dns belong together: give all three, or none (DHCP)"))
        if self.address and ipaddress.ip_address(self.gateway) not in ipaddress.IPv4Interface(self.address).network:
            raise ValueError(
                Sentence(
                    "the gateway %(gateway)s is not in the network of %(address)s",
                    gateway=self.gateway,
                    address=self.address,
                )
            )
        if self.address and ipaddress.ip_address(self.gateway) == ipaddress.IPv4Interface(self.address).ip:
            raise ValueError(Sentence("the gateway %(gateway)s is the hub's own address", gateway=self.gateway))
        return self


class UsbModemConfig(_Table):
    """The `[uplink.usb_modem]` table: a USB modem, or a phone that shares its link over USB."""

    apn: Annotated[str, AfterValidator(_apn)] = Field(
        default="",
        description="The operator's access point name, for modems that must be told; left out, nothing is told.",
        json_schema_extra={"allowed": 'a name of letters, digits, dots and hyphens in quotes, such as "v-internet"'},
    )
    sim_pin: Annotated[SecretStr, AfterValidator(_pin)] = Field(
        default=SecretStr(""),
        description="The PIN of the SIM, if it has one.",
        json_schema_extra={"allowed": "4 to 8 digits in quotes"},
    )


class WifiUplinkConfig(_Table):
    """The `[uplink.wifi]` table: somebody else's Wi-Fi, reached with a second radio."""

    interface: Interface = Field(
        default="wlan1",
        description="The network interface of the second radio.",
        json_schema_extra={"allowed": 'the name of a network interface in quotes, such as "wlan1"'},
    )
    ssid: Annotated[str, AfterValidator(_ssid)] = Field(
        default="",
        description="The name of that Wi-Fi.",
        json_schema_extra={"allowed": "up to 32 bytes of letters in quotes; a letter with marks takes 2 or 3 bytes"},
    )
    passphrase: Annotated[SecretStr, AfterValidator(_passphrase)] = Field(
        default=SecretStr(""),
        description="Its password; left out for an open one.",
        json_schema_extra={"allowed": "8 to 63 plain letters, digits and signs in quotes"},
    )


class UplinkConfig(_Table):
    """The `[uplink]` table: which ways out of the house there are."""

    order: list[Literal["ethernet", "usb-modem", "wifi"]] = Field(
        default=[],
        description="The links to use, the best first; empty: the house has none.",
        json_schema_extra={"allowed": 'a list of "ethernet", "usb-modem", "wifi"'},
    )
    ethernet: EthernetConfig = Field(default=EthernetConfig(), description="A cable to a router.")
    usb_modem: UsbModemConfig = Field(default=UsbModemConfig(), description="A USB modem or a phone.")
    wifi: WifiUplinkConfig = Field(default=WifiUplinkConfig(), description="Somebody else's Wi-Fi.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        problems = []
        if len(set(self.order)) != len(self.order):
            problems.append(Sentence("order names a link twice"))
        if "wifi" in self.order and not self.wifi.ssid:
            problems.append(Sentence('order has "wifi": set uplink.wifi.ssid'))
        if problems:
            raise ValueError(*problems)
        return self


class BackhaulConfig(_Table):
    """The `[backhaul]` table: how the hub finds out whether the internet can be reached."""

    probe_url: Annotated[str, AfterValidator(_probe_url)] = Field(
        default="",
        description="A small page of the province's own host that is asked for again and again; needed with a link.",
        json_schema_extra={"allowed": 'an address in quotes that begins with http://, such as "http://…/hub"'},
    )
    probe_answer: Annotated[str, AfterValidator(_plain_line)] = Field(
        default="",
        max_length=200,
        description="What that page says, exactly; left out: nothing, with status 204.",
        json_schema_extra={"allowed": "a text in quotes, of up to 200 letters"},
    )
    interval_s: float = Field(
        default=2.0, ge=0.2, le=60, description="How often it is asked for, in seconds; less often while all is well."
    )
