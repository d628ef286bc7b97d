"""The whole website of a house whose player is a strict stand-in, and phones that ask it."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fake_player import FakePlayer
from namespaces import until
from werkzeug.serving import make_server
from werkzeug.test import Client, TestResponse

from hub.accounts import Accounts
from hub.config import HouseConfig, HubConfig, PathsConfig
from hub.example import to_toml
from hub.guard import DEVICE_COOKIE, SESSION_COOKIE
from hub.roles import Role
from hub.site import create_site
from player.announcing.config import SpeakingConfig
from player.config import PlayerConfig

ORIGIN = "http://localhost:8080"
SPEAKING = SpeakingConfig(named=["village-head", "technician", "content-editor"])


class Phone:
    """A browser on the house's Wi-Fi, logged in as a role or not at all."""

    def __init__(self, site: Any, cookies: dict[str, str]) -> None:
        self.client = Client(site)
        for name, value in cookies.items():
            self.client.set_cookie(name, value, domain="localhost")

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=ORIGIN, **options)

    def press(self, path: str, page: str = "", **fields: Any) -> TestResponse:
        """Send a form that stands on a page, with the page's token."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page or path).text)
        assert token, f"{page or path} has no form"
        return self.post(path, csrf_token=token[1], **fields)

    def post(self, path: str, **fields: Any) -> TestResponse:
        answer = self.client.post(path, base_url=ORIGIN, data=fields, headers={"Origin": ORIGIN})
        assert answer.request is not None
        answer.request.environ["wsgi.input"].close()  # what was large stood in a file
        return answer


class RemoteHouse:
    """A house in a folder.

    Args:
        folder: empty; its `content` and `state` may be filled before the first question.
        player: the settings of a real player, where there is to be one.
    """

    def __init__(self, folder: Path, player: PlayerConfig | None = None) -> None:
        is_real = player is not None
        house = HouseConfig(id="thu", name="Thử", village_word="bản", commune="Mới", province="Bắc Ninh", demo=is_real)
        paths = PathsConfig(data=folder, run=folder / "run")
        self.config = HubConfig(house=house, paths=paths, player=player or PlayerConfig(speaking=SPEAKING))
        for needed in (self.config.paths.state, self.config.paths.run, self.config.paths.content):
            needed.mkdir(parents=True, exist_ok=True)
        self.player = FakePlayer(self.config.paths.state / "schedule.toml")
        self.socket = self.config.paths.socket("player")
        self.seconds = 0.0  # on the clock of what is remembered between two questions
        self.site = create_site(self.config, lambda: self.seconds)
        self.accounts = Accounts(self.config.paths.state, self.config.paths.run)
        self.accounts.prepare()

    def forget(self) -> None:
        """Let so much time go by that the player is asked anew."""
        self.seconds += 60

    def cookies(self, role: Role) -> dict[str, str]:
        """The cookies of a phone that is logged in."""
        entry = self.accounts.enter(role)
        return {SESSION_COOKIE: entry.session, DEVICE_COOKIE: entry.device}

    def phone(self, role: Role | None = None) -> Phone:
        return Phone(self.site, self.cookies(role) if role else {})

    @contextlib.contextmanager
    def open(self) -> Iterator[RemoteHouse]:
        """With its player."""
        with self.player.serving(self.socket):
            yield self
        self.accounts.release()

    @contextlib.contextmanager
    def open_really(self) -> Iterator[RemoteHouse]:
        """With the real player, in a process of its own."""
        settings, log = self.config.paths.data / "hub.toml", self.config.paths.data / "player.log"
        settings.write_text(to_toml(self.config), "utf-8")
        command = [sys.executable, "-m", "hub.cli", "run", "player", "--config", str(settings)]
        with log.open("wb") as heard:
            process = subprocess.Popen(command, stdout=heard, stderr=heard)
        try:
            until(self.socket.exists, 60, f"the player: {log.read_text('utf-8', 'replace')}")
            yield self
        finally:
            process.terminate()
            process.wait(30)
            self.accounts.release()

    @contextlib.contextmanager
    def web(self) -> Iterator[str]:
        """The website on a port, for a browser."""
        server = make_server("127.0.0.1", 0, self.site, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
