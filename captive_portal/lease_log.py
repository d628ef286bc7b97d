"""Which device had which address, for provinces whose lawyers require it: sealed to the owner's key, and only there.

Ten minutes at most are kept in memory, then encrypted (age, X25519: age-encryption.org/v1) and written. The hub holds
the public key only: it cannot read what it wrote. With `lease_log = "none"`, as hubs come, nothing is ever written;
what was sealed earlier is still removed on time.

The owner reads the files elsewhere: ``age -d -i key.txt 20261124T081000Z-000017.age``. Each line is: first heard, last
heard (UTC, by the hub's clock at the time of sealing), MAC address, IPv4 address, separated by tabs.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import pyrage

from captive_portal.config import RetentionConfig
from captive_portal.days import Clock
from captive_portal.errors import CaptivePortalError, Sentence
from captive_portal.phones import Phone
from captive_portal.troubles import Trouble

logger = logging.getLogger(__name__)

SEAL_S: Final = 600.0
MOST_ENTRIES: Final = 20_000
MOST_BYTES: Final = 256_000_000
"""Room that sealed logs take at most; then the oldest go before their time."""

_NAME: Final = re.compile(r"(\d{8}T\d{6}Z)-(\d{6,12})\.age")
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_SURE_S: Final = 3_600.0
_EPOCH_OF_HUBS: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No hub was there before; an earlier date is that of a clock without a battery."""
_HEADER: Final = "# first heard\tlast heard\tdevice\taddress\n"


class LeaseLogError(CaptivePortalError):
    """The log of leases cannot be sealed or written."""


class Write(Protocol):
    """Writes a file so that it is there whole or not at all; raises OSError."""

    def __call__(self, path: Path, data: bytes, mode: int | None = None) -> None:
        """Write it."""


@dataclass(frozen=True, slots=True, order=True)
class SealedFile:
    """One sealed log.

    Attributes:
        number: counts up, whatever the clock says.
        at: when it was sealed, as far as the hub knew.
        path: where it is.
    """

    number: int
    at: datetime
    path: Path


def witness_for(retention: RetentionConfig, folder: Path, clock: Clock, write: Write) -> "LeaseLog | Archive | None":
    """What shall be shown who is there; None when nothing is kept and nothing was.

    Args:
        retention: the settings.
        folder: where sealed logs lie; made when the first one is written.
        clock: tells the times.
        write: writes a file.

    Raises:
        LeaseLogError: the public key is none.
    """
    if retention.lease_log == "sealed":
        return LeaseLog(retention.public_key, folder, retention.keep_days, clock, write)
    return Archive(folder, retention.keep_days, clock) if folder.is_dir() else None


class Archive:
    """The folder of the sealed logs.

    Files are removed by age, but the hub's clock may be wrong: a file is judged by what its neighbours in number say,
    and only when the clock has said the same for an hour.

    Args:
        folder: where they lie.
        keep_days: for how many days.
        clock: tells the times.
    """

    def __init__(self, folder: Path, keep_days: int, clock: Clock) -> None:
        self._folder, self._keep, self._clock = folder, timedelta(days=keep_days), clock
        self._looked_s = clock.running() - _SURE_S
        self._condemned: frozenset[int] = frozenset()

    def files(self) -> list[SealedFile]:
        """All sealed logs, the first sealed first."""
        found = []
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if (match := _NAME.fullmatch(path.name)) and (at := _moment(match[1])):
                    found.append(SealedFile(int(match[2]), at, path))
        return sorted(found)

    def path_for(self, number: int) -> Path:
        """The file of a log that is sealed now."""
        return self._folder / f"{_now(self._clock):{_STAMP}}-{number:06}.age"

    def note(self, seen: Iterable[Phone]) -> None:
        """Write nothing; what was written earlier is removed on time."""
        self.remove_outdated()

    def close(self) -> None:
        """Nothing to do."""

    def remove_outdated(self) -> None:
        """Remove, once an hour, what was outdated already at the last look, and what there is no room for."""
        if self._clock.running() - self._looked_s < _SURE_S:
            return
        self._looked_s = self._clock.running()
        try:
            files = self.files()
            condemned = outdated(files, _now(self._clock), self._keep)
            gone = [file for file in files if file.number in condemned & self._condemned]
            gone += _beyond([file for file in files if file not in gone], MOST_BYTES)
            for file in gone:
                file.path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("sealed logs cannot be removed: %s", error.strerror)
            return
        self._condemned = condemned
        if gone:
            logger.info("sealed logs removed: %d", len(gone))


class LeaseLog:
    """Notes who is there, and seals it.

    Args:
        public_key: the owner's, of age.
        folder: where sealed logs lie.
        keep_days: for how many days.
        clock: tells the times.
        write: writes a file.

    Raises:
        LeaseLogError: the public key is none.
    """

    def __init__(self, public_key: str, folder: Path, keep_days: int, clock: Clock, write: Write) -> None:
        try:
            self._recipient = pyrage.x25519.Recipient.from_str(public_key)
        except pyrage.RecipientError as error:
            hint = Sentence("Copy the whole line that age-keygen shows as the public key.")
            raise LeaseLogError(Sentence("retention.public_key is no public key of age."), hint) from error
        self._archive = Archive(folder, keep_days, clock)
        self._folder, self._clock, self._write = folder, clock, write
        self._times: dict[Phone, tuple[float, float]] = {}
        self._sealed_s = clock.running()
        self._number: int | None = None
        self._trouble = Trouble("the sealed log")

    def note(self, seen: Iterable[Phone]) -> None:
        """Note who is there now; seals what is older than ten minutes. Raises nothing.

        Args:
            seen: phones that spoke lately.
        """
        now_s = self._clock.running()
        for phone in seen:
            first_s, _ = self._times.get(phone, (now_s, now_s))
            if phone in self._times or len(self._times) < MOST_ENTRIES:
                self._times[phone] = first_s, now_s
        if now_s - self._sealed_s >= SEAL_S:
            self.seal()
        self._archive.remove_outdated()

    def close(self) -> None:
        """Seal what is left."""
        self.seal()

    def seal(self) -> None:
        """Write down what is in memory. What cannot be written is tried again later."""
        self._sealed_s = self._clock.running()
        if not self._times:
            return
        text = lines(self._times, self._clock)
        try:
            if self._number is None:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                self._number = max((file.number for file in self._archive.files()), default=0)
            sealed = pyrage.encrypt(text.encode(), [self._recipient])
            self._write(self._archive.path_for(self._number + 1), sealed, 0o600)
        except OSError as error:
            hint = Sentence("Is the card full or read-only?")
            self._trouble.met(LeaseLogError(Sentence("It cannot be written: %(reason)s.", reason=error.strerror), hint))
            return
        self._trouble.over()
        self._number += 1
        self._times.clear()


def lines(times: dict[Phone, tuple[float, float]], clock: Clock) -> str:
    """The text of a log; running times become dates by what the clock says now, in case it was set meanwhile."""
    now_s, now = clock.running(), _now(clock)

    def date(at_s: float) -> str:
        moment = now - timedelta(seconds=min(now_s - at_s, now.timestamp())) if now.timestamp() > 0 else now
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    rows = (
        f"{date(first_s)}\t{date(last_s)}\t{phone.mac}\t{phone.address}\n"
        for phone, (first_s, last_s) in sorted(times.items(), key=lambda item: item[1])
    )
    return _HEADER + "".join(rows)


def outdated(files: Iterable[SealedFile], now: datetime, keep: timedelta) -> frozenset[int]:
    """The numbers of the files that are older than they may get.

    A file is at least as new as any file with a smaller number; so one that was sealed while the clock lagged behind is
    not taken for old. A date in the future is no date. A file of which nothing is known but that later ones exist is
    taken to be as new as those. What remains unknown is kept.
    """
    ordered = sorted(files)
    known = [file.at if _EPOCH_OF_HUBS <= file.at <= now else None for file in ordered]
    found: set[int] = set()
    latest: datetime | None = None
    for position, file in enumerate(ordered):
        own = known[position]
        latest = own if latest is None else max(latest, own or latest)
        at = latest or min((later for later in known[position:] if later), default=None)
        if at is not None and now - at > keep:
            found.add(file.number)
    return frozenset(found)


def _beyond(files: list[SealedFile], most_bytes: int) -> list[SealedFile]:
    """The oldest files, as many as have to go for the others to fit."""
    sizes = [file.path.stat().st_size for file in files]
    total, gone = sum(sizes), []
    for file, size in zip(files, sizes, strict=True):
        if total <= most_bytes:
            break
        gone.append(file)
        total -= size
    return gone


def _now(clock: Clock) -> datetime:
    """The date by the clock on the wall; 1970 when it says something impossible."""
    try:
        return datetime.fromtimestamp(clock.wall(), UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
