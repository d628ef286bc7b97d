"""The internet of the village: one web server that answers for every host, marked as not being the hub."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROBES = {
    "/hotspot-detect.html": b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
    "/library/test/success.html": b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
    "/connecttest.txt": b"Microsoft Connect Test",
    "/ncsi.txt": b"Microsoft NCSI",
    "/success.txt": b"success\n",
}
PIECE = b"\xa5" * 65536


class Handler(BaseHTTPRequestHandler):
    """Probes as the real ones, /hub for the province, /bytes/N for a download, and a page for all the rest."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host, path = self.headers.get("Host", ""), self.path.partition("?")[0]
        if path in {"/generate_204", "/gen_204"} or (path == "/hub" and host == sys.argv[1]):
            self._say(204, b"")
        elif path in PROBES:
            self._say(200, PROBES[path])
        elif path.startswith("/bytes/"):
            self._send(int(path.removeprefix("/bytes/")))
        else:
            self._say(200, f"The internet's {host}{path}".encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("X-Internet", "yes")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send(self, count: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(count))
        self.end_headers()
        while count > 0:
            self.wfile.write(PIECE[:count])
            count -= len(PIECE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Many at once."""

    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    Server(("0.0.0.0", 80), Handler).serve_forever()
