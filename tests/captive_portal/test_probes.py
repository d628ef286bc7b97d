"""The table of probes: every row in every standing, and what no reply may ever do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from captive_portal import conformance
from captive_portal.phones import Answer
from captive_portal.probes import COURTESY_PATHS, NCSI_HOST, TABLE, Probe, Reply, hosts, reply

PORTAL = "http://thuvien.lan/chao"
ROWS = [(probe, host, path) for probe in TABLE for host in probe.hosts for path in probe.paths]

# From ../shared/reference/captive-portal.md, written once more: what a slip in the table would change.
EXACT = {
    ("connectivitycheck.gstatic.com", "/generate_204"): (204, b""),
    ("www.google.com", "/gen_204"): (204, b""),
    ("conn-service-in-04.allawnos.com", "/generate_204"): (204, b""),
    ("edge.microsoft.com", "/captiveportal/generate_204"): (204, b""),
    ("captive.apple.com", "/hotspot-detect.html"): (
        200,
        b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
    ),
    ("www.apple.com", "/library/test/success.html"): (
        200,
        b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
    ),
    ("www.msftconnecttest.com", "/connecttest.txt"): (200, b"Microsoft Connect Test"),
    ("www.msftncsi.com", "/ncsi.txt"): (200, b"Microsoft NCSI"),
    ("detectportal.firefox.com", "/canonical.html"): (
        200,
        b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
    ),
    ("detectportal.firefox.com", "/success.txt"): (200, b"success\n"),
    ("nmcheck.gnome.org", "/check_network_status.txt"): (200, b"NetworkManager is online\n"),
    ("connectivity-check.ubuntu.com", "/"): (204, b""),
}


def said(host: str, path: str, answer: Answer, agent: str = "") -> Reply:
    reply_ = reply(host, path, answer, PORTAL, agent)
    assert reply_ is not None
    return reply_


@pytest.mark.parametrize(("asked", "wanted"), EXACT.items(), ids=lambda value: value[0] if len(value) == 2 else "")
def test_success_is_what_the_system_wants_byte_for_byte(asked: tuple[str, str], wanted: tuple[int, bytes]) -> None:
    answer = said(*asked, Answer.SUCCESS)
    assert (answer.status, answer.body) == wanted
    assert dict(answer.headers)["Content-Length"] == str(len(wanted[1]))


def test_ubuntu_hears_the_header_it_looks_for() -> None:
    headers = dict(said("connectivity-check.ubuntu.com", "/", Answer.SUCCESS).headers)
    assert headers["X-NetworkManager-Status"] == "online"


def test_a_kindle_finds_its_number() -> None:
    body = said("spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html", Answer.SUCCESS).body
    assert b"81ce4465-7167-4dcb-835b-dcc9e44c112a" in body


@pytest.mark.parametrize(("probe", "host", "path"), ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_row_has_its_portal_its_success_and_its_internet(probe: Probe, host: str, path: str) -> None:
    portal = said(host, path, Answer.PORTAL)
    assert (portal.status, dict(portal.headers)["Location"]) == (302, PORTAL)
    assert len(portal.body) > 4
    success = said(host, path + "?x=1", Answer.SUCCESS)
    assert (success.status, success.body) == (probe.success.status, probe.success.body)
    assert (success.status == 204) == (success.body == b"")
    assert reply(host, path, Answer.INTERNET, PORTAL) is None


def test_a_host_and_a_path_stand_in_one_row_only() -> None:
    seen = [(host, path) for _, host, path in ROWS]
    assert len(seen) == len(set(seen))


def test_hosts_are_names_in_small_letters_and_none_is_microsofts_name_probe() -> None:
    assert [host for host in hosts() if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z]+", host)] == []
    assert len(hosts()) == len(set(hosts()))
    assert NCSI_HOST not in hosts()


def test_the_makers_the_neighbours_forgot_are_there() -> None:
    systems = " ".join(probe.system for probe in TABLE)
    assert [maker for maker in ("Xiaomi", "Huawei", "Oppo", "Vivo", "Samsung") if maker not in systems] == []


@pytest.mark.parametrize("path", COURTESY_PATHS)
def test_a_phone_in_nobodys_table_hears_204_once_it_is_welcomed(path: str) -> None:
    assert said("probe.unheard-of.example", path, Answer.SUCCESS).status == 204
    assert said("probe.unheard-of.example", path, Answer.PORTAL).status == 302
    assert said("probe.unheard-of.example", path, Answer.INTERNET).status == 302


def test_a_welcomed_phone_that_wants_a_page_is_told_that_there_is_no_internet() -> None:
    for host, path in (("vnexpress.net", "/"), ("www.msftconnecttest.com", "/redirect"), ("www.google.com", "/")):
        assert said(host, path, Answer.SUCCESS).status == 302


def test_apples_probe_hears_success_for_invented_paths_and_hosts() -> None:
    agent = "CaptiveNetworkSupport-390.60.1 wispr"
    success = said("captive.apple.com", "/hotspot-detect.html", Answer.SUCCESS)
    assert said("www.ibook.info", "/mIw1QjDx/9mIQxa/Q.html", Answer.SUCCESS) == success
    assert said("www.apple.com", "/", Answer.SUCCESS, agent) == success
    assert said("www.apple.com", "/", Answer.SUCCESS).status == 302
    assert said("www.apple.com", "/", Answer.PORTAL, agent).status == 302


@pytest.mark.parametrize("host", ["CAPTIVE.APPLE.COM", "captive.apple.com.", "captive.apple.com:80"])
def test_a_host_may_be_written_in_other_ways(host: str) -> None:
    assert said(host, "/hotspot-detect.html", Answer.SUCCESS).status == 200


@given(some.text(), some.text(), some.sampled_from([Answer.PORTAL, Answer.SUCCESS]), some.text())
def test_nothing_of_a_request_comes_back(host: str, path: str, answer: Answer, agent: str) -> None:
    known = {reply("x.example", "/", Answer.PORTAL, PORTAL)}
    known |= {reply(each, path_, Answer.SUCCESS, PORTAL) for _, each, path_ in ROWS}
    assert reply(host, path, answer, PORTAL, agent) in known


def test_the_document_is_current(project: Path) -> None:
    """`python -m captive_portal.conformance > docs/phones.md` makes it anew."""
    assert (project / "docs" / "phones.md").read_text("utf-8") == conformance.document()
