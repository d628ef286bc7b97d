"""The line to the player: its HTTP interface behind its UNIX socket, with its refusals as errors of ours."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from hub.errors import HubError, Sentence, SocketError
from hub.unix_sockets import Answer, open_answer

LONGEST_JSON: Final = 8 << 20
_LOOK_S: Final = 2.0
_COMMAND_S: Final = 6.0
_WORK_S: Final = 60.0  # a recording is looked at and converted, a text is spoken
_JSON: Final = {"Content-Type": "application/json"}


class PlayerSilentError(HubError):
    """The player does not answer."""


class PlayerRefusedError(HubError):
    """The player does not do what it was asked.

    Attributes:
        status: of HTTP, as the player gave it.
        reasons: each a sentence.
    """

    def __init__(self, status: int, reasons: Sequence[str], hint: str = "") -> None:
        super().__init__(reasons[0] if reasons else "", hint)
        self.status = status
        self.reasons = tuple(reasons)


class PlayerLine:
    """Asks the player.

    Args:
        socket: the player's.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def look(self, target: str, timeout_s: float = _LOOK_S) -> Any:
        """Ask for something to read.

        Args:
            target: such as ``/status``.
            timeout_s: how long to wait for each part of the answer, in seconds.

        Returns:
            The JSON value of the answer.

        Raises:
            PlayerSilentError: nobody answers, or with nonsense.
            PlayerRefusedError: it says no.
        """
        return self._ask("GET", target, timeout_s)

    def tell(self, target: str, words: Mapping[str, object] | None = None, *, work: bool = False) -> Any:
        """Ask for something to be done.

        Args:
            target: such as ``/play``.
            words: what to say with it.
            work: whether it may take a while.

        Returns:
            The JSON value of the answer.

        Raises:
            PlayerSilentError, PlayerRefusedError: as `look`.
        """
        body = json.dumps(dict(words or {}), ensure_ascii=False).encode()
        return self._ask("POST", target, _WORK_S if work else _COMMAND_S, body, _JSON)

    def put(self, target: str, text: str) -> Any:
        """Put a whole text into the place of another.

        Raises:
            PlayerSilentError, PlayerRefusedError: as `look`.
        """
        return self._ask("PUT", target, _COMMAND_S, text.encode(), {"Content-Type": "application/toml; charset=utf-8"})

    def send(self, target: str, file: IO[bytes], size: int) -> Any:
        """Send a file, piece by piece.

        Args:
            target: such as ``/recordings``.
            file: read from where it stands.
            size: bytes.

        Raises:
            PlayerSilentError, PlayerRefusedError: as `look`.
        """
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return self._ask("POST", target, _WORK_S, file, headers)

    def drop(self, target: str) -> None:
        """Ask for something to be deleted.

        Raises:
            PlayerSilentError, PlayerRefusedError: as `look`.
        """
        self._ask("DELETE", target, _COMMAND_S)

    @contextlib.contextmanager
    def open(self, target: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """Ask for bytes; what is answered is handed on as it is.

        Raises:
            PlayerSilentError: nobody answers.
        """
        try:
            with open_answer(self._socket, target, timeout_s=_COMMAND_S, headers=headers) as answer:
                yield answer
        except SocketError as error:
            raise PlayerSilentError(error.message, error.hint) from error

    def _ask(
        self,
        method: str,
        target: str,
        timeout_s: float,
        body: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        try:
            with open_answer(self._socket, target, method, timeout_s, body, headers) as answer:
                status, said = answer.status, answer.read(LONGEST_JSON)
        except SocketError as error:
            raise PlayerSilentError(error.message, error.hint) from error
        try:
            value = _readable(json.loads(said)) if said else {}
        except (ValueError, RecursionError):
            value = None
        if status >= 400:
            raise _refusal(status, value)
        if value is None:
            raise PlayerSilentError(Sentence("The player's answer cannot be read."))
        return value


def sentence(said: object) -> str:
    """A sentence out of JSON: a text, or an object whose text can be said in another language, too."""
    if isinstance(said, Mapping):
        msgid, arguments = said.get("msgid"), said.get("arguments") or {}
        if isinstance(msgid, str) and isinstance(arguments, Mapping):
            parts = {str(name): _part(part) for name, part in arguments.items()}
            with contextlib.suppress(KeyError, ValueError, TypeError):
                return Sentence(msgid, **parts)
        said = next((said[name] for name in ("problem", "text", "sentence", "reason") if said.get(name)), "")
    return Sentence(said) if isinstance(said, str) and said else ""  # without names in it, it is its own key


def _readable(value: Any) -> Any:
    """The same without halves of letters, which JSON can hold and no page can show."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_readable(name): _readable(one) for name, one in value.items()}
        case list():
            return [_readable(one) for one in value]
    return value


def _part(part: object) -> object:
    return sentence(part) if isinstance(part, Mapping) else part


def _refusal(status: int, said: object) -> PlayerRefusedError:
    if not isinstance(said, Mapping):
        return PlayerRefusedError(status, ())
    many = said.get("reasons") or said.get("problems")
    reasons = [sentence(one) for one in many] if isinstance(many, list) else [sentence(said)]
    hint = {"text": said.get("hint"), "msgid": said.get("hint_msgid"), "arguments": said.get("hint_arguments")}
    return PlayerRefusedError(status, [reason for reason in reasons if reason], sentence(hint))
