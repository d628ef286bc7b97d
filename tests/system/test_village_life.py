"""The house's day in network namespaces: links come and go, the gate is killed, power fails, and people misbehave."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from namespaces import missing, until
from village import HUB, INTERNET, NAME, SITE, Phone, Village, open_village

from captive_portal.places import PROBE_ADDRESS
from library.baking import Entry, bake_zim

LONG = os.environ.get("HUB_LONG") == "1"
pytestmark = pytest.mark.skipif(
    bool(missing("nft", "dnsmasq", "nginx", "conntrack", "busybox", "bridge")),
    reason=missing("nft", "dnsmasq", "nginx", "conntrack", "busybox", "bridge"),
)
WELCOME = f"http://{NAME}/chao"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    film = Entry(os.urandom(6_000_000), "Phim", "video/mp4", compress=False)
    page = Entry("<title>Nuôi gà</title><p>Nuôi gà", "Nuôi gà")
    bake_zim(folder / "ga.zim", {"trang": page, "phim.mp4": film}, name="nuoi-ga", title="Nuôi gà", main_path="trang")
    return folder


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory, content: Path) -> Iterator[Village]:
    with open_village(tmp_path_factory.mktemp("village"), content) as opened:
        yield opened


def standing(village: Village, phone: Phone) -> str:
    return str(village.ask_gate(f"/phones/{phone.address}")["standing"])


def reaches_the_internet(phone: Phone) -> bool:
    try:
        return phone.get(SITE, "/", at=INTERNET, timeout_s=2).headers.get("X-Internet") == "yes"
    except (OSError, http.client.HTTPException):
        return False


class Download(threading.Thread):
    """A long download that says how far it is and how it ended."""

    def __init__(self, phone: Phone, at: str, host: str, path: str, pause_s: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.received = 0
        self.ended = ""
        self._pause_s = pause_s
        self._connection = http.client.HTTPConnection(host, timeout=5)
        self._socket = self._connection.sock = phone.socket()
        self._connection.sock.settimeout(5)
        self._connection.sock.connect((at, 80))
        self._connection.request("GET", path, headers={"Host": host})
        self._response = self._connection.getresponse()
        assert self._response.status in {200, 206}, self._response.status
        self.start()

    def run(self) -> None:
        try:
            while piece := self._response.read(16384):
                self.received += len(piece)
                time.sleep(self._pause_s)
            self.ended = "whole" if self._response.length in {0, None} else "cut"
        except (OSError, http.client.HTTPException) as error:
            self.ended = type(error).__name__
        finally:
            self._response.close()
            self._connection.close()

    def stop(self) -> None:
        """Lose interest."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.join(10)


def test_a_link_that_comes_and_goes_breaks_nothing(village: Village) -> None:
    phone = village.phone()
    phone.post("/chao/internet")
    assert reaches_the_internet(phone)
    lease, film = phone.address, film_path(phone)
    book = Download(phone, HUB, f"sach.{NAME}", film, pause_s=0.02)
    outside = Download(phone, INTERNET, SITE, "/bytes/900000000")
    until(lambda: outside.received > 100_000 and book.received > 10_000)
    village.cut()
    lost_s = village.backhaul_is("down", 12)
    assert phone.get("captive.apple.com", "/hotspot-detect.html").status == 200
    until(lambda: outside.ended, 15, "the download from outside ends")
    village.mend()
    found_s = village.backhaul_is("up", 12)
    until(lambda: reaches_the_internet(phone), 10)
    book.join(60)
    assert book.ended == "whole"
    assert phone.join() == lease
    print(f"lost after {lost_s:.1f} s, found after {found_s:.1f} s")


def film_path(phone: Phone) -> str:
    """A film of six megabytes; the library finds its book by name."""
    until(lambda: json.loads(phone.get(NAME, "/api/shelf").body)["books"], 30, "a book is ready")
    [book] = json.loads(phone.get(NAME, "/api/shelf").body)["books"]
    slug = str(book.get("slug") or book.get("name"))
    front = phone.get(NAME, f"/sach/{slug}/")
    found = re.search(r"/doc/([^/]+)/", front.text)
    return f"/trang/{found[1] if found else slug}/phim.mp4"


def test_taps_end_when_the_phone_gives_the_internet_back(village: Village) -> None:
    phone = village.phone()
    phone.post("/chao/internet")
    outside = Download(phone, INTERNET, SITE, "/bytes/900000000")
    until(lambda: outside.received > 100_000)
    village.ask_gate(f"/phones/{phone.address}/leave", "POST")
    until(lambda: outside.ended, 10, "the download ends")
    assert outside.ended != "whole"
    assert not reaches_the_internet(phone)
    assert standing(village, phone) == "welcomed"


def test_kill_9_of_the_gate_disturbs_nobody(village: Village) -> None:
    phone, guest = village.phone(), village.phone()
    phone.post("/chao/internet")
    outside = Download(phone, INTERNET, SITE, "/bytes/900000000", pause_s=0.001)
    village.stop("gate", signal.SIGKILL)
    before = outside.received
    until(lambda: outside.received > before + 100_000, 10, "the download goes on without the gate")
    assert guest.get(NAME, "/chao").status == 200
    assert guest.get("captive.apple.com").location == WELCOME
    village.start_service("gate")
    village.backhaul_is("up", 30)
    before = outside.received
    until(lambda: outside.received > before + 100_000, 10, "the download goes on")
    assert standing(village, phone) == "online"
    assert standing(village, guest) == "captive"
    outside.stop()


def test_after_a_power_cut_phones_are_recognised(village: Village) -> None:
    phone, stranger = village.phone(), village.phone()
    phone.post("/chao/internet")
    for name in ("gate", "dnsmasq-house", "dnsmasq-open"):
        village.stop(name, signal.SIGKILL)
    village.hub.run("nft", "flush", "ruleset")
    village.hub.run("conntrack", "-F")
    for lease in village.config.paths.run.glob("*lease*"):
        lease.unlink()
    village.start_dnsmasq()
    village.start_service("gate")
    village.backhaul_is("up", 30)
    assert phone.join() == phone.address
    until(lambda: reaches_the_internet(phone), 10, "the phone is recognised when it speaks")
    assert stranger.get("captive.apple.com").location == WELCOME


def test_another_address_is_the_same_phone_another_mac_is_not(village: Village) -> None:
    phone = village.phone()
    phone.post("/chao/internet")
    assert reaches_the_internet(phone)
    old = phone.address
    phone.ip("addr", "flush", "dev", "wlan0")
    phone.address = "10.10.11.77"
    phone.ip("addr", "add", "10.10.11.77/23", "dev", "wlan0")
    phone.ip("route", "replace", "default", "via", HUB)
    until(lambda: reaches_the_internet(phone), 10, "the same phone at another address")
    phone.ip("link", "set", "wlan0", "down")
    phone.ip("link", "set", "wlan0", "address", "02:00:5e:99:99:99")
    phone.ip("link", "set", "wlan0", "up")
    phone.ip("route", "replace", "default", "via", HUB)
    assert not reaches_the_internet(phone)
    until(lambda: phone.get("captive.apple.com", at=PROBE_ADDRESS).location == WELCOME, 10)
    thief = village.phone()
    thief.ip("addr", "add", f"{old}/23", "dev", "wlan0")
    with thief.socket() as sender:
        sender.settimeout(2)
        sender.bind((old, 0))
        with pytest.raises(OSError):
            sender.connect((INTERNET, 80))
            sender.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert not sender.recv(10).startswith(b"HTTP/1.0 200")
            raise OSError("nothing came")


def test_a_captive_phone_cannot_talk_its_way_to_the_administration(village: Village) -> None:
    phone = village.phone()
    for host in (NAME, f"{NAME}:8080", "127.0.0.1", "localhost", "[::1]", "x\t", "a" * 5000, f"{NAME}\r\nX-Real-IP: 1"):
        for target in ("/quan-tri", "//quan-tri", "http://thuvien.lan/quan-tri", "/chao%0d%0aSet-Cookie:x"):
            said = raw(phone, PROBE_ADDRESS, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")
            assert said.startswith((b"HTTP/1.1 302", b"HTTP/1.1 4")), (host, target, said[:80])
            assert b"quan-tri" not in said
            assert b"Set-Cookie" not in said
    for port in (8080, 8081, 8082, 8083, 5354, 22):
        with pytest.raises(OSError):
            phone.get(NAME, "/quan-tri", at=HUB, port=port, timeout_s=1)


@pytest.mark.parametrize(
    "request_text",
    ["", "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00\x01",
     "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
     "GET /" + "a" * 20000 + " HTTP/1.1\r\nHost: a\r\n\r\n",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzz"],
    ids=lambda text: repr(text[:30]),
)  # fmt: skip
def test_malformed_http_has_an_end_and_the_gate_stays(village: Village, stubborn: Phone, request_text: str) -> None:
    raw(stubborn, PROBE_ADDRESS, request_text)
    assert stubborn.get("captive.apple.com").location == WELCOME


@pytest.fixture(scope="module")
def stubborn(village: Village) -> Phone:
    return village.phone()


def raw(phone: Phone, at: str, text: str) -> bytes:
    """Send whatever it is, say that nothing more comes, and take what comes back."""
    with phone.socket() as sender:
        sender.settimeout(5)
        sender.connect((at, 80))
        try:
            sender.sendall(text.encode("latin-1"))
            sender.shutdown(socket.SHUT_WR)
            said = b""
            while piece := sender.recv(65536):
                said += piece
        except OSError:
            return b"HTTP/1.1 400"
        return said


def test_one_phones_thousands_of_requests_hurt_nobody_else(village: Village) -> None:
    pest, guest = village.phone(), village.phone()
    asked = [0]

    def pester() -> None:
        for _ in range(20):
            senders = [pest.socket() for _ in range(500)]
            for sender in senders:
                sender.setblocking(False)
                sender.connect_ex((PROBE_ADDRESS, 80))
            time.sleep(0.1)
            for sender in senders:
                with contextlib.suppress(OSError):
                    sender.send(b"GET /generate_204 HTTP/1.1\r\nHost: x\r\n\r\n")
                    asked[0] += 1
                sender.close()

    thread = threading.Thread(target=pester)
    thread.start()
    answers = 0
    while thread.is_alive():
        assert guest.get("captive.apple.com", timeout_s=3).location == WELCOME
        assert guest.get(NAME, "/chao", timeout_s=10).status == 200
        answers += 1
        time.sleep(0.05)
    assert answers > 5
    assert asked[0] > 300
    assert village.ask_gate("/healthz") == {"ok": True}
    until(lambda: pest.get("captive.apple.com", timeout_s=5).location == WELCOME, 30)


def test_names_that_nobody_answers_do_not_use_up_the_name_server(village: Village) -> None:
    pest, guest = village.phone(), village.phone()
    for phone in (pest, guest):
        phone.post("/chao/internet")
    begins_with_zz = "udp dport 53 @th,168,16 0x7a7a"
    village.internet.run(
        "nft", f"table ip deaf {{ chain in {{ type filter hook input priority 0; {begins_with_zz} drop; }}; }}"
    )
    done = threading.Event()

    def pester() -> None:
        with pest.socket(kind=socket.SOCK_DGRAM) as asking:
            asking.connect((HUB, 53))
            for number in itertools.count():
                label = b"zz%08d" % number
                head = struct.pack("!6H", number & 65535, 0x0100, 1, 0, 0, 0)
                asking.send(head + b"\x0a" + label + b"\x07example\0\0\x01\0\x01")
                if done.wait(0.011):
                    return

    thread = threading.Thread(target=pester)
    thread.start()
    try:
        answers = []
        for number in range(14 if LONG else 8):
            answers.append(guest.resolve(f"neu-{number}.example"))
            time.sleep(0.6)
    finally:
        done.set()
        thread.join()
        village.internet.run("nft", "delete table ip deaf")
    assert answers == [[INTERNET]] * len(answers)


def test_an_uplink_that_is_itself_a_portal_opens_nothing(tmp_path: Path) -> None:
    page = {"probe_url": f"http://{SITE}/not-what-the-province-says", "interval_s": 0.5}
    with Village(tmp_path, changes={"backhaul": page}) as village:
        village.open_house()
        village.backhaul_is("login")
        phone = village.phone()
        assert phone.get(NAME, "/chao").status == 200
        assert "/chao?chua=1" in phone.post("/chao/internet").location
        assert not reaches_the_internet(phone)
        assert phone.post("/chao/tu-sach").status == 303
        assert phone.get("captive.apple.com", "/hotspot-detect.html").status == 200


def test_a_class_of_40_joins_and_opens_one_book_at_once(village: Village) -> None:
    phones = [village.phone(joined=False) for _ in range(40)]
    page = film_path(village.phone()).replace("phim.mp4", "trang")
    problems: list[str] = []

    def join(phone: Phone) -> None:
        try:
            phone.join()
            assert phone.get("connectivitycheck.gstatic.com", "/generate_204").location == WELCOME
            assert phone.get(NAME, "/chao", timeout_s=30).status == 200
            assert phone.post("/chao/tu-sach", timeout_s=30).status == 303
            book = phone.get(f"sach.{NAME}", page, timeout_s=30)
            assert book.status == 200
            assert "Nuôi gà" in book.text
        except Exception as error:
            problems.append(f"{phone.name}: {error!r}")

    threads = [threading.Thread(target=join, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len({phone.address for phone in phones}) == 40


def test_no_address_of_a_phone_is_on_the_card_or_in_the_logs(village: Village) -> None:
    phone = village.phone()
    phone.post("/chao/internet")
    time.sleep(1)
    mac = phone.mac.encode()
    packed = bytes.fromhex(phone.mac.replace(":", ""))
    for path in village.config.paths.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert mac not in data and packed not in data, path
    for path in village.folder.glob("*.log"):
        assert mac not in path.read_bytes().lower(), path


assert shutil  # the programs are looked up by `missing`
