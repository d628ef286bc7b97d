"""The `hub` command: what it says, where it says it, and the status it ends with."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hub

ROOT = Path(hub.__file__).parent.parent
EXAMPLE = ROOT / "docs" / "hub.example.toml"


def call(*args: str | Path, module: str = "hub.cli", **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, args)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_has_the_verbs_that_are_built_and_no_others() -> None:
    help_text = call("--help").stdout
    verbs = help_text.partition("Commands:")[2].split("\n")
    assert {line.split()[0] for line in verbs if line.strip()} >= {"demo", "run", "apply", "check", "config-example"}
    for verb in ("status", "sync"):
        assert call(verb).returncode == 2


@pytest.mark.parametrize("module", ["hub.cli", "provisioning.cli", "image.cli"])
def test_every_command_tells_its_version(module: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    done = call("--version", module=module)
    name = next(name for name, target in project["scripts"].items() if target == f"{module}:main")
    assert done.stdout == f"{name}, version {project['version']}\n"


def test_check_takes_a_good_file() -> None:
    done = call("check", EXAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nhà văn hóa bản Trại Mới, Xã Đồng Tiến, tỉnh Bắc Ninh" in done.stdout


def test_check_tells_every_problem_and_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(EXAMPLE.read_text().replace('id = "trai-moi"', "").replace("[web]", "[web]\nprot = 1"))
    done = call("check", path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "has 2 problems" in done.stderr
    assert "house.id: missing" in done.stderr
    assert "web.prot: unknown key; allowed: address, port" in done.stderr
    assert 'did you mean "port"?' in done.stderr


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (["check", "/nowhere/hub.toml"], 2, "/nowhere/hub.toml is not there."),
        (["check", "/"], 2, "/ is a folder."),
        (["run", "gate", "--config", "/nowhere/hub.toml"], 2, "is not there"),
        (["run", "kitchen"], 2, "is not one of"),
        (["demo", "--port", "70000"], 1, "70000 is not a port"),
        (["demo", "--port", "many"], 2, "is not a valid integer"),
        (["demo", "--address", "here"], 1, "is not an IP address"),
        (["demo", "--data", "/dev/null"], 1, "a file is in its place"),
        (["demo", "--data", "/proc/hub"], 1, "cannot be written"),
    ],
)
def test_mistakes_end_with_a_sentence_and_no_trace(args: list[str], status: int, says: str) -> None:
    done = call(*args)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_speaks_vietnamese_whatever_the_locale() -> None:
    done = call(
        "check", EXAMPLE, LC_ALL="C", LANG="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"
    )
    assert done.returncode == 0
    assert "Nhà văn hóa" in done.stdout


def test_a_reader_who_goes_away_is_no_error() -> None:
    script = f"{sys.executable} -m hub.cli config-example | true; exit ${{PIPESTATUS[0]}}"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_help_comes_quickly_because_the_house_is_not_loaded() -> None:
    script = "import sys, hub.cli; print(*sorted(sys.modules))"
    modules = set(
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
        ).stdout.split()
    )  # fmt: skip
    assert not modules & {"flask", "pydantic", "libzim", "granian", "waitress", "gpiozero", "qrcode", "hub.wiring"}
