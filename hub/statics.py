"""The hub's own files for browsers (style, fonts, drawings): addresses that change with the content."""

import hashlib
from pathlib import Path

from flask import Flask, Response, request
from markupsafe import Markup

FOLDER = Path(__file__).parent / "static"
_A_YEAR_S = 31536000


class Statics:
    """Gives each file an address that carries a hash of its content, so that browsers may keep it for ever."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._addresses: dict[str, str] = {}

    def address(self, name: str) -> str:
        """The address of a file below ``hub/static``; a missing one has an address too, which answers 404."""
        if name not in self._addresses:
            path = self._folder / name
            mark = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "missing"
            self._addresses[name] = f"/static/{name}?v={mark}"
        return Markup(self._addresses[name])  # noqa: S704 - our own file names

    def install(self, app: Flask) -> None:
        """Give templates ``asset()``, and let browsers keep what they got under a content's own address."""
        app.context_processor(lambda: {"asset": self.address})
        app.after_request(self._keep)

    def _keep(self, response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            known = request.args.get("v") is not None
            if request.path.startswith("/static/fonts/"):  # sandboxed chapters ask for them as strangers
                response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Cache-Control"] = f"public, max-age={_A_YEAR_S}, immutable" if known else "no-cache"
        return response
