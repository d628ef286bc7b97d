"""Stand-ins for the roof's seams."""

import shlex
from collections.abc import Mapping, Sequence

from hub.errors import CommandError


class FakeRun:
    """Stands in for `hub.system.run`: takes lists only, remembers every call, can be told to fail.

    Args:
        answers: what each program writes, by its name; a program that is not named is not installed.

    Attributes:
        calls: the program and arguments of every call, first first.
        failing: names of programs that fail.
    """

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.failing: set[str] = set()
        self._answers = dict(answers or {})

    def __call__(self, args: Sequence[str]) -> str:
        """Answer as the program would.

        Raises:
            CommandError: the program is told to fail, or is not installed.
        """
        if isinstance(args, str) or not args:
            raise TypeError("run() takes a list: the program and its arguments")
        self.calls.append(tuple(args))
        program, hint = args[0], f"Try: {shlex.join(args)}"
        if program in self.failing:
            raise CommandError(f"{program} failed (status 1).", hint)
        if program not in self._answers:
            raise CommandError(f"{program} could not be started: No such file or directory.", hint)
        return self._answers[program]
