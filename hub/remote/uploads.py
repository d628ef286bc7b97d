"""Takes a recording from a phone: of those who are logged in, up to a limit, and through a file instead of memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO, Any, Final

from flask import Flask, Request, current_app, request
from flask.typing import ResponseReturnValue

from hub.guard import current_user
from hub.remote.limits import LARGEST

_AROUND: Final = 64 * 1024  # the other fields of the form
_FOLDER: Final = "UPLOADS_FOLDER"


class UploadingRequest(Request):
    """A request whose files are put into a file without a name, which a power cut leaves nothing of."""

    _files: list[IO[bytes]]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._files = []

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        """Where werkzeug puts what is uploaded; its documentation names this method to be overridden."""
        folder: Path = current_app.config[_FOLDER]
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with the request
        self._files.append(file)
        return file

    def close(self) -> None:
        """Let go of the files, those of a form that broke off among them."""
        super().close()
        for file in self._files:
            file.close()


def install(app: Flask, folder: Path, endpoints: Collection[str], refuse: Callable[[], ResponseReturnValue]) -> None:
    """Let some forms of a site carry a file; to be called before `hub.guard.install`, which reads what is posted.

    Args:
        app: the site.
        folder: on a disk, not in memory.
        endpoints: of the forms.
        refuse: answers a file that is too large.
    """
    app.request_class = UploadingRequest
    app.config[_FOLDER] = folder
    most = LARGEST + _AROUND

    def make_room() -> ResponseReturnValue | None:
        asked: Any = request
        if request.endpoint not in endpoints or current_user() is None:
            return None
        if (request.content_length or 0) > most:
            return refuse()
        asked.max_content_length = most
        return None

    app.before_request(make_room)
