"""Mozilla's pdf.js as Debian packages it (libjs-pdf): served from the hub's own addresses, if it is there."""

import gzip
import hashlib
import threading
from pathlib import Path
from typing import Final

from flask import Response, abort, request

FOLDER: Final = Path("/usr/share/javascript/pdf")
PREFIX: Final = "/static/pdf/"
PROGRAM: Final = "build/pdf.js"
WORKER: Final = "build/pdf.worker.js"
_SETS: Final = {"web/cmaps": {".bcmap"}, "web/standard_fonts": {".pfb", ".ttf"}}
_LARGEST: Final = 8 * 1024 * 1024


class PdfProgram:
    """The files of pdf.js.

    Args:
        folder: where the package puts them.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._zipped: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def is_there(self) -> bool:
        """Whether it is installed on this machine."""
        return (self._folder / PROGRAM).is_file() and (self._folder / WORKER).is_file()

    def address(self, name: str) -> str:
        """A file's address, which changes with the version; with a slash at the end, that of a folder."""
        return f"{PREFIX}{self._version()}/{name}"

    def serve(self, version: str, name: str) -> Response:
        """One file; programs compressed, since they are large."""
        folder, _, leaf = name.rpartition("/")
        known = name in {PROGRAM, WORKER} or Path(leaf).suffix in _SETS.get(folder, ())
        path = self._folder / name
        if not known or version != self._version() or not path.is_file() or path.stat().st_size > _LARGEST:
            abort(404)
        program = name in {PROGRAM, WORKER}
        if program and request.accept_encodings["gzip"] > 0:
            response = Response(self._compressed(name), mimetype="text/javascript")
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = Response(
                path.read_bytes(), mimetype="text/javascript" if program else "application/octet-stream"
            )
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Access-Control-Allow-Origin"] = "*"  # a sandboxed page asks as a stranger
        response.vary.add("Accept-Encoding")
        return response

    def _compressed(self, name: str) -> bytes:
        with self._lock:
            if name not in self._zipped:
                self._zipped[name] = gzip.compress((self._folder / name).read_bytes(), 6, mtime=0)
            return self._zipped[name]

    def _version(self) -> str:
        try:
            stat = (self._folder / WORKER).stat()
        except OSError:
            return "missing"
        return hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:10]
