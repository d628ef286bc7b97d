"""Every phone of the table before a real hub, in network namespaces: what each hears in every standing, exactly."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from namespaces import missing, until
from village import INTERNET, NAME, SITE, Phone, Reply, Village, open_village

from captive_portal import probes
from captive_portal.phones import Answer
from captive_portal.places import PROBE_ADDRESS

pytestmark = pytest.mark.skipif(
    bool(missing("nft", "dnsmasq", "nginx", "conntrack", "busybox", "bridge")),
    reason=missing("nft", "dnsmasq", "nginx", "conntrack", "busybox", "bridge"),
)
ROWS = [(probe, host, path) for probe in probes.TABLE for host in probe.hosts for path in probe.paths]
WELCOME = f"http://{NAME}/chao"
APPLE = {"User-Agent": "CaptiveNetworkSupport-481.0.0.1 wispr"}


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder = tmp_path_factory.mktemp("village")
    with open_village(folder, captive_portal={"mode": "outside-ap", "interface": "phones0",
                                              "internet": {"daily_megabytes": 1}}) as opened:  # fmt: skip
        yield opened


@pytest.fixture(scope="module")
def captive(village: Village) -> Phone:
    return village.phone()


@pytest.fixture(scope="module")
def welcomed(village: Village) -> Phone:
    phone = village.phone()
    assert (phone.post("/chao/tu-sach").status) == 303
    return phone


@pytest.fixture(scope="module")
def online(village: Village) -> Phone:
    phone = village.phone()
    assert (phone.post("/chao/internet").status) == 303
    return phone


@pytest.fixture(scope="module")
def expired(village: Village) -> Phone:
    phone = village.phone()
    phone.post("/chao/internet")
    phone.get(SITE, "/bytes/1100000")
    until(lambda: village.ask_gate(f"/phones/{phone.address}")["standing"] == "expired", 20)
    return phone


def check_all(phone: Phone, answer: Answer) -> None:
    """Ask every host of the table for every path."""
    for _, host, path in ROWS:
        assert phone.resolve(host) == [PROBE_ADDRESS], host
        said = patiently(phone, host, path)
        check(said, probes.reply(host, path, answer, WELCOME), f"{host}{path}")


def patiently(phone: Phone, host: str, path: str) -> Reply:
    """Ask again when the hub finds that one phone asks too much: no phone sends a hundred probes in a second."""
    while (said := phone.get(host, path, at=PROBE_ADDRESS)).status == 429:
        time.sleep(0.3)
    return said


def check(said: Reply, expected: probes.Reply | None, what: str) -> None:
    assert expected is not None
    assert (said.status, said.body) == (expected.status, expected.body), what
    assert dict(said.headers.items()) | dict(expected.headers) == dict(said.headers.items()), what
    extra = {name.lower() for name in said.headers} - {name.lower() for name, _ in expected.headers}
    assert extra <= {"server", "date"}, what


def test_captive_phones_are_led_to_the_welcome_page(captive: Phone) -> None:
    check_all(captive, Answer.PORTAL)


def test_welcomed_phones_hear_success(welcomed: Phone) -> None:
    check_all(welcomed, Answer.SUCCESS)


def test_online_phones_hear_the_internet_itself(online: Phone) -> None:
    for _, host, path in ROWS:
        assert online.resolve(host) == [INTERNET], host
        said = online.get(host, path, at=INTERNET)
        assert said.headers["X-Internet"] == "yes", host
    for probe in probes.TABLE:
        host, path = probe.hosts[0], probe.paths[0]
        said = online.get(host, path, at=INTERNET)
        remembered = patiently(online, host, path)  # by a phone that asked DNS before the tap
        assert (remembered.status, remembered.body) == (said.status, said.body), f"{host}{path}"
        assert remembered.headers["X-Internet"] == "yes", f"{host}{path}"


def test_expired_phones_are_led_to_the_welcome_page(expired: Phone) -> None:
    check_all(expired, Answer.PORTAL)
    page = expired.get(NAME, "/chao")
    assert page.status == 200
    assert "/chao/internet" not in page.text


def test_an_expired_phone_keeps_the_books(village: Village, expired: Phone) -> None:
    assert village.ask_gate(f"/phones/{expired.address}")["may_go_online"] is False
    assert expired.post("/chao/tu-sach").status == 303
    check_all(expired, Answer.SUCCESS)


def test_without_a_link_online_phones_hear_success(village: Village, online: Phone, captive: Phone) -> None:
    village.cut()
    try:
        village.backhaul_is("down")
        check_all(online, Answer.SUCCESS)
        check(captive.get("captive.apple.com", "/hotspot-detect.html"),
              probes.reply("captive.apple.com", "/", Answer.PORTAL, WELCOME), "captive")  # fmt: skip
    finally:
        village.mend()
        village.backhaul_is("up")
    assert online.get(SITE).headers["X-Internet"] == "yes"


def test_windows_asks_dns_for_one_exact_answer(captive: Phone, welcomed: Phone) -> None:
    for phone in (captive, welcomed):
        assert phone.resolve("dns.msftncsi.com") == ["131.107.255.255"]
        assert phone.resolve("dns.msftncsi.com", kind=28) == ["fd3e:4f5a:5b81::1"]


def test_names_that_are_nobodys_are_not_invented(captive: Phone, welcomed: Phone) -> None:
    for phone in (captive, welcomed):
        assert phone.resolve("khong-co.example") == []
        assert phone.resolve("captive.apple.com", kind=28) == []
        assert phone.query("captive.apple.com", kind=65) == (0, [])


def test_android_joins_taps_and_is_validated(village: Village) -> None:
    """Asks with its time-out of three seconds, shows the sheet, asks again after each page and closes it."""
    phone = village.phone()
    host, path = "connectivitycheck.gstatic.com", "/generate_204"
    first = phone.get(host, path, timeout_s=3)
    assert (first.status, first.location) == (302, WELCOME)
    assert len(first.body) > 4
    with pytest.raises(ConnectionRefusedError):  # its https probe ends at once instead of waiting
        phone.get("www.google.com", "/generate_204", at=PROBE_ADDRESS, port=443, timeout_s=3)
    sheet = phone.get(NAME, "/chao")
    assert sheet.status == 200
    tapped = phone.post("/chao/tu-sach")
    assert tapped.status == 303
    again = phone.get(host, path, timeout_s=3)
    assert (again.status, again.body, again.headers["Content-Length"]) == (204, b"", "0")
    for wait_s in (0.1, 0.2, 0.4):
        time.sleep(wait_s)
        assert phone.get(host, path, timeout_s=3).status == 204


def test_ios_is_done_after_a_page_and_stays(village: Village) -> None:
    """Its sheet keeps no cookies, needs a full page after success for "Done", and asks again and again."""
    phone = village.phone()
    assert phone.get("captive.apple.com", "/hotspot-detect.html", headers=APPLE).location == WELCOME
    assert phone.get(NAME, "/chao", headers=APPLE).status == 200
    tapped = phone.post("/chao/tu-sach")
    assert tapped.status == 303
    success = phone.get("captive.apple.com", "/hotspot-detect.html", headers=APPLE)
    assert success.body == probes.APPLE_SUCCESS.body
    assert phone.get(NAME, tapped.location.removeprefix(f"http://{NAME}")).status == 200
    for _ in range(3):
        assert phone.get("captive.apple.com", "/bbc4/x.html", headers=APPLE).body == probes.APPLE_SUCCESS.body


def test_windows_opens_the_browser_on_the_welcome_page(village: Village) -> None:
    phone = village.phone()
    assert phone.get("www.msftconnecttest.com", "/connecttest.txt").location == WELCOME
    assert phone.get("www.msftconnecttest.com", "/redirect").location == WELCOME
    phone.post("/chao/tu-sach")
    assert phone.get("www.msftconnecttest.com", "/connecttest.txt").body == b"Microsoft Connect Test"


@pytest.mark.parametrize("host", ["connectivity.nobody-knows.example", "192.0.2.9", "a" * 200 + ".example"])
def test_a_phone_in_nobodys_table_is_served_too(village: Village, captive: Phone, welcomed: Phone, host: str) -> None:
    assert captive.get(host, "/generate_204", at="192.0.2.9").location == WELCOME
    assert welcomed.get(host, "/generate_204", at="192.0.2.9").status == 204
    assert welcomed.get(host, "/trang.html", at="192.0.2.9").location == WELCOME
