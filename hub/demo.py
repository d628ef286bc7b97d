"""`hub demo`: a whole hub in one terminal, to look at: no root, no Wi-Fi, no Pi, and nothing outside one folder."""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

import click

import hub
from captive_portal.config import CaptivePortalConfig
from hub import setup_code
from hub.config import EDGE, SERVICES, HouseConfig, HubConfig, PathsConfig, WebConfig
from hub.edge_books import MAPS_FOLDER
from hub.edge_config import EdgeConfig
from hub.errors import FolderError, HubError, Sentence
from hub.example import to_toml
from hub.folders import held, make_writable
from hub.network import ensure_port_free, free_port, lan_address
from hub.supervisor import Event, Failed, Program, Ready, Stopped, Supervisor
from hub.system import atomic_write, run
from hub.terminal import briefly, say
from player.announcing.config import SpeakingConfig
from player.config import PlayerConfig
from player.pins.config import PinsConfig

_NAMES = {
    "gate": "Cổng Wi-Fi / Wi-Fi gate",
    "player": "Máy phát phim / media player",
    "shelf": "Tủ sách / book shelf",
    "web": "Trang web / website",
    "edge": "Cửa trước / nginx in front",
}
_BAKING_S = 600.0
_SCHEDULE = """[[playlist]]
name = "Một buổi ở bản"
films = ["{film}", "{sound}"]

[[weekly]]
days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
at = "19:30"
until = "20:00"
playlist = "Một buổi ở bản"
"""


def demo_config(
    folder: Path,
    address: str = "127.0.0.1",
    port: int = 8080,
    behind_port: int | None = None,
    screen: Literal["none", "window", "hidden"] = "none",
) -> HubConfig:
    """Return the configuration of a demonstration that keeps everything in one folder.

    Args:
        folder: a full path.
        address: IP address to listen on.
        port: TCP port to listen on.
        behind_port: the website's own port where nginx stands before it; None for no nginx.
        screen: what films are shown on.
    """
    web, edge = WebConfig(address=address, port=port), EdgeConfig()
    if behind_port is not None:
        web, edge = WebConfig(port=behind_port), EdgeConfig(address=address, port=port)
    return HubConfig(
        house=HouseConfig(
            id="trai-moi",
            name="Trại Mới",
            village_word="bản",
            commune="Đồng Tiến",
            province="Bắc Ninh",
            demo=True,
        ),
        paths=PathsConfig(data=folder, run=folder / "run"),
        web=web,
        edge=edge,
        captive_portal=CaptivePortalConfig(mode="pretend"),
        player=PlayerConfig(
            screen=screen,
            pins=PinsConfig(play=17, next=22, stop=27, shutdown=3, ready=23, playing=24, fault=25, amplifier=26),
            speaking=SpeakingConfig(named=["village-head", "technician"]),
        ),
    )


def demo_screen(environ: Mapping[str, str]) -> Literal["window", "hidden"]:
    """Return what the demo's films are shown on: a window where there is a display, else a picture in the pages."""
    return "window" if environ.get("DISPLAY") else "hidden"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of the demo when none is named (XDG Base Directory Specification)."""
    cache = Path(environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "village-hub" / "demo"


def open_house(data: Path | None, address: str, port: int, *, edge: bool = False, verbose: bool = False) -> None:
    """Open a hub and keep it open until Ctrl-C; belongs in the main thread.

    Args:
        data: folder to keep everything in, its `content` is served; None for a folder of the demo's own, with the
            demo's own books.
        address: IP address to listen on.
        port: TCP port to listen on.
        edge: whether nginx stands before the website.
        verbose: whether the services tell more.

    Raises:
        HubError: it cannot be opened, with a hint.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until there is something to stop in order
    ensure_port_free(address, port)
    folder = Path(os.path.abspath(cache_folder(os.environ) if data is None else data))  # noqa: PTH100 - keeps links
    config = demo_config(folder, address, port, free_port() if edge else None, demo_screen(os.environ))
    make_writable(folder)
    _make_content(config.paths.content)
    with held(folder):
        click.echo(f"\n  {click.style(config.house.title, bold=True)} – chạy thử / demo\n")
        if data is None:
            _bake(config.paths.content)
            _plan(config.paths.state)
        elif not any(config.paths.content.glob("*.zim*")):
            click.echo(f"  Chép tệp .zim vào đây / Copy .zim files here:\n    {config.paths.content}\n")
        make_writable(config.paths.run)
        with _cleared(config):
            settings = config.paths.run / "hub.toml"
            atomic_write(settings, to_toml(config).encode())
            _supervise(config, settings, verbose=verbose)


@contextlib.contextmanager
def _cleared(config: HubConfig) -> Iterator[None]:
    """Clear the run folder afterwards of all that came into it, and of what a killed demo left; of nothing else."""
    paths = config.paths
    ours = {"hub.toml", setup_code.NAME, *(paths.socket(name).name for name in _services(config))}
    foreign = {path.name for path in paths.run.iterdir() if not _is_of_nginx(path)} - ours
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            for path in paths.run.iterdir():
                if path.is_dir() and path.name not in foreign:
                    shutil.rmtree(path)
                elif path.name not in foreign:
                    path.unlink()
            paths.run.rmdir()


def _services(config: HubConfig) -> tuple[str, ...]:
    return (*SERVICES, EDGE) if config.edge.port else SERVICES


def _is_of_nginx(path: Path) -> bool:
    return path.name == MAPS_FOLDER or path.name.startswith("nginx")


def _make_content(content: Path) -> None:
    try:
        content.mkdir(exist_ok=True)
    except OSError as error:
        message = Sentence("The folder %(folder)s cannot be made: %(reason)s.", folder=content, reason=error.strerror)
        raise FolderError(message, Sentence("Make it, and put ZIM files into it.")) from error


def _bake(content: Path) -> None:
    from library.demo import bake  # noqa: PLC0415 - with --data nothing is baked
    from library.demo_media import make_media  # noqa: PLC0415 - the same

    click.echo("  Đang chuẩn bị tủ sách chạy thử … / Preparing the demo shelf …\n")
    try:
        for make in (bake, make_media):
            make(content, partial(run, timeout_s=_BAKING_S), partial(say, begin="  ", indent="  "))
    except OSError as error:
        message = Sentence(
            "The demo books cannot be written to %(folder)s: %(reason)s.", folder=content, reason=error.strerror
        )
        raise FolderError(message, Sentence("Name another folder: --data DIR.")) from error


def _plan(state: Path) -> None:
    """Give a demo of its own books something to come, unless somebody has planned something already."""
    from hub.schedule_file import NAME  # noqa: PLC0415 - with --data nothing is planned
    from library.demo_media import FILM, SOUND  # noqa: PLC0415 - the same

    make_writable(state)
    if not (state / NAME).exists():
        atomic_write(state / NAME, _SCHEDULE.format(film=f"{FILM}.mp4", sound=f"{SOUND}.m4a").encode())


def _supervise(config: HubConfig, settings: Path, *, verbose: bool) -> None:
    options = ["--config", str(settings), "--verbose" if verbose else "--quiet"]
    programs = [Program(name, [sys.executable, "-m", "hub.cli", "run", name, *options]) for name in _services(config)]
    house = str(Path(hub.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [house, os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    teller = _Teller(config)
    supervisor = Supervisor(programs, teller.tell, environment)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.stop())
    if not supervisor.run():
        raise HubError(
            Sentence("The hub could not be opened: a service does not get ready."),
            Sentence("The lines above say why; --verbose says more."),
        )
    click.echo("\n  Đã đóng. / Closed.\n")


class _Teller:
    """Tells in the terminal what happens, and where to look once everything is ready."""

    def __init__(self, config: HubConfig) -> None:
        self._config = config
        self._began = time.monotonic()
        self._ready: set[str] = set()

    def tell(self, event: Event) -> None:
        name = f"{_NAMES[event.name]:<32}"
        match event:
            case Ready(status=status, after_s=after_s):
                click.echo(f"  {click.style('✓', fg='green')} {name} sẵn sàng / ready  {after_s:4.1f} s  {status}")
                if event.name not in self._ready:
                    self._ready.add(event.name)
                    if len(self._ready) == len(_services(self._config)):
                        self._welcome()
            case Failed(reason=reason, again_s=again_s):
                again = "" if again_s is None else f" – thử lại sau / again in {again_s:g} s"
                click.echo(f"  {click.style('✗', fg='red')} {name} {briefly(reason)}{again}")
            case Stopped(killed=killed):
                click.echo(f"  ■ {name} đã dừng / stopped{' (bị ép dừng / killed)' if killed else ''}")

    def _welcome(self) -> None:
        web = self._config.edge if self._config.edge.port else self._config.web
        here = ("Mở trên máy này / Open on this machine", f"http://localhost:{web.port}")
        addresses = [here]
        if web.address not in {"0.0.0.0", "::", "127.0.0.1", "::1"}:  # noqa: S104 - read, not bound
            host = f"[{web.address}]" if ":" in web.address else web.address
            addresses = [("Mở trong mạng / Open in this network", f"http://{host}:{web.port}")]
        elif not web.address.startswith(("127.", "::1")) and (lan := lan_address()):
            addresses.append(("Mở trên điện thoại / Open on a phone", f"http://{lan}:{web.port}"))
        click.echo()
        for words, address in addresses:
            click.echo(f"  {words}:  {click.style(address, bold=True)}")
        if code := setup_code.setup_code(self._config.paths.run):
            site = addresses[0][1]
            click.echo(f"  Đặt mã PIN lần đầu / First set-up:  {site}/dat-ma-lan-dau  –  mã / code: {code}")
        click.echo()
        click.echo(_side_by_side([address for _, address in addresses], shutil.get_terminal_size().columns))
        click.echo("  Nhấn Ctrl-C để đóng. / Press Ctrl-C to close.\n")


def _side_by_side(texts: list[str], width: int) -> str:
    """Draw the QR codes of some texts, beside each other where the terminal is wide enough."""
    from library.codes.qr import terminal  # noqa: PLC0415 - not needed before the hub is ready

    blocks = [[text, *_painted(terminal(text))] for text in texts]
    columns = max(len(line) for block in [terminal(text).splitlines() for text in texts] for line in block)
    if len(blocks) == 1 or 2 + len(blocks) * (columns + 4) > width:
        return "\n".join("\n".join(f"  {line}" for line in block) + "\n" for block in blocks)
    rows = max(len(block) for block in blocks)
    lines = []
    for row in range(rows):
        cells = [block[row] if row < len(block) else " " * columns for block in blocks]
        cells = [cell.ljust(columns) if row == 0 else cell for cell in cells]
        lines.append("  " + "    ".join(cells))
    return "\n".join(lines) + "\n"


def _painted(code: str) -> list[str]:
    """Give a code its own colours, so that it is dark on light in every terminal's theme."""
    return [click.style(line, fg="bright_white", bg="black") for line in code.splitlines()]
