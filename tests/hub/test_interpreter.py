"""What a technician reads in a terminal: Vietnamese first, English below it, and all of it, whatever the terminal."""

from __future__ import annotations

import ast
import copy
import json
import os
import pickle
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import captive_portal.errors
import hub.errors
import library.errors
import player.errors
from captive_portal.radios import PROFILES, unsuitable
from hub.config import ConfigError, load
from hub.errors import Sentence
from hub.interpreter import LANGUAGES, each, languages, said

ROOT = Path(hub.errors.__file__).parent.parent
CLASSES = [hub.errors.Sentence, captive_portal.errors.Sentence, library.errors.Sentence, player.errors.Sentence]
SECRET = "mat-khau-bi-mat"
MANY_MISTAKES = f"""
wbe = 1
[house]
id = "Trại Mới"
name = ""
village_word = "bàn"
[web]
prot = 80
port = "8080"
[paths]
data = "here"
[library]
scan_interval_s = true
cluster_cache_mb = 0
[player.pins]
play = 3
stop = 3
[captive_portal.radio]
channel = 14
passphrase = "{SECRET}"
[captive_portal.certificate]
name = "a.lan"
[uplink]
order = ["wifi", "wifi"]
[uplink.usb_modem]
sim_pin = "{SECRET}"
[uplink.ethernet]
address = "192.168.1.20/24"
[retention]
lease_log = "sealed"
"""


def command(*args: str | Path, **environ: str) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if name != "HUB_LANG"}
    return subprocess.run(
        [sys.executable, "-m", "hub.cli", *map(str, args)],
        env={**clean, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text(MANY_MISTAKES, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", CLASSES)
def test_a_sentence_is_english_text_and_remembers_what_it_is_made_of(kind: type[Sentence]) -> None:
    inner = kind("a whole number")
    sentence = kind("%(kind)s from %(least)s", kind=inner, least=1)
    assert sentence == "a whole number from 1"
    assert json.loads(json.dumps(sentence)) == f"{sentence}" == "a whole number from 1"
    for again in (sentence, copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):
        assert said(again, "en") == "a whole number from 1"
        assert said(again, "vi") == "số nguyên từ 1"
    assert kind("100 % sure") == "100 % sure"


def test_several_sentences_become_one_and_stay_several_languages() -> None:
    together = Sentence.joined([Sentence("missing"), "plain 5 % text", Sentence("unknown key")])
    assert together == "missing\nplain 5 % text\nunknown key"
    assert said(together, "vi").splitlines() == ["thiếu cài đặt này", "plain 5 % text", "không có cài đặt tên này"]


def test_what_has_no_translation_is_said_in_english_and_once() -> None:
    assert each("As nginx said.", LANGUAGES) == ["As nginx said."]
    assert each(Sentence("Nobody translated %(this)s.", this="x"), LANGUAGES) == ["Nobody translated x."]


def test_an_error_within_a_sentence_is_said_in_its_language_too() -> None:
    error = hub.errors.CommandError(Sentence("%(name)s took longer than %(seconds)g s.", name="tc", seconds=3))
    sentence = Sentence("The link cannot be shared out: %(complaint)s", complaint=error)
    assert sentence == "The link cannot be shared out: tc took longer than 3 s."
    assert said(sentence, "vi") == "Không chia được đường mạng: tc chạy quá 3 giây."


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({}, ("vi", "en")),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, ("vi", "en")),
        ({"HUB_LANG": "en"}, ("en",)),
        ({"HUB_LANG": "vi_VN.UTF-8"}, ("vi",)),
        ({"HUB_LANG": "fr"}, ("vi", "en")),
        ({"HUB_LANG": ""}, ("vi", "en")),
    ],
)
def test_the_languages_of_a_terminal(environ: dict[str, str], spoken: tuple[str, ...]) -> None:
    assert languages(environ) == spoken


def test_every_problem_is_told_at_once_in_vietnamese_with_the_english_below(mistaken: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(mistaken)
    problems = caught.value.problems
    assert len(problems) == 18
    done = command("check", mistaken)
    assert (done.returncode, done.stdout) == (2, b"")
    head, head_english, *lines = done.stderr.decode().splitlines()
    hint, hint_english = lines[-2:]
    assert head == f"hub: {mistaken} có 18 chỗ sai."
    assert head_english == f"     {mistaken} has 18 problems."
    assert hint == "     `hub config-example` cho xem mọi cài đặt."
    assert hint_english == f"     {caught.value.hint}"
    assert lines[1:-2:2] == [f"    {problem}" for problem in problems]
    vietnamese = lines[:-2:2]
    for line, problem in zip(vietnamese, problems, strict=True):
        assert line.startswith(f"  {problem.path}: ")
        assert line.strip() != str(problem)
        assert "allowed" not in line
        assert "did you mean" not in line
    assert "  web.prot: không có cài đặt tên này; được ghi: address" in "\n".join(vietnamese)
    assert vietnamese[0].count("được ghi: ") == 1


def test_one_language_alone_where_it_is_asked_for(mistaken: Path) -> None:
    both = command("check", mistaken).stderr.decode().splitlines()
    vietnamese, english = (
        command("check", mistaken, HUB_LANG=language).stderr.decode().splitlines() for language in LANGUAGES
    )
    assert vietnamese == both[::2]
    assert [line.strip() for line in english[1:]] == [line.strip() for line in both[3::2]]
    assert english[0] == f"hub: {mistaken} has 18 problems."


def test_nothing_secret_is_said(mistaken: Path, tmp_path: Path) -> None:
    for text in (MANY_MISTAKES, MANY_MISTAKES.replace("channel = 14", "channel = 6\nsecurity = 'wpa2'")):
        mistaken.write_text(text, encoding="utf-8")
        done = command("check", mistaken)
        assert done.returncode == 2
        assert SECRET not in (done.stdout + done.stderr).decode()


def test_a_terminal_without_utf8_reads_the_same_bytes_as_any_other(mistaken: Path) -> None:
    poor = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    rich = command("check", mistaken, LC_ALL="C.UTF-8")
    assert command("check", mistaken, **poor).stderr == rich.stderr
    assert command("check", mistaken, LC_ALL="en_GB.UTF-8").stderr == rich.stderr
    assert b"\x1b" not in rich.stderr, "a pipe gets no colours"


def test_in_a_terminal_the_english_is_dimmer(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "HUB_LANG": ""}
    subprocess.run(
        [sys.executable, "-m", "hub.cli", "check", tmp_path], stderr=theirs, env=environ, check=False, timeout=60
    )
    os.close(theirs)
    text = os.read(ours, 4096).decode()
    os.close(ours)
    assert f"{tmp_path} là thư mục." in text
    assert f"\x1b[2m{tmp_path} is a folder.\x1b[0m" in text


def test_a_radio_that_cannot_is_refused_in_both_languages(mistaken: Path, tmp_path: Path) -> None:
    house = (ROOT / "docs" / "hub.example.toml").read_text(encoding="utf-8")
    for old, new in [
        ('# name = "localhost"', 'name = "thuvien.lan"'),
        ('# mode = "none"', 'mode = "access-point"'),
        ('# security = "open"', 'security = "owe"'),
        ('# profile = "auto"', 'profile = "raspberry-pi"'),
        ("# most_phones = 0", "most_phones = 40"),
    ]:
        assert old in house
        house = house.replace(old, new)
    mistaken.write_text(house, encoding="utf-8")
    refused = unsuitable(load(mistaken).captive_portal.radio, PROFILES["raspberry-pi"])
    done = command("apply", "--config", mistaken, "--root", tmp_path / "look")
    assert (done.returncode, done.stdout) == (1, b"")
    lines = [line.strip() for line in done.stderr.decode().removeprefix("hub:").splitlines()]
    assert lines[:4] == [*(said(sentence, "vi") for sentence in refused), *refused]
    assert "chịu được 8 điện thoại, không phải 40" in lines[1]
    mistaken.write_text(house.replace("most_phones = 40", "").replace('security = "owe"', ""), encoding="utf-8")
    done = command("apply", "--config", mistaken, "--root", tmp_path / "look")
    assert done.returncode == 0
    assert f"{'mới / new':20} /run/hub/hostapd.conf" in done.stdout.decode().splitlines()


def test_every_sentence_stands_where_the_translators_bench_finds_it() -> None:
    """A sentence in a variable is not found in the sources.

    These few are found in the settings' models instead; the press hands on what its child said, and the player and its
    pages what came as JSON from where they stand.
    """
    allowed = {
        "hub/apply.py",
        "hub/projection.py",
        "hub/remote/line.py",
        "player/answers.py",
        "player/announcing/warning_desk.py",
        "player/engine/speaking.py",
        "hub/errors.py",
        "hub/example.py",
        "hub/library_commands.py",
        "hub/settings.py",
        "library/printing/press.py",
    }
    lost = []
    for package in ("captive_portal", "hub", "library", "player"):
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                is_sentence = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                if is_sentence and node.func.id == "Sentence" and not isinstance(node.args[0], ast.Constant):
                    lost.append(name)
    assert sorted(set(lost) - allowed) == []


SILENT = {  # these are read in logs, or on pages that have words of their own
    "captive_portal/allowances.py", "captive_portal/asking.py",
    "captive_portal/gatekeeper.py", "captive_portal/hostapd_control.py", "captive_portal/nftables.py",
    "captive_portal/pretend.py", "captive_portal/testing.py", "hub/testing.py", "player/testing.py",
    "player/pictures/easel.py",
}  # fmt: skip


def _is_plain(part: ast.expr) -> bool:
    return isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))


def test_no_error_that_reaches_the_terminal_speaks_english_alone() -> None:
    plain = []
    for package in ("captive_portal", "hub", "player"):
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            kinds = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)} | {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("errors")
                for alias in node.names
            }
            plain += [
                f"{name}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in kinds
                and node.func.id.endswith("Error")
                and any(_is_plain(part) for part in node.args[:2])
                and name not in SILENT
            ]
    assert plain == []
