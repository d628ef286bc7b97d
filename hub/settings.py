"""What the configuration's models say about each setting, in words: for error messages and the example file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    Path: "a path in quotes",
}


@dataclass(frozen=True)
class Setting:
    """One key of the configuration.

    Attributes:
        path: the tables and the key, such as `("web", "port")`.
        field: what its model says.
    """

    path: tuple[str, ...]
    field: FieldInfo

    @property
    def allowed(self) -> str:
        """What may stand there, in words."""
        return allowed(self.field)

    @property
    def is_secret(self) -> bool:
        """Whether its value must not be shown."""
        return self.field.annotation is SecretStr

    @property
    def choices(self) -> tuple[str, ...]:
        """The words one of which must stand there; empty when it is no such choice."""
        return _choices(self.field.annotation)


def tables(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Yield every table of the configuration with its path, the outer before the inner."""
    yield path, model
    for key, field in model.model_fields.items():
        if inner := _model(field):
            yield from tables(inner, (*path, key))


def settings(model: type[BaseModel]) -> Iterator[Setting]:
    """Yield every key of the configuration that is not a table."""
    for path, table in tables(model):
        for key, field in table.model_fields.items():
            if not _model(field):
                yield Setting((*path, key), field)


def allowed(field: FieldInfo) -> str:
    """Say in words what may stand in a field."""
    if isinstance(field.json_schema_extra, dict) and "allowed" in field.json_schema_extra:
        return str(field.json_schema_extra["allowed"])
    return _kind(field.annotation) + _limits(field.metadata)


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _choices(annotation: Any) -> tuple[str, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _kind(annotation: Any) -> str:
    if choices := _choices(annotation):
        return ("one of " if len(choices) > 1 else "only ") + ", ".join(
            json.dumps(choice, ensure_ascii=False) for choice in choices
        )
    if get_origin(annotation) in {Union, UnionType}:
        return " or ".join(_kind(part) for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) in {list, tuple}:
        return f"a list, each {_kind(get_args(annotation)[0])}"
    return _KINDS.get(annotation, str(annotation))


def _limits(metadata: list[Any]) -> str:
    low = high = ""
    for limit in metadata:
        match limit:
            case Ge(least):
                low = f" from {least}"
            case Gt(least):
                low = f" above {least}"
            case Le(most):
                high = f" to {most}" if "from" in low else f" up to {most}"
            case Lt(most):
                high = f" below {most}"
            case MaxLen(most):
                high = f" of up to {most} letters"
    return low + high
