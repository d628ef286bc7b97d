"""The linters have nothing to say: the same programs as `./run lint`, one test each."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def run(project: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)} says:\n{done.stdout}{done.stderr}", pytrace=False)


@pytest.mark.parametrize("arguments", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)], ids=" ".join)
def test_python(project: Path, arguments: tuple[str, ...]) -> None:
    run(project, sys.executable, "-m", *arguments)


def test_shell(project: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed; ./run test installs it")
    run(project, "shellcheck", "run", ".ci/run")
