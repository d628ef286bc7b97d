"""Writes hub.toml files: the documented example, made from the models themselves, and the one of the demo."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from hub.config import HubConfig
from hub.errors import Sentence
from hub.interpreter import LANGUAGES, said
from hub.settings import allowed, tables

_HEADER = Sentence(
    "hub.toml: the configuration of a village hub.\n"
    "Made by `hub config-example`. A setting with a # in front shows what holds\n"
    "without it; take the # away to change it.\n"
    "Check your file with `hub check hub.toml`."
)


def render() -> str:
    """Return the example: every setting with what it does, what is allowed, and what holds without it.

    Each is told in Vietnamese, then in English.
    """
    head = "#\n".join(_comment(said(_HEADER, language)) for language in LANGUAGES)
    return head + "".join(_table(path, model) for path, model in tables(HubConfig) if path)


def to_toml(config: HubConfig) -> str:
    """Return a hub.toml that says what ``config`` says."""
    lines: list[str] = []
    for path, _ in tables(HubConfig):
        table: Any = config
        for key in path:
            table = getattr(table, key)
        values = {key: value for key, value in table if not isinstance(value, BaseModel) and value is not None}
        if values:
            lines += [f"[{'.'.join(path)}]", *(f"{key} = {literal(value)}" for key, value in values.items()), ""]
    return "\n".join(lines)


def _table(path: tuple[str, ...], model: type[BaseModel]) -> str:
    text = f"\n[{'.'.join(path)}]\n"
    blocks = []
    for key, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            continue
        what, may = Sentence(str(field.description)), Sentence("Allowed: %(allowed)s.", allowed=allowed(field))
        block = "".join(_comment(f"{said(what, language)}\n  {said(may, language)}") for language in LANGUAGES)
        if field.default is PydanticUndefined:
            block += f"{key} = {literal((field.examples or [''])[0])}\n"
        elif field.default is None:
            example = " / ".join(said(Sentence("an example"), language) for language in LANGUAGES)
            block += f"# {key} = {literal((field.examples or [''])[0])}  # {example}\n"
        else:
            block += f"# {key} = {literal(field.default)}\n"
        blocks.append(block)
    return text + "\n".join(blocks)


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def literal(value: Any) -> str:
    """Write a value as TOML; its texts are JSON's, but for DEL, which TOML wants escaped (toml.io, v1.0.0, String)."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, SecretStr):
        return literal(value.get_secret_value())
    if value == Path():
        return literal("")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, (str, Path)):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
