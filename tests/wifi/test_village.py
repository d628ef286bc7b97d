"""The whole walk on the air: a phone joins, is led to the welcome page, taps, reads a book; and a class does."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from namespaces import until
from village import HUB, INTERNET, NAME, SITE
from wireless import Air, open_join
from wireless_village import SSID, RadioPhone, WirelessVillage

from captive_portal.places import PROBE_ADDRESS
from library.testing import Entry, bake_zim

pytestmark = pytest.mark.wifi

SLOW_S = 60
SEATS = 10
LINK_KBIT = 4000
PAGE = "<!doctype html><html lang=vi><title>Bài một</title><p>Con trâu là đầu cơ nghiệp.</html>"
PICTURE = os.urandom(300_000)


@pytest.fixture(scope="module")
def village(air: Air, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WirelessVillage]:
    books = tmp_path_factory.mktemp("books")
    entries = {"bai-1": Entry(PAGE, "Bài một"), "anh.jpg": Entry(PICTURE, mimetype="image/jpeg")}
    bake_zim(books / "tieng-viet.zim", entries, name="tieng-viet", title="Tiếng Việt", main_path="bai-1")
    changes = {
        "captive_portal": {
            "radio": {"ssid": SSID, "most_phones": SEATS},
            "internet": {"down_kbit": LINK_KBIT, "up_kbit": LINK_KBIT},
        }
    }
    with WirelessVillage(air, tmp_path_factory.mktemp("village"), books, changes) as opened:
        opened.open_house()
        opened.backhaul_is("up", SLOW_S)
        until((opened.folder / "data" / "state" / "shelf.json").exists, SLOW_S, "the shelf")
        yield opened


def book(phone: RadioPhone, path: str) -> bytes:
    page = phone.get(f"sach.{NAME}", f"/trang/tieng-viet/{path}", at=HUB, timeout_s=SLOW_S)
    assert page.status == 200, page.text
    return page.body


def test_from_joining_to_a_book_page(village: WirelessVillage) -> None:
    phone = village.phone()
    assert phone.address.startswith("10.10.1")
    assert phone.resolve("connectivitycheck.gstatic.com") == [PROBE_ADDRESS]
    probe = phone.get("connectivitycheck.gstatic.com", "/generate_204", timeout_s=SLOW_S)
    assert (probe.status, probe.location) == (302, f"http://{NAME}/chao")
    welcome = phone.get(NAME, "/chao", timeout_s=SLOW_S)
    assert "/chao/internet" in welcome.text
    with pytest.raises((ConnectionRefusedError, ConnectionResetError)):
        phone.get(SITE, "/", at=INTERNET, port=443, timeout_s=3)
    tapped = phone.post("/chao/internet", timeout_s=SLOW_S)
    assert (tapped.status, tapped.location) == (303, "/chao/xong")
    assert phone.get(SITE, "/", timeout_s=SLOW_S).headers["X-Internet"] == "yes"
    until(lambda: phone.get("connectivitycheck.gstatic.com", "/generate_204").status == 204, SLOW_S)
    assert "Con trâu" in book(phone, "bai-1").decode()
    status = village.ask_gate("/status")
    assert (status["radio"]["state"], status["seats"]["used"], status["online"]) == ("ENABLED", 1, 1)


def test_a_killed_hostapd_costs_nobody_the_internet(village: WirelessVillage) -> None:
    phone = village.phone()
    phone.post("/chao/internet", timeout_s=SLOW_S)
    address = phone.address
    os.kill(hostapd_of(village), signal.SIGKILL)
    until(lambda: village.ask_gate("/status")["radio"]["state"] != "ENABLED", SLOW_S, "the gate notices")
    until(lambda: village.ask_gate("/status")["radio"]["state"] == "ENABLED", SLOW_S, "the Wi-Fi is back")
    until(lambda: online(phone), SLOW_S, "the phone is online again")
    assert phone.join(SLOW_S) == address


def test_a_greedy_phone_leaves_the_others_their_part_of_the_link(village: WirelessVillage) -> None:
    greedy, modest = village.phone(), village.phone()
    for phone in (greedy, modest):
        phone.post("/chao/internet", timeout_s=SLOW_S)
    assert "cake" in village.hub.run("tc", "qdisc", "show", "dev", "wlan0")
    received: Counter[str] = Counter()
    over = time.monotonic() + 8

    def download(phone: RadioPhone) -> None:
        with contextlib.closing(http.client.HTTPConnection(SITE, timeout=SLOW_S)) as connection:
            connection.sock = phone.socket()
            connection.sock.settimeout(SLOW_S)
            connection.sock.connect((INTERNET, 80))
            connection.request("GET", "/bytes/900000000")
            response = connection.getresponse()
            while time.monotonic() < over and (piece := response.read1(16384)):
                received[phone.name] += len(piece)

    together(download, [greedy] * 5 + [modest])
    greedy.wifi.leave()
    modest.wifi.leave()
    assert 0.4 < received[modest.name] / received[greedy.name] < 2.5
    assert received.total() * 8 / 8000 < 1.3 * LINK_KBIT


def test_a_class_opens_one_book_at_once_and_then_all_seats_are_taken(village: WirelessVillage) -> None:
    until(lambda: seats(village)["used"] <= 2, SLOW_S, "those who left are not counted")
    phones = [village.phone(joined=False) for _ in range(SEATS - seats(village)["used"])]

    def walk(phone: RadioPhone) -> None:
        phone.associate()
        phone.join(SLOW_S)
        assert phone.post("/chao/tu-sach", timeout_s=SLOW_S).status == 303
        assert book(phone, "anh.jpg") == PICTURE

    together(walk, phones)
    assert len({phone.address for phone in phones}) == len(phones)
    until(lambda: seats(village) == {"used": SEATS, "most": SEATS}, SLOW_S, "all seats are taken")
    assert f"Đang có {SEATS} máy dùng" in phones[0].get(NAME, "/chao", timeout_s=SLOW_S).text
    late = village.phone(joined=False)
    late.wifi.start(SSID, open_join())
    until(lambda: "status_code=17" in late.wifi.said(), SLOW_S, "one more is told that there is no room")


def together(act: Callable[[RadioPhone], None], phones: Sequence[RadioPhone]) -> None:
    """Have all of them do something at the same time."""
    with ThreadPoolExecutor(len(phones)) as threads:
        for done in [threads.submit(act, phone) for phone in phones]:
            done.result()


def seats(village: WirelessVillage) -> dict[str, int]:
    return dict(village.ask_gate("/status")["seats"])


def online(phone: RadioPhone) -> bool:
    try:
        return phone.get(SITE, "/", timeout_s=3).headers.get("X-Internet") == "yes"
    except (OSError, http.client.HTTPException):
        return False


def hostapd_of(village: WirelessVillage) -> int:
    """The process id of the gate's hostapd."""
    gate = village.programs["gate"].pid
    children = Path(f"/proc/{gate}/task").glob("*/children")
    pids = [int(pid) for file in children for pid in file.read_text().split()]
    return next(pid for pid in pids if Path(f"/proc/{pid}/comm").read_text().strip() == "hostapd")
