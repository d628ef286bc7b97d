"""Writes what other programs of the house read: settings go in, files of hostapd, dnsmasq, nginx, networkd come out.

`hub apply` does it at each start of the machine, before those programs start. What hub.toml decides is a pure function;
every file is first tried by the program it is for, as far as that program is installed and can try one.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from captive_portal import dnsmasq, hostapd
from captive_portal.radios import RadioProfile, chosen_profile
from hub import edge, uplinks
from hub.config import HubConfig
from hub.errors import CommandError, HubError, Sentence
from hub.system import atomic_write, run
from hub.uplinks import Rendered

logger = logging.getLogger(__name__)

RUN_FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hostapd": "hostapd.conf",
        "dnsmasq-house": "dnsmasq-house.conf",
        "dnsmasq-open": "dnsmasq-open.conf",
        "nginx": "nginx.conf",
    }
)
"""Program → its file in the run folder; in RAM, so no card keeps the Wi-Fi's password twice."""

HOSTAPD_CONTROL: Final = "hostapd"
"""The folder in the run folder in which hostapd puts its control socket."""

_OURS = b"hub apply"
_PLACES = (
    "etc/systemd/network/*-hub-*.network",
    "etc/systemd/networkd.conf.d/50-hub.conf",
    "etc/sysctl.d/90-hub.conf",
    "etc/modules-load.d/hub.conf",
    "etc/wpa_supplicant/wpa_supplicant-*.conf",
)


class ApplyError(HubError):
    """A file was refused by the program it is for, or cannot be written; files that are there stay as they are.

    Attributes:
        problems: what was found.
    """

    def __init__(self, message: str, hint: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


def _log(done: Sentence, path: Path) -> None:
    logger.info("%s: %s", path, done)


def rendered(config: HubConfig, profile: RadioProfile) -> dict[Path, Rendered]:
    """Every file, by its full path; none for a house whose Wi-Fi is somebody else's, but those of its ways out.

    Args:
        config: the hub's settings.
        profile: what the radio can do.

    Raises:
        CaptivePortalError: the radio cannot do what is wanted.
    """
    return uplinks.files(config) | run_files(config, profile)


def run_files(config: HubConfig, profile: RadioProfile) -> dict[Path, Rendered]:
    """The files of the run folder alone.

    Raises:
        CaptivePortalError: the radio cannot do what is wanted.
    """
    portal, folder = config.captive_portal, config.paths.run
    if not portal.gated:
        return {}
    names = edge.house_names(config)
    texts = {
        "dnsmasq-house": Rendered(dnsmasq.render_house(portal, names, folder)),
        "dnsmasq-open": Rendered(dnsmasq.render_open(portal, names, uplinks.resolv_file(config.paths))),
        "nginx": Rendered(edge.render(config)),
    }
    if portal.mode == "access-point":
        texts["hostapd"] = Rendered(hostapd.render(portal, profile, folder / HOSTAPD_CONTROL), 0o600)
    return {folder / RUN_FILES[name]: text for name, text in texts.items()}


def apply(
    config: HubConfig,
    root: Path = Path("/"),
    tell: Callable[[Sentence, Path], object] = _log,
    run: Callable[[Sequence[str]], str] = run,
) -> None:
    """Try all files, write those that differ, and remove those of former settings.

    Args:
        config: the hub's settings.
        root: a folder that stands for the root of the file system.
        tell: hears what was done with each file.
        run: runs a program.

    Raises:
        ApplyError: a program refuses its file, or a file cannot be written.
        CaptivePortalError: the radio cannot do what is wanted.
    """
    profile = _profile(config)
    files = rendered(config, profile)
    check(config, profile, run)
    try:
        for path, file in sorted(files.items()):
            tell(_place(root / path.relative_to("/"), file), path)
        for path in _left_over(root, files):
            path.unlink()
            tell(Sentence("removed"), Path("/", path.relative_to(root)))
    except OSError as error:
        raise _unwritten(error) from error


def place_run_files(config: HubConfig) -> None:
    """Write the files of the run folder, for programs that the gate itself starts.

    Raises:
        ApplyError: one cannot be written.
        CaptivePortalError: the radio cannot do what is wanted.
    """
    try:
        for path, file in run_files(config, _profile(config)).items():
            _place(path, file)
    except OSError as error:
        raise ApplyError(
            Sentence("%(path)s cannot be written: %(reason)s.", path=error.filename, reason=error.strerror),
            Sentence("Check the folder's rights."),
        ) from error


def check(config: HubConfig, profile: RadioProfile, run: Callable[[Sequence[str]], str] = run) -> None:
    """Have the real programs read what would be written; a program that is not installed has nothing to say.

    nginx, which opens its ports to try them, can only be asked by root. hostapd tries a file only by starting.

    Raises:
        ApplyError: with everything they complain about.
        CaptivePortalError: the radio cannot do what is wanted.
    """
    with tempfile.TemporaryDirectory(prefix="hub-apply-") as name:
        folder = Path(name)
        aside = config.model_copy(update={"paths": config.paths.model_copy(update={"run": folder})})
        files = run_files(aside, profile)
        problems = []
        for path, file in files.items():
            command = _trial(path)
            if command is None or shutil.which(command[0]) is None:
                continue
            path.write_text(file.text, encoding="utf-8")
            try:
                run(command)
            except CommandError as error:
                problems.append(_without(folder, error.message))
    if problems:
        raise ApplyError(
            Sentence("What hub.toml says cannot be used."), Sentence("Mend hub.toml, or the files it names."), problems
        )


def _without(folder: Path, message: Any) -> Any:
    """Leave out the name of the folder of the trial, which is gone when the message is read."""
    if isinstance(message, Sentence) and message.arguments:
        return Sentence(message.msgid, **{name: _without(folder, part) for name, part in message.arguments.items()})
    return message.replace(f"{folder}/", "") if isinstance(message, str) else message


def _unwritten(error: OSError) -> ApplyError:
    return ApplyError(
        Sentence("%(path)s cannot be written: %(reason)s.", path=error.filename, reason=error.strerror),
        Sentence("Writing there may need root."),
    )


def _trial(path: Path) -> tuple[str, ...] | None:
    if path.name == RUN_FILES["nginx"]:
        return ("nginx", "-t", "-q", "-e", "stderr", "-c", str(path)) if os.geteuid() == 0 else None
    return ("dnsmasq", "--test", f"--conf-file={path}") if path.name.startswith("dnsmasq-") else None


def _profile(config: HubConfig) -> RadioProfile:
    return chosen_profile(config.captive_portal.radio, config.captive_portal.interface)


def _place(path: Path, file: Rendered) -> Sentence:
    """Write a file unless it is there already; return what was done with it."""
    data = file.text.encode()
    try:
        known = path.read_bytes() == data and (path.stat().st_mode & 0o777) == file.mode
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, data, file.mode)
        return Sentence("new")
    if known:
        return Sentence("as it was")
    atomic_write(path, data, file.mode)
    return Sentence("changed")


def _left_over(root: Path, files: Mapping[Path, Rendered]) -> list[Path]:
    """Files written for former settings; what somebody else put beside them does not name us in its first line."""
    wanted = {root / path.relative_to("/") for path in files}
    found = {path for pattern in _PLACES for path in root.glob(pattern)} - wanted
    return sorted(path for path in found if _OURS in path.read_bytes().partition(b"\n")[0])
