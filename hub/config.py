"""The hub's configuration: one hub.toml, made of the roof's tables and one table of each wing.

A file is either taken whole or refused with all its problems at once, so that a technician mends a card once.
"""

import ipaddress
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from captive_portal import places
from captive_portal.config import CaptivePortalConfig, RetentionConfig
from hub.edge_config import EdgeConfig
from hub.errors import HubError, Sentence
from hub.findings import Problem, problems_in
from hub.uplink_config import BackhaulConfig, UplinkConfig
from library.config import LibraryConfig
from player.config import PlayerConfig

LARGEST_FILE_BYTES = 1 << 20
"""No hub.toml is larger than this."""

SERVICES = ("gate", "player", "shelf", "web")
"""The hub's services in the order in which they start; they stop in reverse."""

EDGE = "edge"
"""The service that runs nginx before them, where there is one; it starts last."""

Table = TypeVar("Table", bound=BaseModel)

_HOST_NAME = re.compile(r"(?=.{1,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._+/-]+")
_QUOTABLE_PATH = re.compile(r'[^"$\\*?\[\]\x00-\x1f]+')
_TAKEN_PORTS = {
    places.PAGES_PORT, 443, places.DNS_PORT, places.OPEN_DNS_PORT,
    places.CAPTIVE_PORT, places.WELCOMED_PORT, places.ONLINE_PORT,
}  # fmt: skip
_TOML_PLACE = re.compile(r"(?P<complaint>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.S)
_HUB_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


def _address(text: str) -> str:
    ipaddress.ip_address(text)
    return text


def _host_name(text: str) -> str:
    if not _HOST_NAME.fullmatch(text):
        raise ValueError("not a host name")
    return text


def _hub_id(text: str) -> str:
    if not _HUB_ID.fullmatch(text):
        raise ValueError("not an id")
    return text


def _plain_name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("empty, or with letters that cannot be printed")
    return text.strip()


def _absolute(path: Path) -> Path:
    if not path.is_absolute() or "\0" in str(path):
        raise ValueError("not a full path")
    return path


HostName = Annotated[str, AfterValidator(_host_name)]
PlainName = Annotated[str, AfterValidator(_plain_name)]
FullPath = Annotated[Path, Field(strict=False), AfterValidator(_absolute)]

_NAME_WORDS = {"allowed": "a name in quotes, of up to 80 letters"}
_HOST_WORDS = {"allowed": 'a host name in quotes, in small letters, such as "thuvien.lan"'}


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class HouseConfig(_Table):
    """The `[house]` table: whose house this is."""

    id: Annotated[str, AfterValidator(_hub_id)] = Field(
        description="The hub's id; it stands in every line of the log and never changes.",
        examples=["trai-moi"],
        json_schema_extra={"allowed": "up to 40 small letters without marks, digits and hyphens, in quotes"},
    )
    name: PlainName = Field(
        max_length=80, description="The village's name.", examples=["Trại Mới"], json_schema_extra={**_NAME_WORDS}
    )
    village_word: Literal[
        "thôn", "bản", "buôn", "ấp", "sóc", "làng", "xóm", "bon", "phum", "plei", "khóm", "khu phố", "tổ dân phố"
    ] = Field(description="What a village is called there.", examples=["bản"])
    commune: PlainName = Field(
        max_length=80, description="The commune's name.", examples=["Đồng Tiến"], json_schema_extra={**_NAME_WORDS}
    )
    commune_word: Literal["xã", "phường", "đặc khu"] = Field(default="xã", description="What the commune is.")
    province: PlainName = Field(
        max_length=80, description="The province's name.", examples=["Bắc Ninh"], json_schema_extra={**_NAME_WORDS}
    )
    province_word: Literal["tỉnh", "thành phố"] = Field(default="tỉnh", description="What the province is.")
    demo: bool = Field(default=False, description="Whether this is a demonstration, without real pins, marked as such.")

    @property
    def title(self) -> str:
        """The house's name, such as "Nhà văn hóa bản Trại Mới"."""
        return f"Nhà văn hóa {self.village_word} {self.name}"

    @property
    def place(self) -> str:
        """Where it stands, such as "Xã Đồng Tiến, tỉnh Bắc Ninh"."""
        commune_word = self.commune_word[0].upper() + self.commune_word[1:]
        return f"{commune_word} {self.commune}, {self.province_word} {self.province}"


class PathsConfig(_Table):
    """The `[paths]` table: where everything is kept."""

    data: FullPath = Field(
        default=Path("/var/lib/hub"),
        description="Folder for what must last: books in content/, the hub's own files in state/.",
        json_schema_extra={"allowed": "a full path in quotes"},
    )
    run: FullPath = Field(
        default=Path("/run/hub"),
        description="Folder for the services' sockets; it may be lost when the machine stops.",
        json_schema_extra={"allowed": "a full path in quotes"},
    )

    @property
    def content(self) -> Path:
        """The folder of the books."""
        return self.data / "content"

    @property
    def state(self) -> Path:
        """The folder of the hub's own lasting files."""
        return self.data / "state"

    @property
    def index(self) -> Path:
        """The folder of the search index, which may be lost: it is built anew."""
        return self.data / "index"

    @property
    def recordings(self) -> Path:
        """The folder of recorded announcements."""
        return self.data / "recordings"

    def socket(self, service: str) -> Path:
        """The UNIX socket of a service (`gate`, `player`, `shelf` or `edge`)."""
        return self.run / f"{service}.sock"


class WebConfig(_Table):
    """The `[web]` table: how the website is reached."""

    address: Annotated[str, AfterValidator(_address)] = Field(
        default="127.0.0.1",
        description='Address to listen on; "0.0.0.0" is every network of this machine.',
        json_schema_extra={"allowed": "an IP address in quotes"},
    )
    port: int = Field(default=8080, ge=1, le=65535, description="TCP port to listen on.")
    name: HostName = Field(
        default="localhost",
        description="The site's host name, on the hub's own Wi-Fi \"thuvien.lan\"; books have their own, sach.<name>.",
        json_schema_extra={**_HOST_WORDS},
    )
    other_names: list[HostName] = Field(
        default=[],
        description="Further host names under which the site answers.",
        json_schema_extra={"allowed": "a list of host names in quotes, in small letters"},
    )
    workers: int = Field(default=1, ge=1, le=16, description="Processes that answer readers.")
    threads: int = Field(
        default=64, ge=1, le=512, description="Readers that each of them answers at the same time, slow ones included."
    )


class HubConfig(_Table):
    """The whole hub.toml."""

    house: HouseConfig = Field(description="Whose house this is.")
    paths: PathsConfig = Field(default=PathsConfig(), description="Where everything is kept.")
    web: WebConfig = Field(default=WebConfig(), description="How the website is reached.")
    edge: EdgeConfig = Field(default=EdgeConfig(), description="nginx, which stands before the website.")
    library: LibraryConfig = Field(default=LibraryConfig(), description="The books.")
    player: PlayerConfig = Field(default=PlayerConfig(), description="Screen and buttons.")
    captive_portal: CaptivePortalConfig = Field(default=CaptivePortalConfig(), description="Wi-Fi and its gate.")
    uplink: UplinkConfig = Field(default=UplinkConfig(), description="The ways out of the house.")
    backhaul: BackhaulConfig = Field(default=BackhaulConfig(), description="How the internet is recognised.")
    retention: RetentionConfig = Field(default=RetentionConfig(), description="What is kept about phones.")

    @property
    def behind_edge(self) -> bool:
        """Whether nginx stands before the website."""
        return self.captive_portal.gated or self.edge.port != 0

    @model_validator(mode="after")
    def _agree(self) -> Self:
        problems = []
        portal = self.captive_portal
        if self.uplink.order and not self.backhaul.probe_url:
            problems.append(
                Sentence("uplink.order names a link: set backhaul.probe_url to a small page of the province's host")
            )
        ways_out = {"ethernet": self.uplink.ethernet.interface, "wifi": self.uplink.wifi.interface}
        taken = [link for link in self.uplink.order if ways_out.get(link) == portal.interface]
        if portal.gated and taken:
            problems.append(
                Sentence(
                    "captive_portal.interface and uplink.%(link)s.interface are both %(interface)s:"
                    " phones come in on one interface and the internet on another",
                    link=taken[0],
                    interface=portal.interface,
                )
            )
        fixed = self.uplink.ethernet.address
        if portal.gated and fixed and ipaddress.IPv4Interface(fixed).network.overlaps(portal.network):
            problems.append(
                Sentence(
                    "uplink.ethernet.address %(address)s is in the phones' network %(network)s:"
                    " set captive_portal.address to another private network",
                    address=fixed,
                    network=portal.network,
                )
            )
        if self.behind_edge and not ipaddress.ip_address(self.web.address).is_loopback:
            problems.append(
                Sentence(
                    'web.address must be "127.0.0.1" when phones come in through the gate or edge.port is set:'
                    " nginx stands before"
                )
            )
        if portal.gated and self.edge.port:
            problems.append(
                Sentence("edge.port must be 0 when phones come in through the gate: nginx has its own ports there")
            )
        if self.edge.port == self.web.port:
            problems.append(
                Sentence(
                    "edge.port and web.port are both %(port)d: nginx and the website need one each", port=self.web.port
                )
            )
        if portal.gated and (self.web.name == "localhost" or self.web.name.endswith(".local")):
            problems.append(
                Sentence(
                    'web.name "%(name)s" is none that phones ask the hub for: set it to "thuvien.lan"',
                    name=self.web.name,
                )
            )
        if portal.gated and self.web.port in _TAKEN_PORTS:
            problems.append(
                Sentence(
                    "web.port %(port)d is nginx' or dnsmasq's own when phones come in through the gate",
                    port=self.web.port,
                )
            )
        if self.edge.port and not _QUOTABLE_PATH.fullmatch(str(self.paths.run)):
            problems.append(Sentence('paths.run must do without the signs "$\\*?[] since nginx reads it, too'))
        if portal.gated and not _PLAIN_PATH.fullmatch(str(self.paths.run)):
            problems.append(
                Sentence("paths.run must be of plain letters, digits and ._+-/ since nginx and dnsmasq read it, too")
            )
        if problems:
            raise ValueError(*problems)
        return self


class ConfigError(HubError):
    """A hub.toml that cannot be taken.

    Attributes:
        problems: everything that is wrong with it.
    """

    exit_status = 2

    def __init__(self, message: str, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems


def load(path: Path) -> HubConfig:
    """Read a hub.toml.

    Raises:
        ConfigError: it cannot be read, is no TOML, or says something that is not allowed; with all its problems.
    """
    return validate(read_tree(path), str(path))


def read_tree(path: Path) -> dict[str, Any]:
    """Read a file of settings as TOML, without looking at what it says.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    text = _read(path)
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        endless = isinstance(error, RecursionError)
        wrong = Sentence("brackets within brackets without end") if endless else _place_in_toml(str(error))
        hint = Sentence("Texts stand in quotes, tables in [brackets]: see `hub config-example`.")
        raise ConfigError(Sentence("%(path)s is not TOML: %(wrong)s.", path=path, wrong=wrong), hint) from error


def validate(tree: dict[str, Any], name: str) -> HubConfig:
    """Check what stands in a hub.toml; texts are composed to Unicode's form C first.

    Args:
        tree: the file's content.
        name: what the file is called in the message.

    Raises:
        ConfigError: with all its problems.
    """
    hint = Sentence("`hub config-example` shows every setting.")
    return checked(HubConfig, {"house": {}, **tree}, name, hint)


def checked(model: type[Table], tree: dict[str, Any], name: str, hint: str) -> Table:
    """Check what stands in a file of settings against its model; texts are composed to Unicode's form C first.

    Args:
        model: of the whole file.
        tree: the file's content.
        name: what the file is called in the message.
        hint: where to read what may stand in it.

    Raises:
        ConfigError: with all its problems.
    """
    try:
        return model.model_validate(_composed(tree))
    except ValidationError as error:
        problems = problems_in(error, model)
        message = (
            Sentence("%(path)s has 1 problem.", path=name)
            if len(problems) == 1
            else Sentence("%(path)s has %(count)d problems.", path=name, count=len(problems))
        )
        raise ConfigError(message, hint, problems) from error


def _read(path: Path) -> str:
    try:
        if path.is_dir():
            raise ConfigError(Sentence("%(path)s is a folder.", path=path), Sentence("Name the file in it: hub.toml."))
        if path.exists() and not path.is_file():
            raise ConfigError(Sentence("%(path)s is not an ordinary file.", path=path), Sentence("Name a hub.toml."))
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError as error:
        hint = Sentence("Make one with `hub config-example > hub.toml`, and name it.")
        raise ConfigError(Sentence("%(path)s is not there.", path=path), hint) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            Sentence("%(path)s cannot be read: %(reason)s.", path=path, reason=reason),
            Sentence("Check its name and its rights."),
        ) from error
    if len(data) > LARGEST_FILE_BYTES:
        most = LARGEST_FILE_BYTES >> 20
        message = Sentence("%(path)s is larger than %(most)d MB; no hub.toml is.", path=path, most=most)
        raise ConfigError(message, Sentence("Name a hub.toml."))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(Sentence("%(path)s is UTF-16.", path=path), Sentence("Save it as UTF-8."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = Sentence("%(path)s is not UTF-8 (line %(line)d).", path=path, line=line)
        raise ConfigError(message, Sentence("Save it as UTF-8.")) from error


def _place_in_toml(complaint: str) -> str:
    """Bring to the front, in other languages, where tomllib found something; what it found it says in English only."""
    if place := _TOML_PLACE.fullmatch(complaint):
        return Sentence("%(complaint)s (at line %(line)s, column %(column)s)", **place.groupdict())
    return complaint


def _composed(value: Any) -> Any:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case dict():
            return {key: _composed(inner) for key, inner in value.items()}
        case list():
            return [_composed(inner) for inner in value]
    return value
