"""What a technician may set about the Wi-Fi and its gate."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from captive_portal.errors import Sentence

_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
_DOMAIN = re.compile(r"(?=.{1,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_AGE_KEY = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_PRIVATE = tuple(ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_SSID_BYTES = 32
_INTERFACE_WORDS = {"allowed": 'the name of a network interface in quotes, such as "wlan0"'}
_DOMAINS_WORDS = {"allowed": "a list of domain names in quotes, in small letters; each stands for all names below it"}


def _interface(text: str) -> str:
    if not _INTERFACE.fullmatch(text):
        raise ValueError("no name of a network interface")
    return text


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise ValueError("no domain name")
    return text


def _optional_domain(text: str) -> str:
    return text and _domain(text)


def _ssid(text: str) -> str:
    if not 0 < len(text.encode()) <= _SSID_BYTES or not text.isprintable():
        raise ValueError("too long, empty, or with letters that cannot be printed")
    return text


def _house_network(text: str) -> str:
    """An address of the hub with the length of its network: private (RFC 1918), and large enough for a class."""
    network = ipaddress.IPv4Interface(text)
    own = network.ip in (network.network.network_address, network.network.broadcast_address)
    private = any(network.network.subnet_of(block) for block in _PRIVATE)
    if "/" not in text or not private or not 16 <= network.network.prefixlen <= 28 or own:
        raise ValueError("no address for the hub")
    return text


def _passphrase(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text and not (8 <= len(text) <= 63 and text.isascii() and text.isprintable()):
        raise ValueError("no passphrase")
    return secret


def _age_key(text: str) -> str:
    if text and not _AGE_KEY.fullmatch(text):
        raise ValueError("no public key of age")
    return text


def _optional_path(path: Path) -> Path:
    if path != Path() and not path.is_absolute():
        raise ValueError("not a full path")
    if "$" in str(path) or not str(path).isprintable():
        raise ValueError("a path that nginx would read otherwise")
    return path


Interface = Annotated[str, AfterValidator(_interface)]
Domain = Annotated[str, AfterValidator(_domain)]
OptionalPath = Annotated[Path, Field(strict=False), AfterValidator(_optional_path)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RadioConfig(_Table):
    """The `[captive_portal.radio]` table: the hub's own Wi-Fi."""

    ssid: Annotated[str, AfterValidator(_ssid)] = Field(
        default="Nhà văn hóa",
        description="The name of the Wi-Fi that phones show.",
        json_schema_extra={"allowed": "up to 32 bytes of letters in quotes; a letter with marks takes 2 or 3 bytes"},
    )
    security: Literal["open", "wpa2", "wpa2-wpa3", "owe"] = Field(
        default="open", description="How phones join. owe: open, yet encrypted; only newer phones and radios can."
    )
    passphrase: Annotated[SecretStr, AfterValidator(_passphrase)] = Field(
        default=SecretStr(""),
        description="The Wi-Fi's password, for wpa2 and wpa2-wpa3.",
        json_schema_extra={"allowed": "8 to 63 plain letters, digits and signs in quotes"},
    )
    channel: int = Field(
        default=6,
        description="The radio channel; 36 to 48 are 5 GHz and for use indoors.",
        json_schema_extra={"allowed": "1, 6, 11 (or another one up to 13), 36, 40, 44, 48"},
    )
    profile: Literal["auto", "raspberry-pi", "raspberry-pi-minimal", "mt76", "simulated", "other"] = Field(
        default="auto", description="What the radio can do; auto asks its driver."
    )
    most_phones: int = Field(
        default=0, ge=0, le=250, description="Phones let in at the same time; 0: as many as the radio can."
    )
    make_room: bool = Field(
        default=True, description="Whether, when all places are taken, the phone that rested longest is moved out."
    )
    rest_minutes: int = Field(
        default=10, ge=1, le=1440, description="A phone may be moved out after resting this long, in minutes."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        wants = self.security in {"wpa2", "wpa2-wpa3"}
        problems = []
        if wants and not self.passphrase.get_secret_value():
            problems.append(Sentence('security = "%(security)s" needs a passphrase', security=self.security))
        if not wants and self.passphrase.get_secret_value():
            problems.append(
                Sentence(
                    'security = "%(security)s" has no passphrase: leave it out, or choose "wpa2"',
                    security=self.security,
                )
            )
        if self.channel not in {*range(1, 14), 36, 40, 44, 48}:
            problems.append(Sentence("channel must be 1 to 13, 36, 40, 44 or 48"))
        if problems:
            raise ValueError(*problems)
        return self


class InternetConfig(_Table):
    """The `[captive_portal.internet]` table: how the internet is shared when there is a link."""

    session_minutes: int = Field(
        default=60, ge=1, le=1440, description="How long one tap opens the internet for a phone, in minutes."
    )
    daily_minutes: int = Field(
        default=180, ge=0, le=1440, description="Minutes of internet a phone has each day; 0: without limit."
    )
    daily_megabytes: int = Field(
        default=500, ge=0, le=1_000_000, description="Megabytes of internet a phone has each day; 0: without limit."
    )
    down_kbit: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="The link's speed towards the house, in kbit/s, shared fairly; 0: not shared out.",
    )
    up_kbit: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="The link's speed out of the house, in kbit/s, shared fairly; 0: not shared out.",
    )
    free_sites: list[Domain] = Field(
        default=[],
        description="Sites open without a tap and without counting, such as the province's.",
        json_schema_extra={**_DOMAINS_WORDS},
    )
    blocked_sites: list[Domain] = Field(
        default=[], description="Sites that are never opened.", json_schema_extra={**_DOMAINS_WORDS}
    )


class CertificateConfig(_Table):
    """The `[captive_portal.certificate]` table: a name for which the hub holds a certificate, if any."""

    name: Annotated[str, AfterValidator(_optional_domain)] = Field(
        default="",
        description="Host name in the certificate; phones then learn the portal's address when they join (RFC 8910).",
        json_schema_extra={"allowed": "a host name in quotes, in small letters"},
    )
    file: OptionalPath = Field(
        default=Path(),
        description="The certificate with its chain, in PEM.",
        json_schema_extra={"allowed": "a full path in quotes"},
    )
    key: OptionalPath = Field(
        default=Path(), description="Its private key, in PEM.", json_schema_extra={"allowed": "a full path in quotes"}
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = (bool(self.name), self.file != Path(), self.key != Path())
        if any(given) and not all(given):
            raise ValueError(Sentence("name, file and key belong together: give all three, or none"))
        return self


class RetentionConfig(_Table):
    """The `[retention]` table: what is kept about phones, for provinces whose lawyers require it."""

    lease_log: Literal["none", "sealed"] = Field(
        default="none",
        description="Which phone had which address: none keeps nothing; sealed keeps it encrypted to the owner's key,"
        " and the portal says so.",
    )
    public_key: Annotated[str, AfterValidator(_age_key)] = Field(
        default="",
        description="The owner's public key of age (age-encryption.org); the private key never comes to the hub.",
        json_schema_extra={"allowed": 'a public key in quotes, such as "age1…"'},
    )
    keep_days: int = Field(default=90, ge=1, le=730, description="Days after which a sealed log is removed.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.lease_log == "sealed" and not self.public_key:
            raise ValueError(Sentence('lease_log = "sealed" needs the owner\'s public_key (made with age-keygen)'))
        return self


class CaptivePortalConfig(_Table):
    """The `[captive_portal]` table of hub.toml."""

    mode: Literal["none", "pretend", "access-point", "outside-ap"] = Field(
        default="none",
        description="Who runs the Wi-Fi. none: somebody else does; whoever reaches this machine may read."
        " access-point: this machine's radio. outside-ap: an access point on a cable. pretend: for demonstrations.",
    )
    interface: Interface = Field(
        default="wlan0",
        description="The network interface on which phones come in.",
        json_schema_extra={**_INTERFACE_WORDS},
    )
    address: Annotated[str, AfterValidator(_house_network)] = Field(
        default="10.10.10.1/23",
        description="The hub's address there, and how large the phones' network is. Posters print it: keep it.",
        json_schema_extra={"allowed": 'a private address with a length from /16 to /28, such as "10.10.10.1/23"'},
    )
    lease_minutes: int = Field(
        default=60, ge=2, le=1440, description="How long a phone keeps an address without asking again, in minutes."
    )
    programs: Literal["systemd", "children"] = Field(
        default="systemd", description="Who runs hostapd and dnsmasq: systemd's units, or the gate itself."
    )
    radio: RadioConfig = Field(default=RadioConfig(), description="The hub's own Wi-Fi.")
    internet: InternetConfig = Field(default=InternetConfig(), description="How the internet is shared.")
    certificate: CertificateConfig = Field(default=CertificateConfig(), description="A certificate, if there is one.")

    @property
    def gated(self) -> bool:
        """Whether this machine itself lets phones in."""
        return self.mode in {"access-point", "outside-ap"}

    @property
    def hub_address(self) -> str:
        """The hub's address towards the phones, without the length."""
        return str(ipaddress.IPv4Interface(self.address).ip)

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The phones' network."""
        return ipaddress.IPv4Interface(self.address).network
