"""The developer's door: what ./run says and does on machines where something is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = ("bash", "cat", "dirname", "env", "flock", "readlink", "rm", "sha256sum")


class Machine:
    """A machine with nothing but `TOOLS` and what a test puts there; its checkout is `checkout`."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.programs = folder / "bin"
        self.checkout = folder / "a checkout"
        self.calls = folder / "calls"
        self.programs.mkdir()
        self.checkout.mkdir()
        for name in ("run", "pyproject.toml", "requirements.lock", "requirements-test.lock"):
            shutil.copy(project / name, self.checkout)
        for tool in TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool) or pytest.skip(f"{tool} is not installed"))

    def put(self, name: str, script: str) -> None:
        program = self.programs / name
        program.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.calls}"\n{script}\n', "utf-8")
        program.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./run", *arguments],
            cwd=self.checkout,
            env={"PATH": str(self.programs), "HOME": str(self.checkout)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def called(self) -> list[str]:
        return self.calls.read_text("utf-8").splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path, project: Path) -> Machine:
    return Machine(tmp_path, project)


VLC = ["libvlc5", "libvlc-bin", "vlc-plugin-base", "vlc-plugin-video-output"]


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_help_explains_every_verb(machine: Machine, arguments: tuple[str, ...]) -> None:
    done = machine.run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {verb} " in done.stdout for verb in ("demo", "test", "lint", "bench", "lock", "translate"))


def test_an_unknown_verb_is_a_usage_error(machine: Machine) -> None:
    done = machine.run("dance")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no verb 'dance'" in done.stderr
    assert "Usage:" in done.stderr


@pytest.mark.parametrize("python", ["exit 1", "exit 127"])
def test_a_python_that_will_not_do_is_named(machine: Machine, python: str) -> None:
    machine.put("python3", f"[[ $1 == -V ]] && echo Python 3.9.2 && exit\n{python}")
    done = machine.run("demo")
    assert done.returncode == 1
    assert "Python 3.11 or newer on a 64-bit system; found: Python 3.9.2" in done.stderr


def test_elsewhere_than_on_debian_the_missing_programs_are_named(machine: Machine) -> None:
    machine.put("python3", "echo /usr/bin/python3; exit 0")
    done = machine.run("test")
    assert done.returncode == 1
    assert "Missing: git ffmpeg espeak-ng chromium zimdump kiwix-serve wrk" in done.stderr


def test_what_cannot_be_installed_is_said_as_a_command(machine: Machine) -> None:
    machine.put("python3", f"[[ $1 == - ]] && echo {machine.programs}/python3 && exit\nexit 1")
    machine.put("apt-get", "exit 100")
    machine.put("sudo", "exit 1")
    done = machine.run("demo")
    assert done.returncode == 1
    vlc = [name for name in VLC if not Path(f"/usr/share/doc/{name}").exists()]  # those look at the real system
    command = f"apt-get update && apt-get install --no-install-recommends {' '.join(['ffmpeg', 'espeak-ng', *vlc])}"
    command += " python3-venv"
    assert (f"    {command}\n" if os.geteuid() == 0 else f"    sudo sh -c '{command}'\n") in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root needs no sudo")
def test_without_sudo_the_command_uses_su(machine: Machine) -> None:
    machine.put("python3", f"[[ $1 == - ]] && echo {machine.programs}/python3 && exit\nexit 1")
    machine.put("apt-get", "exit 100")
    assert "    su -c 'apt-get update && " in machine.run("demo").stderr
    assert not [call for call in machine.called() if call.startswith("apt-get")]


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    machine.put("python3", f"[[ $1 == - ]] && echo {machine.programs}/python3 && exit\n[[ $1 != -m ]]")
    machine.put("sudo", '[[ $1 != --non-interactive ]] || shift\n"$@"')
    machine.put("apt-get", "")
    machine.put("shellcheck", "")
    machine.run("lint")
    assert not [call for call in machine.called() if call.startswith("apt-get")]
    machine.run("demo")
    installs = [call for call in machine.called() if call.startswith("apt-get") and " install " in call]
    wanted = {call.split("--no-install-recommends ")[1] for call in installs}
    assert {" ".join(name for name in one.split() if name not in VLC) for one in wanted} == {"ffmpeg espeak-ng"}


def test_the_demo_goes_on_without_ffmpeg(machine: Machine) -> None:
    machine.put("python3", f"[[ $1 == - ]] && echo {machine.programs}/python3 && exit\n[[ $1 != -m ]]")
    done = machine.run("demo")
    assert "Missing: ffmpeg" in done.stderr
    assert "Going on without the film" in done.stderr
    assert any(call.startswith("python3 -m venv ") for call in machine.called())


def test_own_books_need_no_ffmpeg(machine: Machine) -> None:
    machine.put("python3", f"[[ $1 == - ]] && echo {machine.programs}/python3 && exit\n[[ $1 != -m ]]")
    assert "ffmpeg" not in machine.run("demo", "--data", "books").stderr
