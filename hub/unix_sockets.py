"""HTTP over UNIX sockets: how the hub's services listen, and how they ask each other.

A socket's address holds at most 107 bytes (unix(7)), a folder's name may be longer: sockets are reached through an
open descriptor of their folder, so every folder will do.
"""

import contextlib
import fcntl
import http.client
import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hub.errors import Sentence, SocketError


def listen(path: Path, mode: int = 0o660) -> socket.socket:
    """Listen on a UNIX socket.

    What a crash left in its place is removed, but only when nobody listens there.

    Args:
        path: where the socket appears; its folder is there.
        mode: its permissions.

    Raises:
        SocketError: somebody listens there already, or the folder refuses.
    """
    try:
        with _folder(path) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX)  # one at a time between looking and binding
            if _somebody_listens(path):
                hint = Sentence("Stop the other hub, or set another folder under [paths].")
                raise SocketError(Sentence("Another service listens on %(path)s.", path=path), hint)
            if path.is_socket():
                path.unlink()
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                listener.bind(f"/proc/self/fd/{folder}/{path.name}")
                path.chmod(mode)
                listener.listen(64)
            except BaseException:
                listener.close()
                raise
            return listener
    except OSError as error:
        raise SocketError(
            Sentence("%(path)s cannot be listened on: %(reason)s.", path=path, reason=error.strerror),
            Sentence("Check the folder's rights."),
        ) from error


def ask(
    path: Path, target: str, method: str = "GET", timeout_s: float = 2.0, body: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    """Ask the service behind a UNIX socket.

    Args:
        path: its socket.
        target: what to ask for, such as `/status`.
        method: the HTTP method.
        timeout_s: how long connecting, and then each part of the answer, may take, in seconds.
        body: what to send along, if anything.

    Returns:
        The HTTP status and the JSON object of the answer, empty when it is none.

    Raises:
        SocketError: nobody answers.
    """
    with open_answer(path, target, method, timeout_s, body) as response:
        status, said = response.status, response.read(1 << 20)
    try:
        answer = json.loads(said)
    except ValueError:
        answer = None
    return status, answer if isinstance(answer, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """The beginning of an answer; the rest is read as it comes.

    Attributes:
        status: of HTTP.
        headers: by their names in small letters.
    """

    status: int
    headers: Mapping[str, str]
    _response: http.client.HTTPResponse
    _name: str

    def read(self, most: int) -> bytes:
        """Read on.

        Args:
            most: bytes.

        Raises:
            SocketError: the answer breaks off.
        """
        try:
            return self._response.read(most)
        except (OSError, http.client.HTTPException) as error:
            raise _silent(self._name) from error


@contextlib.contextmanager
def open_answer(
    path: Path,
    target: str,
    method: str = "GET",
    timeout_s: float = 2.0,
    body: bytes | IO[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Answer]:
    """Ask the service behind a UNIX socket for what need not be JSON, and may be large.

    Args:
        path: its socket.
        target: what to ask for.
        method: the HTTP method.
        timeout_s: how long connecting, and then each part of what is sent and answered, may take, in seconds.
        body: what to send along; a file is sent piece by piece, and its length belongs into the headers.
        headers: further ones.

    Yields:
        The answer, to be read before the end.

    Raises:
        SocketError: nobody answers.
    """
    connection = _Connection(path, timeout_s)
    try:
        try:
            connection.request(method, target, body, dict(headers or {}))
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise _silent(path.name, path) from error
        with response:
            yield Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response, path.name)
    finally:
        connection.close()


def _silent(name: str, path: Path | None = None) -> SocketError:
    return SocketError(
        Sentence("The service behind %(name)s does not answer.", name=name),
        Sentence("Is it running? (%(path)s)", path=path or name),
    )


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = _connect(self._path, self.timeout)


def _connect(path: Path, timeout_s: float | None) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(timeout_s)
    try:
        with _folder(path) as folder:
            client.connect(f"/proc/self/fd/{folder}/{path.name}")
    except BaseException:
        client.close()
        raise
    return client


def _somebody_listens(path: Path) -> bool:
    try:
        _connect(path, 2.0).close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int]:
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)
