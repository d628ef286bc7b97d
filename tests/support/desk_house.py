"""A desk with everything around it in memory, but for the book and the sounds, which are real files."""

from __future__ import annotations

import base64
import errno
import io
import os
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient

from player.alerts.cap import Alert
from player.alerts.cap_reading import read_alert
from player.alerts.loudness import Hours
from player.alerts.play_log import Entry, Result
from player.announcing.book import Book
from player.announcing.config import SpeakingConfig
from player.announcing.desk import Desk
from player.announcing.office import Office, no_quiet_hours
from player.announcing.orders import OrderDesk
from player.announcing.rounds import Rounds
from player.announcing.signers import Signers
from player.announcing.sounds import Sounds
from player.announcing.spoken import Spoken
from player.announcing.warning_desk import WarningDesk
from player.announcing.web import SIGNATURE, desk_pages
from player.engine.commands import Announce, Command, Withdraw
from player.errors import PlayerError

NOON = datetime.fromisoformat("2026-11-25T18:05:00+07:00")
TWO = SpeakingConfig(named=["village-head", "technician"], microphone="pulse://")


class HouseClock:
    """Clocks that a test turns."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time, self.known, self.since_s = now, True, 1000.0

    def now(self) -> datetime:
        """The time."""
        return self.time

    def trusted(self) -> bool:
        """Whether it is known."""
        return self.known

    def monotonic(self) -> float:
        """Seconds since the machine started."""
        return self.since_s

    def pass_(self, **more: float) -> None:
        """Let time pass."""
        self.time += timedelta(**more)
        self.since_s += timedelta(**more).total_seconds()


class PostBox:
    """An engine that only takes letters, each key once, and can be told not to answer."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.answers = True

    def post(self, command: Command) -> None:
        """Take it."""
        self.commands.append(command)

    def settle(self, timeout_s: float = 5.0) -> bool:
        """Whether it has taken everything."""
        return self.answers

    @property
    def spoken(self) -> list[Spoken]:
        """What it was asked to say, each key once."""
        found = {each.spoken.announcement.key: each.spoken for each in self.commands if isinstance(each, Announce)}
        return list(found.values())

    @property
    def withdrawn(self) -> list[str]:
        """What was taken back."""
        return [each.key for each in self.commands if isinstance(each, Withdraw)]


class Shelf:
    """Recordings in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: set[str] = set()

    def path_of(self, recording: str) -> Path | None:
        """Where it lies."""
        path = self.folder / f"{recording}.wav"
        return path if path.exists() else None

    def keep(self, recording: str) -> None:
        """Keep it."""
        self.kept.add(recording)

    def release(self, recording: str) -> None:
        """Let it go."""
        self.kept.discard(recording)


def spoken_wav(seconds: float = 0.2, rate: int = 8000) -> bytes:
    """A WAV, silent."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * int(seconds * rate)))
    return made.getvalue()


def plain_write(path: Path, data: bytes) -> None:
    """Write without care."""
    path.write_bytes(data)


@dataclass
class DeskHouse:
    """The whole desk."""

    folder: Path
    config: SpeakingConfig = TWO
    clock: HouseClock = field(default_factory=HouseClock)
    door: PostBox = field(default_factory=PostBox)
    boot: str = "first"
    quiet: Callable[[], Hours] = no_quiet_hours
    read: Callable[[bytes], Alert] = read_alert
    said: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[Entry, Result]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    mute: bool = False
    full: bool = False

    def __post_init__(self) -> None:
        """Open it."""
        self.shelf = Shelf(self.folder)
        self.book = Book(self.folder / "desk.sqlite")
        self.office = Office(
            config=self.config,
            book=self.book,
            sounds=Sounds(self.folder / "sounds", self._say, self._write, self.folder / "memory"),
            recordings=self.shelf,
            door=self.door,
            clock=self.clock,
            boot=self.boot,
            note=lambda entry, result: self.notes.append((entry, result)),
            words=lambda sentence, language: f"[{language}] {sentence}",
            quiet=self.quiet,
            heard=lambda key: key in self.ended,
        )
        self.desk = Desk(self.office)
        signers = Signers(self.folder / "signers.toml")
        self.warnings = WarningDesk(self.office, self.read, signers)
        self.orders = OrderDesk(self.office, signers)
        self.rounds = Rounds(self.office, self.warnings)
        app = Flask(__name__)
        pages = desk_pages(self.office, self.desk, self.warnings, self.orders, lambda: "", lambda: None)
        app.register_blueprint(pages)
        self.client: FlaskClient = app.test_client()

    def again(self, *, boot: str = "second", away_s: float = 60.0) -> DeskHouse:
        """The same house after a power cut."""
        self.book.close()
        clock = HouseClock(self.clock.time + timedelta(seconds=away_s))
        clock.known, clock.since_s = self.clock.known, 20.0
        if boot == self.boot:
            clock.since_s = self.clock.since_s + away_s
        return DeskHouse(self.folder, self.config, clock, boot=boot, quiet=self.quiet, read=self.read)

    def ask(self, status: int = 202, **values: Any) -> dict[str, Any]:
        """Ask for an announcement."""
        return self.post("/announcements", status, **{"author": "village-head", "text": "Mời bà con họp.", **values})

    def post(self, address: str, status: int = 202, **values: Any) -> dict[str, Any]:
        """Post JSON; check the status."""
        answer = self.client.post(address, json=values)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def alert(self, message: bytes, status: int = 202, signature: str = "") -> dict[str, Any]:
        """Post a warning; check the status."""
        answer = self.client.post("/alerts", data=message, headers={SIGNATURE: signature} if signature else {})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def listing(self) -> dict[str, Any]:
        """What the desk shows."""
        return dict(self.client.get("/announcements").get_json())

    def results(self, result: Result) -> list[Entry]:
        """Lines of the log."""
        return [entry for entry, how in self.notes if how is result]

    def fill_the_card(self) -> None:
        """Let the card take nothing more: neither sounds nor what makes the book larger."""
        self.full = True
        self.book._database.execute("pragma max_page_count = 1")

    def _write(self, path: Path, data: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain_write(path, data)

    def _say(self, words: str, language: str) -> bytes:
        if self.mute:
            raise PlayerError("There is no voice.", "Install one.")
        self.said.append((words, language))
        return spoken_wav()


@dataclass
class Signer:
    """A key, and how it signs."""

    name: str
    lines: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def sign(self, message: bytes) -> str:
        """The detached signature."""
        return f"{self.name} {base64.b64encode(self.key.sign(message)).decode()}"

    @property
    def toml(self) -> str:
        """Its table in the list of keys."""
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f'[[signer]]\nname = "{self.name}"\nkey = "{base64.b64encode(public).decode()}"\n{self.lines}\n'


def province(folder: Path) -> Signer:
    """A province whose key may warn, written into the list of keys beside those who may less."""
    signer = Signer("tinh", 'scopes = ["village", "commune"]\nwarns = true\nsenders = ["pctt@tinh.example"]')
    quiet = Signer("xa", 'scopes = ["village", "commune"]\nsenders = ["pctt@tinh.example"]', signer.key)
    (folder / "signers.toml").write_text(signer.toml + quiet.toml, encoding="utf-8")
    return signer
