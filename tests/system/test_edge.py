"""The real nginx on loopback ports: the whole table of probes byte for byte, the site behind it, hostile requests."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from namespaces import until

from captive_portal.phones import Answer
from captive_portal.probes import COURTESY_PATHS, TABLE, Reply, reply
from hub import edge, print_room
from hub.config import HubConfig

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: ./run test installs it")

PORTAL = "http://thuvien.lan/chao"
LARGE = 3_000_000
APPLE = "CaptiveNetworkSupport-390.60.1 wispr"
ASKED = [
    *((host, path, "") for probe in TABLE for host in probe.hosts for path in probe.paths),
    *(("probe.unheard-of.example", path, "") for path in (*COURTESY_PATHS, "/", "/hotspot-detect.html")),
    ("www.ibook.info", "/mIw1QjDx/9mIQxa/Q.html", APPLE),
    ("www.apple.com", "/", ""),
    ("www.apple.com", "/", APPLE),
    ("www.google.com", "/", ""),
    ("www.google.com", "/search", APPLE),
    ("www.msftconnecttest.com", "/redirect", ""),
    ("connectivity-check.ubuntu.com", "/generate_204", ""),
    ("edge.microsoft.com", "/generate_204", ""),
    ("thuvien.lan", "/quan-tri", ""),
]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Behind(BaseHTTPRequestHandler):
    """The site's stand-in: says what it was asked and with which headers."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined] - Site below
        if self.path == "/large":
            self.send_response(206)
            self.send_header("Content-Length", str(LARGE))
            self.end_headers()
            piece = b"x" * 50_000
            for _ in range(LARGE // len(piece)):
                self.wfile.write(piece)
                self.server.sent += len(piece)  # type: ignore[attr-defined]
            return
        length = int(self.headers.get("Content-Length", 0))
        got = self.rfile.read(length)
        body = f"{self.command} {self.path} {len(got)}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Behind)
        self.asked: list[str] = []
        self.sent = 0


@dataclass
class Edge:
    """A running nginx."""

    ports: edge.Ports
    site: Site
    log: Path
    folder: Path

    def raw(self, port: int, request: bytes, timeout_s: float = 10) -> bytes:
        """Send bytes, and return everything that comes until the end."""
        with socket.create_connection(("127.0.0.1", port), timeout_s) as connection:
            connection.sendall(request)
            said = b""
            while piece := connection.recv(65536):
                said += piece
            return said

    def ask(self, port: int, host: str, path: str, agent: str = "", more: str = "") -> Reply:
        """Ask as a phone does, and take the answer apart without a library's kindness."""
        lines = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n" + (f"User-Agent: {agent}\r\n" if agent else "") + more
        head, _, body = self.raw(port, lines.encode() + b"\r\n").partition(b"\r\n\r\n")
        status, *headers = head.decode().split("\r\n")
        pairs = tuple((name, text) for name, _, text in (line.partition(": ") for line in headers))
        return Reply(int(status.split(" ")[1]), pairs, body)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    site = Site()
    threading.Thread(target=site.serve_forever).start()
    ports = edge.Ports(*free_ports(6))
    (folder / "nginx.conf").write_text(edge.render(configuration(folder, site.server_port), ports))
    log = folder / "nginx.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["nginx", "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"], stdout=out, stderr=out
        )
        try:
            until(lambda: listens(ports.pages), 10, "nginx: see its log")
            yield Edge(ports, site, log, folder)
        finally:
            process.terminate()
            process.wait(20)
            site.shutdown()
            site.server_close()


def configuration(folder: Path, port: int, **portal: object) -> HubConfig:
    return HubConfig.model_validate(
        {
            "house": {"id": "thu", "name": "Thử", "village_word": "bản", "commune": "Mới", "province": "Bắc Ninh"},
            "paths": {"data": str(folder), "run": str(folder)},
            "web": {"name": "thuvien.lan", "other_names": ["thuvien"], "port": port},
            "captive_portal": {"mode": "outside-ap", **portal},
        }
    )


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def same(said: Reply, wanted: Reply) -> bool:
    """Equal but for what every web server adds, and for the order of headers."""
    added = {"Server", "Date"}
    return (said.status, said.body) == (wanted.status, wanted.body) and (
        sorted(pair for pair in said.headers if pair[0] not in added) == sorted(wanted.headers)
    )


@pytest.mark.parametrize("answer", [Answer.PORTAL, Answer.SUCCESS], ids=["captive", "welcomed"])
def test_every_probe_is_answered_byte_for_byte(nginx: Edge, answer: Answer) -> None:
    port = nginx.ports.captive if answer is Answer.PORTAL else nginx.ports.welcomed
    wrong = []
    for host, path, agent in ASKED:
        wanted, said = reply(host, path, answer, PORTAL, agent), nginx.ask(port, host, path, agent)
        if wanted is None or not same(said, wanted):
            wrong.append((host, path, agent, said, wanted))
    assert wrong == []
    assert nginx.site.asked == []


def test_a_host_may_be_written_in_other_ways(nginx: Edge) -> None:
    for host in ("CAPTIVE.apple.COM", "captive.apple.com.", "captive.apple.com:80"):
        said = nginx.ask(nginx.ports.welcomed, host, "/hotspot-detect.html?x=1")
        assert (said.status, said.body[:6]) == (200, b"<HTML>")


def test_a_connection_of_a_probe_ends_with_its_answer(nginx: Edge) -> None:
    twice = b"GET /generate_204 HTTP/1.1\r\nHost: g.cn\r\n\r\n" * 2
    assert nginx.raw(nginx.ports.welcomed, twice).count(b"HTTP/1.1 ") == 1


HOSTILE = {
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: g.cn\r\nHost: thuvien.lan\r\n\r\n",
    "odd host": b"GET / HTTP/1.1\r\nHost: a/b\\c\r\n\r\n",
    "host of dots": b"GET / HTTP/1.1\r\nHost: ...\r\n\r\n",
    "host with a zero byte": b"GET / HTTP/1.1\r\nHost: g.cn\0.lan\r\n\r\n",
    "endless host": b"GET / HTTP/1.1\r\nHost: " + b"a" * 9000 + b"\r\n\r\n",
    "long host": b"GET / HTTP/1.1\r\nHost: " + b"a." * 3000 + b"\r\n\r\n",
    "IPv6 host": b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
    "broken IPv6 host": b"GET / HTTP/1.1\r\nHost: [2001:db8::1\r\n\r\n",
    "endless path": b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: g.cn\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: g.cn\r\n" + (b"X-A: " + b"b" * 900 + b"\r\n") * 60 + b"\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    "newline in the path": b"GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: g.cn\r\n\r\n",
    "newline in the host": b"GET / HTTP/1.1\r\nHost: g.cn\r\n X-Folded: 1\r\n\r\n",
    "out of the root": b"GET /../../etc/passwd HTTP/1.1\r\nHost: g.cn\r\n\r\n",
    "a proxy's request": b"GET http://thuvien.lan/quan-tri HTTP/1.1\r\nHost: thuvien.lan\r\n\r\n",
    "a tunnel": b"CONNECT thuvien.lan:80 HTTP/1.1\r\nHost: thuvien.lan\r\n\r\n",
    "trace": b"TRACE / HTTP/1.1\r\nHost: g.cn\r\nX-Secret: 1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: g.cn\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "huge length": b"POST / HTTP/1.1\r\nHost: g.cn\r\nContent-Length: 99999999999\r\n\r\nabc",
    "old HTTP": b"GET /\r\n",
    "HTTP/9": b"GET / HTTP/9.9\r\nHost: g.cn\r\n\r\n",
    "admin's name": b"GET /quan-tri HTTP/1.1\r\nHost: thuvien.lan\r\nX-Real-IP: 127.0.0.1\r\n\r\n",
}


@pytest.mark.parametrize("which", ["captive", "welcomed", "online"])
@pytest.mark.parametrize("request_", HOSTILE.values(), ids=HOSTILE)
def test_nothing_hostile_reaches_the_site_or_comes_back(nginx: Edge, request_: bytes, which: str) -> None:
    nginx.site.asked.clear()
    with socket.create_connection(("127.0.0.1", getattr(nginx.ports, which)), 10) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while piece := connection.recv(65536):
                said += piece
        except ConnectionResetError:
            pass  # an end as clear as any
    status = int(said.split(b" ")[1]) if said.startswith(b"HTTP/") else None
    assert status in {None, 204, 302, 400, 403, 405, 413, 414, 502, 504, 505}, said
    assert not any(word in said.lower() for word in (b"set-cookie", b"x-folded", b"passwd", b"x-secret", b"aaaa"))
    assert nginx.site.asked == []


@pytest.mark.parametrize("request_", HOSTILE.values(), ids=HOSTILE)
def test_the_hubs_own_port_has_an_end_for_everything(nginx: Edge, request_: bytes) -> None:
    with socket.create_connection(("127.0.0.1", nginx.ports.pages), 10) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        try:
            said = connection.recv(65536)
        except ConnectionResetError:
            said = b""
    assert not said or said.startswith(b"HTTP/1.1 ") or b"<html>" in said or b"GET /" in said


def test_the_site_learns_the_host_and_the_phone_and_nothing_a_phone_invents(nginx: Edge) -> None:
    invented = "".join(
        f"{name}: 10.0.0.1\r\n"
        for name in ("X-Real-IP", "X_Real_IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded")
    )
    text = nginx.ask(
        nginx.ports.pages, "thuvien.lan:80", "/chao", more=invented + "Connection: close\r\n"
    ).body.decode()
    assert text.startswith("GET /chao 0\n")
    assert "Host: thuvien.lan:80\n" in text
    assert "X-Real-IP: 127.0.0.1\n" in text
    assert "10.0.0.1" not in text
    assert "forwarded" not in text.lower()


def test_forms_pass_and_have_a_largest_size(nginx: Edge) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", nginx.ports.pages, timeout=10)
    connection.request("POST", "/chao/internet", b"a" * 1000, {"Host": "thuvien.lan"})
    response = connection.getresponse()
    assert (response.status, response.read().decode().startswith("POST /chao/internet 1000\n")) == (200, True)
    connection.request("POST", "/chao/internet", b"a" * (edge.LARGEST_FORM_BYTES + 1), {"Host": "thuvien.lan"})
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("path", [print_room.PAGE, print_room.STICKERS, f"{print_room.PAGE}?sach=vai", "/trang"])
def test_no_page_is_moved_by_nginx(nginx: Edge, path: str) -> None:
    """A place for `/a/` alone makes nginx lead from `/a` there, whatever the site has at `/a`."""
    said = nginx.ask(nginx.ports.pages, "thuvien.lan", path, more="Connection: close\r\n")
    assert (said.status, said.body.decode().startswith(f"GET {path} 0")) == (200, True)


@pytest.mark.parametrize("path", ["/tim?q=" + "%C4%91" * 10_000, "/api/search?q=" + "a" * 10_000, "/" + "a/" * 40_000])
def test_an_address_without_end_gets_a_kind_page(nginx: Edge, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", nginx.ports.pages, timeout=10)
    connection.request("GET", path, headers={"Host": "thuvien.lan"})
    response = connection.getresponse()
    assert (response.status, response.getheader("Content-Type")) == (414, "text/html; charset=utf-8")
    assert "Bà con thử gõ ít chữ hơn" in response.read().decode()
    connection.close()
    assert nginx.ask(nginx.ports.pages, "thuvien.lan", "/dia-chi-dai-qua", more="Connection: close\r\n").status == 404


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ("GET /100% HTTP/1.1", 400, "Máy chưa hiểu"),
        ("GET /phim/..%2f..%2f..%2fetc HTTP/1.1", 400, "Máy chưa hiểu"),
        ("GET / HTTP/1.1\r\nHost: a b", 400, "Máy chưa hiểu"),
        ("TRACE / HTTP/1.1", 405, "Máy chưa hiểu"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked", 501, "Máy chưa hiểu"),
        (f"POST / HTTP/1.1\r\nContent-Length: {edge.LARGEST_FORM_BYTES + 1}", 413, "Máy chưa hiểu"),
        (f"GET / HTTP/1.1\r\nCookie: a={'x' * 9000}", 431, "xóa cookie"),
    ],
)
def test_what_nginx_itself_refuses_is_said_kindly(nginx: Edge, asked: str, status: int, words: str) -> None:
    with socket.create_connection(("127.0.0.1", nginx.ports.pages), timeout=10) as connection:
        connection.sendall(f"{asked}\r\nHost: thuvien.lan\r\nConnection: close\r\n\r\n".encode())
        if status == 413:
            connection.sendall(b"a" * (edge.LARGEST_FORM_BYTES + 1))
        response = http.client.HTTPResponse(connection)
        response.begin()
        page = response.read().decode()
    assert (response.status, response.getheader("Content-Type")) == (status, "text/html; charset=utf-8")
    assert words in page


def test_a_phone_has_only_so_many_codes_written_down(nginx: Edge) -> None:
    """A code is kept on the card when it is first shown; a phone that asks for those of all pages would wear it."""

    def ask(path: str) -> int:
        return nginx.ask(nginx.ports.pages, "thuvien.lan", path, more="Connection: close\r\n").status

    said = [ask(f"/sach/a/ma?trang={number}") for number in range(60)]
    assert said[:20] == [200] * 20
    assert set(said) == {200, 429}
    assert ask("/sach/a/?trang=1") == 200


def test_a_slow_reader_of_something_large_fills_no_card(nginx: Edge) -> None:
    nginx.site.sent = 0
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", nginx.ports.pages))
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: thuvien.lan\r\nConnection: close\r\n\r\n")
        first = connection.recv(4096)
        kept, last = 0, -1
        while kept != last:  # until nothing moves any more
            last, kept = kept, nginx.site.sent
            time.sleep(0.15)
        written = [path for path in nginx.folder.rglob("*") if path.is_file() and "nginx-" in str(path)]
        got = len(first)
        while piece := connection.recv(1 << 20):
            got += len(piece)
    assert first.startswith(b"HTTP/1.1 206")
    assert written == []
    assert got > LARGE


def test_a_site_that_is_not_there_yet_is_said_kindly(tmp_path: Path) -> None:
    ports = edge.Ports(*free_ports(6))
    with running(edge.render(configuration(tmp_path, free_ports(1)[0]), ports), tmp_path, ports):
        said = Edge(ports, None, tmp_path, tmp_path).ask(ports.pages, "thuvien.lan", "/", more="Connection: close\r\n")  # type: ignore[arg-type] - no site at all
    assert said.status == 503
    assert ("Retry-After", "5") in said.headers
    assert "Đang chuẩn bị" in said.body.decode()


class running:  # noqa: N801 - reads as a verb
    """Another nginx, for one test."""

    def __init__(self, text: str, folder: Path, ports: edge.Ports) -> None:
        self._path, self._port = folder / "nginx.conf", ports.pages
        self._path.write_text(text)

    def __enter__(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            ["nginx", "-e", "stderr", "-c", str(self._path), "-g", "daemon off;"], stderr=subprocess.DEVNULL
        )
        until(lambda: listens(self._port), 10, "nginx")
        return self._process

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(20)


def asked_by(address: str, port: int, path: str) -> bytes:
    """The status that another phone hears; other phones are other addresses of the loopback network."""
    with socket.create_connection(("127.0.0.1", port), 20, (address, 0)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: g.cn\r\nConnection: close\r\n\r\n".encode())
        return connection.recv(100)[9:12]


def test_ten_thousand_probes_of_one_phone_leave_the_others_their_turn(nginx: Edge) -> None:
    def hasty(count: int) -> set[bytes]:
        return {asked_by("127.0.0.66", nginx.ports.welcomed, "/generate_204") for _ in range(count)}

    with ThreadPoolExecutor(4) as pool:
        rush = [pool.submit(hasty, 2500) for _ in range(4)]
        heard = [asked_by("127.0.0.77", nginx.ports.welcomed, "/generate_204") for _ in range(20)]
        statuses = set().union(*(each.result() for each in rush))
    assert heard == [b"204"] * 20
    assert statuses == {b"204"}


def test_the_site_hears_of_one_hasty_phone_no_more_than_it_can_take(nginx: Edge) -> None:
    began, ends = time.monotonic(), time.monotonic() + 1.5
    nginx.site.asked.clear()

    def hasty() -> set[bytes]:
        found = set()
        while time.monotonic() < ends:
            found.add(asked_by("127.0.0.66", nginx.ports.pages, "/hasty"))
        return found

    with ThreadPoolExecutor(8) as pool:
        rush = [pool.submit(hasty) for _ in range(8)]
        heard = [asked_by("127.0.0.77", nginx.ports.pages, "/calm") for _ in range(10)]
        statuses = set().union(*(each.result() for each in rush))
    took = time.monotonic() - began
    assert heard == [b"200"] * 10
    assert statuses <= {b"200", b"429"}
    assert nginx.site.asked.count("/hasty") <= 160 + 40 * took + 10


def test_no_address_of_a_phone_is_written_down(nginx: Edge) -> None:
    nginx.ask(nginx.ports.captive, "nobody.example", "/" + "a" * 100)
    text = nginx.log.read_text()
    assert "client:" not in text
    assert [path.name for path in nginx.folder.rglob("*access*")] == []


def test_a_certificate_opens_https_for_its_names_only(tmp_path: Path) -> None:
    import ssl

    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which makes the certificate")
    name = "thu-vien.tinh.example"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},DNS:sach.{name}",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "chain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    site = Site()
    threading.Thread(target=site.serve_forever).start()
    ports = edge.Ports(*free_ports(6))
    held = {"name": name, "file": tmp_path / "chain.pem", "key": tmp_path / "key.pem"}
    context = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))
    try:
        with running(edge.render(configuration(tmp_path, site.server_port, certificate=held), ports), tmp_path, ports):
            for host in (name, f"sach.{name}"):
                plain = socket.create_connection(("127.0.0.1", ports.secure), 10)
                with context.wrap_socket(plain, server_hostname=host) as secure:
                    secure.sendall(f"GET /chao HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                    said = b"".join(iter(lambda: secure.recv(65536), b""))
                assert b"X-Forwarded-Proto: https" in said
                assert b"strict-transport-security" not in said.lower()
            with socket.create_connection(("127.0.0.1", ports.secure), 10) as plain, pytest.raises(ssl.SSLError):
                ssl._create_unverified_context().wrap_socket(plain, server_hostname="www.google.com")
    finally:
        site.shutdown()
        site.server_close()


def test_temporary_files_lie_in_the_run_folder(nginx: Edge) -> None:
    assert {path.name for path in nginx.folder.iterdir() if path.is_dir()} >= {"nginx-body", "nginx-proxy"}
    assert os.path.exists(nginx.folder / "nginx.pid")  # noqa: PTH110 - as nginx wrote it
