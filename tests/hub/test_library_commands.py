"""`hub library` in a terminal: what it writes, what it says, and the status it ends with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import paper
import pytest
from printed_shelf import PAGES, TITLES, make_shelf

import hub
from hub import cli
from hub.config import HubConfig
from hub.example import to_toml

ROOT = Path(hub.__file__).parent.parent
WIFI = "WIFI:T:nopass;S:Nhà văn hóa Trại Mới;;"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> HubConfig:
    return make_shelf(tmp_path_factory.mktemp("house"))


def call(config: HubConfig, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    settings = folder / "hub.toml"
    settings.write_text(to_toml(config), encoding="utf-8")
    command = [sys.executable, "-m", "hub.cli", "library", *args]
    if "--help" not in args:
        command += ["--config", str(settings)]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8",
        check=False, timeout=120,
    )  # fmt: skip


def test_help_names_every_option(house: HubConfig, tmp_path: Path) -> None:
    for verb, options in {
        "labels": ("--sheet", "--book", "--pages", "--skip", "--cut-marks", "--output", "--config", "--list"),
        "posters": ("--kind", "--subject", "--book", "--pages", "--output", "--config"),
    }.items():
        done = call(house, tmp_path, verb, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert all(option in done.stdout for option in options)


def test_labels_of_the_whole_shelf(house: HubConfig, tmp_path: Path) -> None:
    done = call(house, tmp_path, "labels")
    assert done.returncode == 0, done.stderr
    vietnamese, english = done.stdout.splitlines()
    assert vietnamese.startswith("labels.pdf: 3 nhãn, ")
    assert english.startswith("labels.pdf: 3 labels, ")
    (page,) = paper.pixels((tmp_path / "labels.pdf").read_bytes(), tmp_path)
    found = [code.text for code in paper.codes(page)]
    assert found.count(WIFI) == 3
    listed = call(house, tmp_path, "labels", "--list").stdout
    for line in listed.splitlines():
        code, key, *_title = line.split()
        assert key in TITLES
        assert f"http://thuvien.lan/q/{code.replace('-', '')}" in found


def test_labels_of_chosen_pages(house: HubConfig, tmp_path: Path) -> None:
    listed = call(house, tmp_path, "labels", "--book", "vai", "--list").stdout
    assert [line.split(maxsplit=1) for line in listed.splitlines()] == [
        [str(number), title] for number, title in enumerate(PAGES, start=1)
    ]
    done = call(
        house, tmp_path, "labels", "--book", "vai", "--pages", "2-3", "--sheet", "40", "--skip", "39", "-o", "p.pdf"
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(paper.text((tmp_path / "p.pdf").read_bytes(), tmp_path).split())
    assert PAGES[1] in said
    assert PAGES[2] in said
    assert PAGES[0] not in said
    assert len(paper.pixels((tmp_path / "p.pdf").read_bytes(), tmp_path)) == 2


def test_posters(house: HubConfig, tmp_path: Path) -> None:
    done = call(house, tmp_path, "posters")
    assert done.returncode == 0, done.stderr
    pages = paper.pixels((tmp_path / "posters.pdf").read_bytes(), tmp_path)
    assert len(pages) == 1 + 3, "the Wi-Fi, two subjects, and what has none"
    assert all(WIFI in [code.text for code in paper.codes(page)] for page in pages)
    done = call(house, tmp_path, "posters", "--kind", "class", "--book", "ga", "-o", "class.pdf")
    assert done.returncode == 0, done.stderr
    assert TITLES["ga"] in " ".join(paper.text((tmp_path / "class.pdf").read_bytes(), tmp_path).split())
    done = call(house, tmp_path, "posters", "--kind", "shelf", "--subject", "chăn nuôi", "-o", "one.pdf")
    assert done.returncode == 0, done.stderr
    assert len(paper.pixels((tmp_path / "one.pdf").read_bytes(), tmp_path)) == 1


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("labels", "--book", "bo"), 1, 'nothing called "bo"'),
        (("labels", "--book", "vai", "--pages", "9"), 1, '"9" is no page of this book'),
        (("labels", "--pages", "1"), 2, "--pages needs exactly one --book"),
        (("labels", "--skip", "24"), 2, "a sheet has only 24"),
        (("labels", "--sheet", "25"), 2, "'25' is not one of"),
        (("posters", "--kind", "class"), 2, "needs a --book"),
        (("posters", "--book", "vai"), 2, "for --kind class"),
        (("posters", "--kind", "shelf", "--subject", "x"), 1, 'is about "x"'),
        (("labels", "-o", "missing/labels.pdf"), 1, "cannot be written"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    house: HubConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    (tmp_path / "hub.toml").write_text(to_toml(house), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["hub", "library", *args, "--config", "hub.toml"])
    with pytest.raises(SystemExit) as ended:  # in this process, since nothing is printed
        cli.main()
    assert ended.value.code == status
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hub.toml"]


def test_an_old_file_stays_when_nothing_new_can_be_written(house: HubConfig, tmp_path: Path) -> None:
    folder = tmp_path / "labels.pdf"
    folder.mkdir()
    done = call(house, tmp_path, "labels")
    assert done.returncode == 2
    assert "is a directory" in done.stderr
    folder.rmdir()
    folder.write_bytes(b"old")
    assert call(house, tmp_path, "labels", "--book", "bo").returncode == 1
    assert folder.read_bytes() == b"old"


def test_an_empty_shelf_and_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    config = make_shelf(tmp_path / "empty", 0)
    done = call(config, tmp_path, "labels")
    assert done.returncode == 1
    assert "nothing on the shelf yet" in done.stderr
    assert call(config, tmp_path, "posters", "--kind", "wifi").returncode == 0
    (tmp_path / "empty" / "state" / "shelf.json").unlink()
    done = call(config, tmp_path, "labels")
    assert done.returncode == 1
    assert "not ready yet" in done.stderr


def test_a_password_on_paper_is_said(house: HubConfig, tmp_path: Path) -> None:
    radio = house.captive_portal.radio.model_copy(update={"security": "wpa2"})
    secret = type(radio.passphrase)("con-ga;trong")
    portal = house.captive_portal.model_copy(update={"radio": radio.model_copy(update={"passphrase": secret})})
    done = call(house.model_copy(update={"captive_portal": portal}), tmp_path, "posters", "--kind", "wifi")
    assert done.returncode == 0, done.stderr
    assert "password will be on the paper" in done.stderr
    assert "con-ga;trong" not in done.stdout + done.stderr
    (page,) = paper.pixels((tmp_path / "posters.pdf").read_bytes(), tmp_path)
    assert r"WIFI:T:WPA;S:Nhà văn hóa Trại Mới;P:con-ga\;trong;;" in [code.text for code in paper.codes(page)]


def test_a_terminal_sees_how_far_it_is(house: HubConfig, tmp_path: Path) -> None:
    settings = tmp_path / "hub.toml"
    settings.write_text(to_toml(house), encoding="utf-8")
    command = f"{sys.executable} -m hub.cli library labels --config {settings}"
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Printing" in done.stdout
    assert "100%" in done.stdout


def test_what_is_wrong_is_said_in_vietnamese_first(house: HubConfig, tmp_path: Path) -> None:
    lines = call(house, tmp_path, "labels", "--book", "bo").stderr.splitlines()
    assert lines[:2] == ['hub: Trên tủ không có gì tên là "bo".', '     There is nothing called "bo" on the shelf.']
    assert lines[2].startswith("     Đang có: ")
    assert lines[3].startswith("     There are: ")
