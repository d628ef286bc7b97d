"""A bored child with a clever phone, and a hub that has a bad day: what was tried once in the village stays tried."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from namespaces import command, missing, until
from village import HUB, INTERNET, NAME, Phone, Village, open_village

from captive_portal.places import PROBE_ADDRESS

NEEDED = missing("nft", "dnsmasq", "nginx", "conntrack", "busybox", "bridge", "mount")
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=NEEDED)
LET_IN = "/chao/xong"


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    with open_village(tmp_path_factory.mktemp("village")) as opened:
        yield opened


@pytest.fixture(scope="module")
def child(village: Village) -> Phone:
    """Whoever misbehaves."""
    return village.phone()


@pytest.fixture
def guest(village: Village) -> Phone:
    """Somebody else."""
    return village.phone()


def standing(village: Village, phone: Phone) -> str:
    return str(village.ask_gate(f"/phones/{phone.address}")["standing"])


def said(phone: Phone, request: str, at: str = HUB) -> bytes:
    """Send a request as it is and take what comes back until the other side ends it."""
    answer = b""
    with phone.socket() as sender, contextlib.suppress(ConnectionResetError):
        sender.settimeout(10)
        sender.connect((at, 80))
        sender.sendall(request.encode("latin-1"))
        while piece := sender.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    "encoding",
    ["Transfer-Encoding: chunked", "Transfer-Encoding : chunked", "Transfer-Encoding: xchunked",
     "Transfer-Encoding:\x0bchunked", "transfer-encoding: identity, chunked", "X: y\nTransfer-Encoding: chunked"],
)  # fmt: skip
@pytest.mark.parametrize("whole", [True, False])
def test_no_request_rides_in_another_ones_body(
    village: Village, child: Phone, guest: Phone, encoding: str, whole: bool
) -> None:
    """RFC 9112, section 11.2: nginx and the website must not disagree on where a request ends."""
    hidden = (
        f"0\r\n\r\nPOST /chao/internet HTTP/1.1\r\nHost: {NAME}\r\nX-Real-IP: {guest.address}\r\n"
        f"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    length = len(hidden) if whole else 4
    head = f"POST /chao/tu-sach HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\nContent-Length: {length}\r\n{encoding}"
    answer = said(child, f"{head}\r\n\r\n{hidden}")
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert standing(village, guest) == "captive"


@pytest.mark.parametrize("name", ["X-Real-IP", "X_Real_IP", "x-real-ip", "X-Forwarded-For", "Forwarded"])
@pytest.mark.parametrize("host", [NAME, "thuvien", HUB, f"sach.{NAME}"])
def test_nobody_taps_for_another_phone(village: Village, child: Phone, guest: Phone, name: str, host: str) -> None:
    forged = f"{name}: {guest.address}\r\n" * 2
    said(
        child, f"POST /chao/tu-sach HTTP/1.1\r\nHost: {host}\r\n{forged}Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    assert standing(village, guest) == "captive"


@pytest.mark.parametrize("host", ["tin-tuc.example", f"{NAME}.evil.example", "203.0.113.2:80@x", f"{NAME}\x00"])
def test_a_name_that_was_bent_to_the_hub_opens_nothing(village: Village, guest: Phone, host: str) -> None:
    """A page from the internet whose name suddenly leads to the hub (DNS rebinding) must not read or tap."""
    for start in ("GET /chao", "POST /chao/internet", "GET /quan-tri"):
        answer = said(guest, f"{start} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        assert answer.startswith((b"HTTP/1.1 421", b"HTTP/1.1 400")), answer[:80]
    assert standing(village, guest) == "captive"


def test_whoever_taps_without_end_does_not_wear_the_card_out(village: Village, guest: Phone) -> None:
    child, heard = village.phone(), Counter[int]()

    def tap() -> None:
        for _ in range(40):
            heard.update(child.post(path, at=HUB).status for path in ("/chao/internet", "/chao/nghi"))

    threads = [threading.Thread(target=tap) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(heard) == {303, 429}
    assert 20 <= heard[303] <= 60, heard
    refused = next(reply for _ in range(30) if (reply := child.post("/chao/internet", at=HUB)).status == 429)
    assert "Xin chờ một phút" in refused.text
    assert child.get(NAME, "/chao", at=HUB).status == 200, "pages are not taps"
    assert guest.post("/chao/internet").location == LET_IN


def test_connections_held_open_do_not_use_up_the_name_server(child: Phone, guest: Phone) -> None:
    """dnsmasq takes 20 connections at a time, each for as long as it likes."""
    question = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\x07thuvien\x03lan\0\0\1\0\1"
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            held = stack.enter_context(child.socket())
            held.setblocking(False)
            held.connect_ex((HUB, 53))
        with guest.socket() as asking:
            asking.settimeout(5)
            asking.connect((HUB, 53))
            asking.sendall(struct.pack("!H", len(question)) + question)
            assert socket.inet_aton(HUB) in asking.recv(512)
        assert guest.resolve("thuvien") == [HUB]


def test_only_addresses_of_the_house_become_neighbours(village: Village, child: Phone, guest: Phone) -> None:
    """Each one costs the kernel a place in a table that is not large."""
    mac, request = bytes.fromhex(child.mac.replace(":", "")), struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)  # RFC 826
    with child.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(("wlan0", 0))
        for number in range(50):
            asks = request + mac + socket.inet_aton(f"8.8.{number}.1") + bytes(6) + socket.inet_aton(HUB)
            wire.send(b"\xff" * 6 + mac + b"\x08\x06" + asks)
    assert guest.get(NAME, "/chao").status == 200
    assert " 8.8." not in f" {village.hub.ip('neigh', 'show', 'dev', 'phones0')}".replace("\n", " ")


def test_what_a_phone_says_of_itself_stays_out_of_the_list_of_leases(village: Village, child: Phone) -> None:
    mac = bytes.fromhex(child.mac.replace(":", ""))
    evil = b"thuvien\n0 lease\0`id`"
    options = bytes([53, 1, 1, 12, len(evil)]) + evil + bytes([81, 10, 1, 0, 0]) + b"thuvien" + b"\xff"
    fixed = struct.pack("!BBBBIHH", 1, 1, 6, 0, 7, 0, 0x8000) + bytes(16) + mac + bytes(202) + b"\x63\x82\x53\x63"
    with child.socket(kind=socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"wlan0")
        asking.bind(("", 68))
        asking.settimeout(5)
        asking.sendto(fixed + options, ("255.255.255.255", 67))
        assert asking.recv(2000)[:1] == b"\x02"
    leases = (village.config.paths.run / "dnsmasq.leases").read_text()
    assert child.mac in leases
    assert "thuvien" not in leases
    assert child.resolve("thuvien") == [HUB]


@pytest.mark.parametrize("junk", [b"", os.urandom(20_000), b"SQLite format 3\0" + bytes(8_000)], ids=len)
def test_a_card_that_spoils_what_phones_used_stops_nobody(village: Village, guest: Phone, junk: bytes) -> None:
    """While the gate runs, and when it begins."""
    database = village.config.paths.state / "gate.sqlite"
    for name in (database, database.with_name("gate.sqlite-wal")):
        name.write_bytes(junk)
    assert guest.post("/chao/internet").location == LET_IN
    village.stop("gate", signal.SIGKILL)
    village.start_service("gate")
    village.backhaul_is("up", 30)
    assert guest.post("/chao/nghi").location == "/chao"
    assert guest.post("/chao/internet").location == LET_IN


def test_services_that_die_while_somebody_taps_are_waited_for(village: Village, guest: Phone) -> None:
    village.stop("web", signal.SIGKILL)
    waiting = guest.get(NAME, "/chao", at=HUB)
    assert (waiting.status, waiting.headers["Retry-After"]) == (503, "5")
    assert "Đang chuẩn bị" in waiting.text
    assert guest.get("captive.apple.com", at=PROBE_ADDRESS).status == 302
    village.start_service("web")
    until(lambda: guest.get(NAME, "/chao").status == 200, 30)
    village.stop("gate", signal.SIGKILL)
    lost = guest.post("/chao/internet", timeout_s=20)
    assert (lost.status, lost.location) == (303, "/chao?chua=1")
    village.start_service("gate")
    village.backhaul_is("up", 30)
    until(lambda: guest.post("/chao/internet").location == LET_IN, 10, "the next tap counts")


def test_a_full_card_stops_nobody(tmp_path: Path) -> None:
    """Books go on, a tap goes on; only what was used today is not remembered."""
    state = tmp_path / "data" / "state"
    state.mkdir(parents=True)
    command("mount", "-t", "tmpfs", "-o", "size=256k", "none", str(state))
    try:
        with open_village(tmp_path) as village:
            (state / "filling").write_bytes(b"")
            with (state / "filling").open("ab", buffering=0) as filling, contextlib.suppress(OSError):
                while filling.write(bytes(4096)):
                    pass
            phone = village.phone()
            assert phone.post("/chao/internet").location == LET_IN
            assert phone.get("tin-tuc.example", at=INTERNET).headers["X-Internet"] == "yes"
            village.stop("gate", signal.SIGKILL)
            village.start_service("gate")
            village.backhaul_is("up", 30)
            assert phone.get(NAME, "/chao").status == 200
            assert phone.post("/chao/internet").location == LET_IN, "nobody remembers, so somebody taps again"
            assert phone.get("tin-tuc.example", at=INTERNET).headers["X-Internet"] == "yes"
            newcomer = village.phone()
            assert newcomer.post("/chao/internet").location == LET_IN
            assert village.ask_gate("/healthz") == {"ok": True}
    finally:
        command("umount", str(state))
