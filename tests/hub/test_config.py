"""`hub.config` takes a whole hub.toml or says everything that is wrong with it."""

import ast
import json
import os
import unicodedata
from pathlib import Path

import pytest

import hub
from hub.config import LARGEST_FILE_BYTES, ConfigError, HouseConfig, HubConfig, load
from hub.demo import demo_config
from hub.example import render, to_toml
from hub.settings import settings

ROOT = Path(hub.__file__).parent.parent
GOOD = """
[house]
id = "trai-moi"
name = "Trại Mới"
village_word = "bản"
commune = "Đồng Tiến"
province = "Bắc Ninh"
"""


LAN = "[web]\nname = 'thuvien.lan'\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "hub.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(folder: Path, text: str | bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    assert caught.value.exit_status == 2
    return caught.value


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    assert config.house.title == "Nhà văn hóa bản Trại Mới"
    assert config.house.place == "Xã Đồng Tiến, tỉnh Bắc Ninh"
    assert config.paths.content == Path("/var/lib/hub/content")
    assert config.paths.socket("gate") == Path("/run/hub/gate.sock")


def test_special_zones_and_cities_have_their_words() -> None:
    house = HouseConfig(
        id="a", name="X", village_word="khu phố", commune="Côn Đảo", commune_word="đặc khu",
        province="Hồ Chí Minh", province_word="thành phố",
    )  # fmt: skip
    assert house.title == "Nhà văn hóa khu phố X"
    assert house.place == "Đặc khu Côn Đảo, thành phố Hồ Chí Minh"


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    error = refused(
        tmp_path,
        """
        wbe = 1
        [house]
        id = "Trại Mới"
        name = ""
        village_word = "bàn"
        [web]
        prot = 80
        port = "8080"
        data = "/srv"
        address = "everywhere"
        other_names = ["good.lan", "BAD ONE"]
        [library]
        scan_interval_s = true
        [player.pins]
        play = 3
        stop = 3
        [paths]
        data = "here"
        """,
    )
    found = {problem.path: problem for problem in error.problems}
    assert set(found) == {
        "wbe", "house.id", "house.name", "house.village_word", "house.commune", "house.province", "web.prot",
        "web.port", "web.data", "web.address", "web.other_names[1]", "library.scan_interval_s", "player.pins",
        "paths.data",
    }  # fmt: skip
    assert error.message.endswith(f"has {len(found)} problems.")
    assert found["wbe"].hint == 'did you mean "web"?'
    assert found["web.prot"].hint == 'did you mean "port"?'
    assert found["web.data"].hint == 'did you mean "paths.data"?'
    assert found["house.village_word"].hint == 'did you mean "bản"?'
    assert found["house.commune"].wrong == "missing"
    assert found["web.port"].wrong == "'8080' is not allowed"
    assert found["web.port"].allowed == "a whole number from 1 to 65535"
    assert found["library.scan_interval_s"].wrong == "true is not allowed"
    assert "on the same pin, 3;" in found["player.pins"].wrong
    for problem in error.problems:
        assert problem.wrong
        assert problem.allowed or problem.path == "player.pins"
        assert str(problem).startswith(f"{problem.path}: ")


def test_a_file_without_a_house_misses_each_of_its_keys(tmp_path: Path) -> None:
    error = refused(tmp_path, "")
    required = {f"house.{key}" for key in ("id", "name", "village_word", "commune", "province")}
    assert {problem.path for problem in error.problems} == required


@pytest.mark.parametrize("table", ["house", "web", "paths", "library", "player", "captive_portal"])
def test_a_table_must_be_a_table(tmp_path: Path, table: str) -> None:
    error = refused(tmp_path, f"{table} = 5\n" + (GOOD if table != "house" else ""))
    assert (table, "5 is not a table") in {(problem.path, problem.wrong) for problem in error.problems}


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("[web]\nport = 0", "web.port"),
        ("[web]\nport = 65536", "web.port"),
        ("[web]\nport = true", "web.port"),
        ("[web]\nport = 80.5", "web.port"),
        ("[web]\nname = 'Nhà'", "web.name"),
        ("[web]\nname = 'a..b'", "web.name"),
        ("[web]\nother_names = 'a'", "web.other_names"),
        ("[web]\naddress = '300.1.1.1'", "web.address"),
        ("[paths]\ndata = 'C:\\data'", "paths.data"),
        ("[paths]\nrun = '/x\\u0000'".replace("'", '"'), "paths.run"),
        ("[player]\nscreen = 'hdmi'", "player.screen"),
        ("[player.pins]\nplay = 28", "player.pins.play"),
        ("[captive_portal]\nmode = 1979-05-27", "captive_portal.mode"),
        ("[captive_portal]\naddress = '198.51.100.9/24'", "captive_portal.address"),
        ("[captive_portal]\naddress = '127.0.0.1/24'", "captive_portal.address"),
        ("[captive_portal]\naddress = '169.254.1.1/16'", "captive_portal.address"),
        ("[captive_portal.certificate]\nname = 'a.lan'\nkey = '/k'\nfile = '/$x'", "captive_portal.certificate.file"),
        ("[library]\ncheck_rate_mb_s = nan", "library.check_rate_mb_s"),
        ("[library]\nscan_interval_s = inf", "library.scan_interval_s"),
    ],
)
def test_values_that_are_not_allowed(tmp_path: Path, line: str, path: str) -> None:
    (problem,) = refused(tmp_path, f"{GOOD}{line}").problems
    assert problem.path == path
    assert problem.allowed


@pytest.mark.parametrize(
    ("line", "says"),
    [(f"{LAN}port = 8082", "web.port 8082"), (f"{LAN}port = 80", "web.port 80")]
    + [(f"{LAN}[paths]\nrun = '/run/{name}'", "paths.run") for name in ("a b", "a;b", "a{b", "a #b", "làng")]
    + [("[web]\nname = 'thuvien.local'", 'set it to "thuvien.lan"'), ("", 'web.name "localhost"')],
)
def test_what_nginx_and_dnsmasq_could_not_use_is_refused_for_a_gate(tmp_path: Path, line: str, says: str) -> None:
    (problem,) = refused(tmp_path, f"{GOOD}[captive_portal]\nmode = 'outside-ap'\n{line}").problems
    assert says in problem.wrong
    path = tmp_path / "hub.toml"
    path.write_text(f"{GOOD}{line}", encoding="utf-8")
    load(path)


def test_settings_that_do_not_fit_together_are_told_one_by_one(tmp_path: Path) -> None:
    gate = "[captive_portal]\nmode = 'access-point'\ninterface = 'eth0'\n[uplink]\norder = ['ethernet']\n"
    found = refused(tmp_path, f"{GOOD}{gate}").problems
    assert [problem.wrong.partition(" ")[0] for problem in found] == [
        "uplink.order",
        "captive_portal.interface",
        "web.name",
    ]
    radio = "[captive_portal.radio]\nsecurity = 'wpa2'\nchannel = 14\n"
    found = refused(tmp_path, f"{GOOD}{radio}").problems
    assert [problem.path for problem in found] == ["captive_portal.radio"] * 2


@pytest.mark.parametrize("name", ["", "   ", "a\\nb", "\\u200b", "x" * 81])
def test_names_that_are_no_names(tmp_path: Path, name: str) -> None:
    (problem,) = refused(tmp_path, GOOD.replace("Trại Mới", name)).problems
    assert problem.path == "house.name"


def test_texts_are_composed(tmp_path: Path) -> None:
    config = load(written(tmp_path, unicodedata.normalize("NFD", GOOD)))
    assert config.house.name == unicodedata.normalize("NFC", "Trại Mới")
    assert config.house.village_word == "bản"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[house\nid = 1", "line 1"),
        ("a = 1\na = 2", "Cannot overwrite"),
        ("a = " + "[" * 100_000, "brackets within brackets"),
        (b'[house]\nname = "Tr\xe1\xba"', "not UTF-8 (line 2)"),
        (GOOD.encode("utf-16"), "is UTF-16"),
        (b"#" * (LARGEST_FILE_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_files_that_are_no_toml(tmp_path: Path, text: str | bytes, says: str) -> None:
    error = refused(tmp_path, text)
    assert says in error.message
    assert error.hint


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert load(written(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())).house.id == "trai-moi"


def test_files_that_are_no_files(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, says in [
        (tmp_path / "none.toml", "is not there"),
        (tmp_path, "is a folder"),
        (fifo, "is not an ordinary file"),
        (Path("/dev/zero"), "is not an ordinary file"),
        (tmp_path / ("n" * 300), "cannot be read"),
        (Path("nul\0"), "cannot be read"),
    ]:
        with pytest.raises(ConfigError, match=says) as caught:
            load(path)
        assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.chmod(0)
    with pytest.raises(ConfigError, match="Permission denied"):
        load(path)


def test_the_example_in_the_docs_is_true() -> None:
    assert (ROOT / "docs" / "hub.example.toml").read_text() == render(), (
        "docs/hub.example.toml is old: python -m hub.cli config-example > docs/hub.example.toml"
    )


def test_the_example_says_everything_and_is_taken(tmp_path: Path) -> None:
    example = render()
    assert load(written(tmp_path, example)).web.port == 8080
    uncommented = "\n".join(line.removeprefix("# ") if " = " in line else line for line in example.splitlines())
    config = load(written(tmp_path, uncommented))
    assert config.player.pins.play is not None
    for setting in settings(HubConfig):
        assert f"{setting.path[-1]} = " in example
        assert setting.field.description, setting.path
        assert setting.field.description in example


def test_what_the_demo_writes_is_what_it_means(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" \\ folder\n\x7f\U0001f414'
    config = demo_config(folder, "0.0.0.0", 8123)
    assert load(written(tmp_path, to_toml(config))) == config


def test_no_setting_is_dead() -> None:
    """Each setting is read as an attribute somewhere: outside the models, or by a property of its own table."""
    read: set[str] = set()
    for package in ("hub", "library", "player", "captive_portal"):
        for path in (ROOT / package).rglob("*.py"):
            read |= {
                node.attr
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
            }
    dead = [".".join(setting.path) for setting in settings(HubConfig) if setting.path[-1] not in read]
    assert not dead, f"settings without any effect: {json.dumps(dead)}"
