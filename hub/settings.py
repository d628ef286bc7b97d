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

from hub.errors import Sentence

_KINDS: dict[Any, Sentence] = {
    bool: Sentence("true or false"),
    int: Sentence("a whole number"),
    float: Sentence("a number"),
    str: Sentence("a text in quotes"),
    Path: Sentence("a path in quotes"),
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
    def allowed(self) -> Sentence:
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
    """Yield every table of the configuration with its path, the outer before the inner; `[[lists]]` of tables, too."""
    yield path, model
    for key, field in model.model_fields.items():
        if inner := _model(field):
            yield from tables(inner, (*path, key))


def settings(model: type[BaseModel]) -> Iterator[Setting]:
    """Yield every key of the configuration that is not a table."""
    for path, table in tables(model):
        for key, field in own_fields(table):
            yield Setting((*path, key), field)


def own_fields(table: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the keys of one table that are not tables."""
    return ((key, field) for key, field in table.model_fields.items() if not _model(field))


def allowed(field: FieldInfo) -> Sentence:
    """Say in words what may stand in a field."""
    if words := own_words(field):
        return Sentence(words)
    return _limited(_kind(field.annotation), field.metadata)


def own_words(field: FieldInfo) -> str:
    """Return what its model itself says may stand in a field; nothing where type and limits say enough."""
    extra = field.json_schema_extra
    return str(extra.get("allowed", "")) if isinstance(extra, dict) else ""


def is_list(field: FieldInfo) -> bool:
    """Tell whether a field holds a list."""
    return get_origin(field.annotation) is list


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = get_args(field.annotation)[0] if is_list(field) else field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _choices(annotation: Any) -> tuple[str, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _kind(annotation: Any) -> Sentence:
    if choices := _choices(annotation):
        words = ", ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
        return (
            Sentence("one of %(words)s", words=words) if len(choices) > 1 else Sentence("only %(words)s", words=words)
        )
    if get_origin(annotation) in {Union, UnionType}:
        one, *others = (_kind(part) for part in get_args(annotation) if part is not NoneType)
        for other in others:
            one = Sentence("%(one)s or %(other)s", one=one, other=other)
        return one
    if get_origin(annotation) in {list, tuple}:
        return Sentence("a list, each %(kind)s", kind=_kind(get_args(annotation)[0]))
    return _KINDS.get(annotation) or Sentence.joined([str(annotation)])


def _limited(words: Sentence, metadata: list[Any]) -> Sentence:
    low = False
    for limit in metadata:
        match limit:
            case Ge(least):
                words, low = Sentence("%(kind)s from %(least)s", kind=words, least=least), True
            case Gt(least):
                words = Sentence("%(kind)s above %(least)s", kind=words, least=least)
            case Le(most) if low:
                words = Sentence("%(kind)s to %(most)s", kind=words, most=most)
            case Le(most):
                words = Sentence("%(kind)s up to %(most)s", kind=words, most=most)
            case Lt(most):
                words = Sentence("%(kind)s below %(most)s", kind=words, most=most)
            case MaxLen(most):
                words = Sentence("%(kind)s of up to %(most)s letters", kind=words, most=most)
    return words
