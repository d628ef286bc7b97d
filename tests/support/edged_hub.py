"""A hub behind the real nginx on this machine: shelf, website and edge, each a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from namespaces import until

from hub.config import HubConfig
from hub.example import to_toml

NAME = "thuvien.lan"
BOOKS = f"sach.{NAME}"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


def free_ports(count: int) -> list[int]:
    """TCP ports of this machine that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class EdgedHub:
    """The three services over one folder.

    Args:
        data: its folder; what is in ``content`` is served.
        run: the run folder.
        tables: more for hub.toml.
    """

    def __init__(self, data: Path, run: Path, **tables: Any) -> None:
        (data / "content").mkdir(parents=True, exist_ok=True)
        self.port, self.behind = free_ports(2)
        self.config = HubConfig.model_validate(
            {
                "house": {"id": "thu", "name": "Thử", "village_word": "bản", "commune": "Mới", "province": "Bắc Ninh"},
                "paths": {"data": data, "run": run},
                "library": {"settle_s": 0.0, "scan_interval_s": 0.1},
                "web": {"port": self.behind, "name": NAME, "workers": 1, **tables.pop("web", {})},
                "edge": {"port": self.port, "address": "127.0.0.1", "requests_per_s": 5000, **tables.pop("edge", {})},
                **tables,
            }
        )
        self.content, self.run = data / "content", run
        self._settings, self._log = data / "hub.toml", data / "log"
        self._settings.write_text(to_toml(self.config))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            for name in ("shelf", "web", "edge"):
                self.start(name)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self.processes)):
            self.end(name)

    def start(self, name: str) -> None:
        """Start a service and wait until it answers."""
        command = [sys.executable, "-m", "hub.cli", "run", name, "--config", str(self._settings)]
        with self._log.open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log)
        ready = {"web": lambda: _listens(self.behind), "edge": lambda: _listens(self.port)}
        socket_of = self.config.paths.socket(name)
        until(ready.get(name, socket_of.exists), 30, f"{name}: {self.log()}")
        if name == "edge":
            until(socket_of.exists, 30, "edge.sock")

    def end(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """End a service."""
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(30)

    def log(self) -> str:
        """What the services wrote."""
        return self._log.read_text("utf-8", "replace")

    def listing(self) -> dict[str, str]:
        """Every readable book's file and edition, as the shelf's list says."""
        rows = json.loads((self.config.paths.state / "shelf.json").read_text("utf-8"))["books"]
        return {row["file"]: row["facts"]["edition"] for row in rows if row["state"] == "ready"}

    def mapped(self) -> str:
        """The map that nginx reads."""
        return (self.run / "edge" / "books.map").read_text("utf-8")

    def kept(self) -> list[bytes]:
        """The keys of everything that nginx keeps."""
        keys = []
        for path in (self.run / "nginx-books").rglob("*"):
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):  # nginx writes aside and puts in place
                keys.append(path.read_bytes()[:5000].partition(b"\nKEY: ")[2].partition(b"\n")[0])
        return keys

    def master(self) -> int:
        """nginx' main process."""
        return int((self.run / "nginx.pid").read_text())

    def ask(
        self,
        path: str,
        host: str = BOOKS,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        port: int | None = None,
        phone: str = "127.0.0.1",
    ) -> Reply:
        """Ask nginx, or whoever is at another port."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, 30, source_address=(phone, 0))
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, text in {"Host": host, **(headers or {})}.items():
                connection.putheader(name, text)
            connection.endheaders()
            response = connection.getresponse()
            body = response.read()
            return Reply(response.status, {name.lower(): text for name, text in response.getheaders()}, body)
        finally:
            connection.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def workers_of(master: int) -> set[int]:
    """nginx' workers."""
    with contextlib.suppress(OSError):
        return {int(child) for child in Path(f"/proc/{master}/task/{master}/children").read_text().split()}
    return set()


def is_there(process: int) -> bool:
    """Whether a process is."""
    with contextlib.suppress(OSError):
        os.kill(process, 0)
        return True
    return False
