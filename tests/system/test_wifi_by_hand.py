"""A house opened by the commands of docs/wifi.md in their order: phones are led in, and it says how it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from namespaces import missing, until
from village import NAME, Village

from hub.example import to_toml

NEEDED = missing("nft", "dnsmasq", "nginx", "conntrack", "busybox", "bridge")
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=NEEDED)


def test_the_four_commands_open_the_house(tmp_path: Path, project: Path) -> None:
    page = (project / "docs" / "wifi.md").read_text("utf-8")
    settings = {"mode": "outside-ap", "interface": "phones0", "programs": "children"}
    with Village(tmp_path, changes={"captive_portal": settings}) as village:
        path = tmp_path / "hub.toml"
        path.write_text(to_toml(village.config))
        services = re.findall(r"`hub run (\w+)`", page)
        assert services == ["gate", "shelf", "web"] * 2, "once in each language"
        run = village.config.paths.run
        for service in services[:3]:
            village.start_service(service)
            if service != "web":
                until(lambda socket=run / f"{service}.sock": socket.exists(), 30, village.log(service))
        village.start("nginx", "nginx", "-c", str(run / "nginx.conf"), "-g", "daemon off;")
        village.backhaul_is("up", 30)
        phone = village.phone()
        assert phone.get("captive.apple.com").location == f"http://{NAME}/chao"
        until(lambda: phone.get(NAME, "/trang-thai").status == 200, 30, village.log("web"))
        assert "Đang có Internet." in phone.get(NAME, "/trang-thai").text
