"""What the television's pictures say of a house."""

from __future__ import annotations

import re
from pathlib import Path

from hub.config import HubConfig
from hub.picture_wall import open_easel, signs_of

HOUSE = {"id": "trai-moi", "name": "Trại Mới", "village_word": "bản", "commune": "Đồng Tiến", "province": "Bắc Ninh"}


def config(**tables: object) -> HubConfig:
    return HubConfig.model_validate({"house": HOUSE, **tables})


def test_a_house_without_a_wifi_of_its_own_shows_the_library_alone() -> None:
    signs = signs_of(config(web={"name": "thuvien.lan", "port": 8080}))
    assert (signs.house, signs.place) == ("Nhà văn hóa bản Trại Mới", "Xã Đồng Tiến, tỉnh Bắc Ninh")
    assert (signs.wifi, signs.ssid) == ("", "")
    assert re.fullmatch(r"http://thuvien\.lan(:\d+)?", signs.origin)


def test_a_machine_that_no_phone_reaches_shows_no_code() -> None:
    assert signs_of(config(web={"name": "localhost"}), lambda: "192.168.1.7").origin == ""
    assert signs_of(config(web={"name": "localhost", "address": "0.0.0.0"}), lambda: None).origin == ""


def test_a_machine_without_a_name_is_reached_by_its_address() -> None:
    web = {"name": "localhost", "address": "0.0.0.0", "port": 8123}
    assert signs_of(config(web=web), lambda: "192.168.1.7").origin == "http://192.168.1.7:8123"
    edge = {"address": "0.0.0.0", "port": 8200}
    behind = config(web={"name": "localhost"}, edge=edge)
    assert signs_of(behind, lambda: "192.168.1.7").origin == "http://192.168.1.7:8200"


def test_the_wifi_of_the_house_is_shown() -> None:
    portal = {"mode": "outside-ap", "interface": "eth1", "radio": {"ssid": "Trại; Mới"}}
    signs = signs_of(config(captive_portal=portal, web={"name": "thuvien.lan"}))
    assert signs.ssid == "Trại; Mới"
    assert signs.wifi == "WIFI:T:nopass;S:Trại\\; Mới;;"
    assert signs.origin == "http://thuvien.lan"


def test_the_easel_draws_into_the_run_folder(tmp_path: Path) -> None:
    paths = {"data": str(tmp_path / "data"), "run": str(tmp_path / "run")}
    easel = open_easel(config(paths=paths))
    easel.start()
    easel.close()
    assert (tmp_path / "run" / "pictures").is_dir()
