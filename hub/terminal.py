"""How the hub's commands speak in a terminal: in Unicode everywhere, Vietnamese first, about errors in sentences."""

import io
import os
import sys
import traceback
from collections.abc import Iterable
from typing import NoReturn

import click

from hub.errors import Sentence
from hub.interpreter import each, languages


def prepare() -> None:
    """Let both streams take every letter, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def say(text: object, *, begin: str = "", indent: str = "", err: bool = False) -> None:
    """Say something in the languages of this terminal, each on a line of its own; what follows the first is dimmer.

    Args:
        text: a sentence, or any text.
        begin: what stands before the first line.
        indent: what stands before every other line.
        err: whether it goes to stderr.
    """
    first, *others = each(text, languages(os.environ))
    click.echo(begin + first.replace("\n", f"\n{indent}"), err=err)
    for other in others:
        for line in other.splitlines():
            click.echo(indent + click.style(line, dim=True), err=err)


def briefly(text: object) -> str:
    """Return a few words in the languages of this terminal, for a line that holds more than them."""
    return " / ".join(each(text, languages(os.environ)))


def end_with(program: str, error: Exception, *, verbose: bool) -> NoReturn:
    """Tell what went wrong and what to do next, then end the program; never a trace, unless it was asked for.

    Args:
        program: the command's name.
        error: one with ``message`` and ``hint``, and perhaps ``problems`` and ``exit_status``; or any other.
        verbose: whether the trace of an unexpected error is shown.
    """
    if isinstance(error, BrokenPipeError):  # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    message = getattr(error, "message", None)
    if message is None:
        if verbose:
            traceback.print_exception(error)
        message = Sentence("Something unexpected: %(kind)s: %(reason)s", kind=type(error).__name__, reason=error)
        hint = "" if verbose else Sentence("This is a fault of the hub. --verbose shows more.")
    else:
        hint = getattr(error, "hint", "")
    problems: Iterable[object] = getattr(error, "problems", ())
    indent = " " * (len(program) + 2)
    say(message, begin=f"{click.style(f'{program}:', fg='red', bold=True)} ", indent=indent, err=True)
    for problem in problems:
        say(getattr(problem, "sentence", problem), begin="  ", indent="    ", err=True)
    if hint:
        say(hint, begin=indent, indent=indent, err=True)
    sys.exit(getattr(error, "exit_status", 1))
