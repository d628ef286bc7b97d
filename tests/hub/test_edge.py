"""nginx.conf: one whole file for a small table, and what may never stand in one for the real table."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from captive_portal import probes
from captive_portal.probes import PLAIN, Probe, Success
from hub import edge
from hub.config import HubConfig
from hub.print_room import PAGE, POSTERS, STICKERS
from library.printing.press import PATIENCE_S

GOLDEN = Path(__file__).parent / "expected" / "nginx.conf"
SMALL = (
    Probe("Android", ("one.example", "two.example"), ("/generate_204",), probes.NO_CONTENT),
    Probe("iOS", ("apple.example",), ("/hotspot.html",), probes.APPLE_SUCCESS, any_path=True),
    Probe("Other", ("other.example",), ("/a.txt",), Success(200, b'say "hi" \\ there\n', PLAIN)),
    Probe("Other", ("other.example",), ("/b",), Success(204, headers=(("X-Status", "online"),))),
)
CERTIFICATE = {"name": "thu-vien.tinh.example", "file": Path("/etc/hub/chain.pem"), "key": Path("/etc/hub/key.pem")}


def settings(certificate: bool = False, **web: Any) -> HubConfig:
    portal = {"mode": "access-point", **({"certificate": CERTIFICATE} if certificate else {})}
    house = {"id": "thu", "name": "Thử", "village_word": "bản", "commune": "Mới", "province": "Bắc Ninh"}
    names = {"name": "thuvien.lan", "other_names": ["thuvien"]}
    return HubConfig.model_validate({"house": house, "web": {**names, **web}, "captive_portal": portal})


def test_the_whole_file() -> None:
    """When it shall change: write `edge.render(settings(certificate=True), table=SMALL)` there and look at the diff."""
    assert edge.render(settings(certificate=True), table=SMALL) == GOLDEN.read_text("utf-8")


def test_the_hub_has_a_name_for_its_books_beside_each_of_its_own() -> None:
    assert edge.house_names(settings()) == ("thuvien.lan", "sach.thuvien.lan", "thuvien", "sach.thuvien")
    assert edge.house_names(settings(certificate=True))[-2:] == ("thu-vien.tinh.example", "sach.thu-vien.tinh.example")


def test_phones_are_sent_to_the_main_name() -> None:
    assert edge.portal_url(settings()) == "http://thuvien.lan/chao"


def test_there_is_https_only_with_a_certificate() -> None:
    assert "ssl" not in edge.render(settings())
    assert edge.render(settings(certificate=True)).count("listen 443 ssl") == 2


def test_every_host_of_the_table_is_answered_on_one_server_each() -> None:
    text = edge.render(settings())
    for port in ("8082;", "8083;"):
        names = re.findall(rf"listen {port}\s+server_name\s+([^;]*);", text)
        assert sorted(name for each in names for name in each.split()) == sorted(probes.hosts())


def test_nobodys_reading_is_written_down() -> None:
    text = edge.render(settings())
    assert re.findall(r"access_log (.*);", text) == ["off"]
    assert re.findall(r"error_log (.*);", text) == ["stderr crit"]


def test_the_site_may_be_at_an_ipv6_address() -> None:
    assert "server [::1]:8090 max_fails=0;" in edge.render(settings(address="::1", port=8090))


def test_whoever_prints_much_is_waited_for() -> None:
    found = re.findall(r"location (\S+) \{[^}]*?proxy_read_timeout (\d+)s;", edge.render(settings()))
    longest = {place: int(seconds) for place, seconds in found}
    assert longest["/"] < PATIENCE_S < longest[PAGE]
    assert STICKERS.startswith(f"{PAGE}/")
    assert POSTERS.startswith(f"{PAGE}/")


def test_buffers_of_a_slice_are_a_small_part_of_it() -> None:
    """nginx keeps the last buffers of each slice until the answer ends: of a film, a thousand times."""
    place = edge.render(settings()).partition("location @sliced {")[2].partition("}")[0]
    found = re.search(r"slice (\d+);.*proxy_buffers (\d+) (\d+)k;", place, re.DOTALL)
    assert found is not None
    slice_bytes, count, kilobytes = map(int, found.groups())
    assert count * kilobytes * 1024 < slice_bytes / 20


def test_a_dollar_sign_would_be_a_variable_and_is_refused() -> None:
    table = (Probe("X", ("x.example",), ("/",), Success(200, b"$host", PLAIN)),)
    with pytest.raises(ValueError, match="variable"):
        edge.render(settings(), table=table)


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: ./run test installs it")
def test_nginx_takes_it(tmp_path: Path) -> None:
    """The same that `hub apply` asks nginx; a name that nginx would not know is found."""
    from hub.system import CommandError, run

    config = settings().model_copy(update={"paths": settings().paths.model_copy(update={"run": tmp_path})})
    ports = edge.Ports(*(8990 + number for number in range(6)))
    text, path = edge.render(config, ports), tmp_path / "nginx.conf"
    path.write_text(text)
    run(("nginx", "-t", "-q", "-e", "stderr", "-c", str(path)))
    path.write_text(text.replace("server_tokens", "server_token"))
    with pytest.raises(CommandError, match="unknown directive"):
        run(("nginx", "-t", "-q", "-e", "stderr", "-c", str(path)))
