"""The locks fit every machine the hub runs on, and are in step with pyproject.toml."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("requirements.lock", "requirements-test.lock")


def pins(lock: Path) -> dict[str, tuple[str, set[str]]]:
    """The version and the hashes of each package in a lock."""
    found: dict[str, tuple[str, set[str]]] = {}
    for line in lock.read_text("utf-8").splitlines():
        if match := re.match(r"([a-z0-9-]+)==([^\s;]+)", line):
            name, version = match.groups()
            found[name] = version, set()
        elif match := re.match(r" +--hash=sha256:([0-9a-f]{64})( \\)?$", line):
            found[name][1].add(match[1])
    return found


def asked_for(project: Path, lock: str) -> list[Requirement]:
    """The requirements that pyproject.toml states for a lock."""
    table = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    asked = table["build-system"]["requires"] + table["project"]["dependencies"]
    if lock == "requirements-test.lock":
        asked += table["project"]["optional-dependencies"]["test"]
    return [Requirement(line) for line in asked]


def reachable(asked: list[Requirement]) -> set[str]:
    """The names of the packages asked for and of all that they ask for, on whichever machine."""
    names: set[str] = set()
    waiting = [(requirement.name, requirement.extras) for requirement in asked]
    while waiting:
        name, extras = waiting.pop()
        if canonicalize_name(name) in names and not extras:
            continue
        names.add(canonicalize_name(name))
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # a package for other machines
            continue
        for need in map(Requirement, needs):
            extra = re.search(r"extra == ['\"]([^'\"]+)", str(need.marker or ""))
            if extra is None or extra[1] in extras:
                waiting.append((need.name, need.extras))
    return names


def uv_pip(*arguments: str) -> str:
    """What `uv pip` prints; skips the test where the package index cannot be reached."""
    done = subprocess.run([sys.executable, "-m", "uv", "pip", *arguments], capture_output=True, text=True, check=False)
    if re.search("error sending request|Failed to fetch|Could not connect", done.stderr):
        pytest.skip("the package index cannot be reached from here")
    if done.returncode:
        pytest.fail(done.stderr, pytrace=False)
    return done.stdout


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python", ["3.11", "3.13"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_lock_resolves_for_each_machine(project: Path, tmp_path: Path, machine: str, python: str, lock: str) -> None:
    uv_pip(
        *("install", "--dry-run", "--only-binary", ":all:", "--require-hashes", "-r", str(project / lock)),
        *("--python-platform", f"{machine}-manylinux_2_36", "--python-version", python),  # glibc of Debian 12
        *("--python", sys.executable, "--target", str(tmp_path)),
    )


def test_the_index_knows_every_hash(project: Path, tmp_path: Path) -> None:
    locked = pins(project / "requirements-test.lock")
    bare, full = tmp_path / "bare.txt", tmp_path / "full.txt"
    bare.write_text("".join(f"{name}=={version}\n" for name, (version, _) in locked.items()), "utf-8")
    uv_pip(
        "compile", "--universal", "--no-deps", "--generate-hashes", "--only-binary", ":all:", f"{bare}", "-o", f"{full}"
    )
    known = pins(full)
    assert [name for name, (_, hashes) in locked.items() if not hashes <= known[name][1]] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_hashes_and_no_line_names_a_place(project: Path, lock: str) -> None:
    assert [name for name, (_, hashes) in pins(project / lock).items() if not hashes] == []
    lines = (project / lock).read_text("utf-8").splitlines()
    assert [line for line in lines if not re.match(r"#|[a-z0-9-]+==| +--hash=sha256:", line)] == []
    assert [line for line in lines if "://" in line or line.startswith("-")] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(project: Path, lock: str) -> None:
    versions = {name: version for name, (version, _) in pins(project / lock).items()}
    behind = [
        str(requirement)
        for requirement in asked_for(project, lock)
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), "0"))
    ]
    assert behind == [], "pyproject.toml asks for what the lock has not; ./run lock mends it"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_else(project: Path, lock: str) -> None:
    assert pins(project / lock).keys() - reachable(asked_for(project, lock)) == set(), "./run lock mends it"


def test_the_lock_of_the_tests_contains_the_other_one(project: Path) -> None:
    running, testing = (pins(project / lock) for lock in LOCKS)
    assert running == {name: testing.get(name) for name in running}
