"""Turns pydantic's findings into sentences: where, what is wrong, what is allowed, and what was meant."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from hub.errors import Sentence
from hub.settings import Setting, is_list, settings, tables


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a hub.toml.

    Attributes:
        path: the key, such as `web.port`.
        wrong: what is wrong with it.
        allowed: what may stand there; empty when nothing may.
        hint: what was probably meant; may be empty.
    """

    path: str
    wrong: str
    allowed: str
    hint: str = ""

    def __str__(self) -> str:
        """The problem as one line."""
        return self.sentence

    @property
    def sentence(self) -> Sentence:
        """The problem as one line that can be said in another language."""
        parts = [Sentence.joined((self.path, self.wrong), ": ")]
        if self.allowed:
            parts.append(Sentence("allowed: %(allowed)s", allowed=self.allowed))
        if self.hint:
            parts.append(Sentence.joined((self.hint,)))
        return Sentence.joined(parts, "; ")


def problems_in(error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Explain everything a model refused, in the order of its tables.

    A table whose settings do not fit together says so in a ValueError, whose arguments are the problems.

    Args:
        error: what pydantic raised.
        model: the model of the whole configuration.
    """
    known_tables = dict(tables(model))
    known = {setting.path: setting for setting in settings(model)}
    return tuple(
        problem
        for details in error.errors(include_url=False)
        for problem in _explain(
            details["type"], details["loc"], details["input"], details.get("ctx", {}), known_tables, known
        )
    )


def _explain(
    kind: str,
    location: tuple[int | str, ...],
    value: Any,
    context: dict[str, Any],
    known_tables: dict[tuple[str, ...], type[BaseModel]],
    known: dict[tuple[str, ...], Setting],
) -> Iterator[Problem]:
    keys = tuple(part for part in location if isinstance(part, str))
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if kind == "extra_forbidden":
        siblings = list(known_tables[keys[:-1]].model_fields)
        yield Problem(
            path, Sentence("unknown key"), ", ".join(siblings), _meant_key(keys, siblings, [*known, *known_tables])
        )
    elif keys in known_tables and kind == "value_error":
        for sentence in context["error"].args:
            yield Problem(path or "hub.toml", sentence, "")
    elif keys in known_tables:
        yield Problem(
            path,
            Sentence("%(value)s is not a table", value=_shown(value)),
            Sentence("[%(path)s] with its own keys", path=_header(keys, known_tables)),
        )
    else:
        yield _explain_setting(kind, path, value, known[keys])


def _header(keys: tuple[str, ...], known_tables: dict[tuple[str, ...], type[BaseModel]]) -> str:
    """Name a table as its header does between the outer brackets; one of a list has two."""
    path = ".".join(keys)
    return f"[{path}]" if keys and is_list(known_tables[keys[:-1]].model_fields[keys[-1]]) else path


def _explain_setting(kind: str, path: str, value: Any, setting: Setting) -> Problem:
    if kind == "missing":
        return Problem(path, Sentence("missing"), setting.allowed)
    if setting.is_secret:
        return Problem(path, Sentence("this secret is not allowed"), setting.allowed)
    hint = _did_you_mean(value, setting.choices) if isinstance(value, str) else ""
    return Problem(path, Sentence("%(value)s is not allowed", value=_shown(value)), setting.allowed, hint)


def _meant_key(keys: tuple[str, ...], siblings: list[str], everywhere: Iterable[tuple[str, ...]]) -> str:
    """Look for the key among its siblings, then for its like in other tables."""
    if hint := _did_you_mean(keys[-1], siblings):
        return hint
    by_name = {path[-1]: ".".join(path) for path in everywhere if path}
    close = difflib.get_close_matches(keys[-1].lower(), by_name, n=1)
    return _meant(by_name[close[0]]) if close else ""


def _did_you_mean(word: str, words: Iterable[str]) -> str:
    close = difflib.get_close_matches(word.lower(), words, n=1)
    return _meant(close[0]) if close else ""


def _meant(word: str) -> Sentence:
    return Sentence('did you mean "%(word)s"?', word=word)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
