"""README.md and docs/ tell the truth: the commands they show exist, and their links lead to files."""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]


def commands(page: str) -> Iterator[list[str]]:
    """Our own commands in the `sh` blocks and the inline code of a page, each as its words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    for line in lines + re.findall(r"`([^`\n]+)`", page):
        if line.removeprefix(".venv/bin/").split(" ")[0] in {"./run", *SCRIPTS} and " " in line:
            yield shlex.split(re.sub(r"[\[\]]", "", line), comments=True)


@functools.cache
def help_of(*command: str) -> str:
    """What a command says for `--help`; empty when there is no such command."""
    done = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def words_unknown(words: list[str]) -> list[str]:
    """The verb and those options of a command that its own help does not name."""
    program, verb, *rest = words
    program = program.removeprefix(".venv/bin/")
    if program == "./run":
        text = help_of("./run")
        if verb == "demo":
            text += help_of(f"{Path(sys.executable).parent}/hub", "demo")
        elif verb == "test":
            text += help_of(sys.executable, "-m", "pytest")
        known = re.search(rf"^ +{re.escape(verb)}\b", text, re.M)
    else:
        script = f"{Path(sys.executable).parent}/{program}"
        text = help_of(script, verb)
        if "\nCommands:\n" in text and rest:  # a group: its own verb comes next
            text = help_of(script, verb, rest[0]) or text
        known = verb.startswith("-") or re.search(rf"^ +{re.escape(verb)}\b", help_of(script), re.M)
    options = [word.partition("=")[0] for word in rest if word.startswith("-")]
    return ([] if known else [verb]) + [word for word in options if not re.search(rf"(?<![\w-]){word}\b", text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_shown_exist(page: Path) -> None:
    shown = list(commands(page.read_text("utf-8")))
    assert [(shlex.join(words), unknown) for words in shown if (unknown := words_unknown(words))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s#]+)", page.read_text("utf-8"))
    inside = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in inside if not (page.parent / target).exists()] == []


def test_readme_shows_the_two_commands() -> None:
    shown = [shlex.join(words) for words in commands((ROOT / "README.md").read_text("utf-8"))]
    assert {"./run demo", "./run test"} <= set(shown)


@pytest.mark.parametrize(
    ("line", "unknown"),
    [("./run dance", ["dance"]), ("./run demo --colour red", ["--colour"]), ("hub dance", ["dance"])],
)
def test_a_wrong_command_is_found(line: str, unknown: list[str]) -> None:
    assert [words_unknown(words) for words in commands(f"```sh\n{line}\n```\n")] == [unknown]


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_console_script_explains_itself(script: str) -> None:
    assert help_of(f"{Path(sys.executable).parent}/{script}").startswith("Usage:")
