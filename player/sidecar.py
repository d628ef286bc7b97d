"""What the player needs of a film's description file: x.toml beside x.mp4, as docs/film.example.toml shows it.

The library reads the same file for the shelf, and tells every mistake in it. Here one mistake is enough: then the
film's rights are not known.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from player.errors import PlayerError, Sentence

LARGEST_SIDECAR_BYTES = 64 << 10

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")


class SidecarError(PlayerError):
    """A description file that cannot be read."""


def _milliseconds(value: object) -> int:
    if isinstance(value, str) and (clock := _CLOCK.fullmatch(value)):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return 1000 * (3600 * hours + 60 * minutes + seconds)
    raise ValueError("no moment of a film")


def _beside(name: str) -> str:
    if name != PurePath(name).name or "\\" in name or name.startswith(".") or not name.isprintable():
        raise ValueError("no file of the same folder")
    return name


FileName = Annotated[str, Field(max_length=200), AfterValidator(_beside)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Subtitles(_Table):
    """The words of the film in one language."""

    language: str = Field(max_length=60)
    file: FileName


class Rights(_Table):
    """What is permitted; what is not named is not."""

    uses: list[str] = Field(max_length=20)


class Pause(_Table):
    """Where a screening halts, and what is then talked about."""

    at_ms: Annotated[int, BeforeValidator(_milliseconds)] = Field(alias="at")
    question: str = Field(max_length=500)


class Handout(_Table):
    """What people take home: a page or a book by its code, or a book by its name."""

    title: str = Field(default="", max_length=300)
    code: str = Field(default="", max_length=20)
    book: str = Field(default="", max_length=300)
    page: str = Field(default="", max_length=1000)


class Sidecar(_Table):
    """The description file, as far as the player reads it."""

    name: str = Field(max_length=120)
    title: str = Field(min_length=1, max_length=300)
    description: str = Field(default="", max_length=4000)
    language: str = Field(max_length=60)
    subjects: list[str] = Field(default=[], max_length=20)
    poster: FileName | None = None
    subtitles: list[Subtitles] = Field(default=[], max_length=20)
    rights: Rights
    pause: list[Pause] = Field(default=[], max_length=50)
    handout: list[Handout] = Field(default=[], max_length=20)

    @property
    def words(self) -> str | None:
        """The file of subtitles that a hall sees: those in Vietnamese, else the first; None: there are none."""
        vietnamese = (one.file for one in self.subtitles if one.language.partition("-")[0].lower() == "vi")
        return next(vietnamese, self.subtitles[0].file if self.subtitles else None)


def parse_sidecar(data: bytes) -> Sidecar:
    """Read a description file.

    Args:
        data: what stands in it.

    Raises:
        SidecarError: it is too large, no TOML, or says something that is not allowed.
    """
    hint = Sentence("docs/film.example.toml shows every setting.")
    if len(data) > LARGEST_SIDECAR_BYTES:
        raise SidecarError(Sentence("The description of the film is too large."), hint)
    try:
        return Sidecar.model_validate(_composed(tomllib.loads(data.decode("utf-8-sig"))))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:100]
        raise SidecarError(
            Sentence("The description of the film has a mistake at %(where)s.", where=where), hint
        ) from None
    except (ValueError, RecursionError):
        raise SidecarError(Sentence("The description of the film is no TOML in UTF-8."), hint) from None


def _composed(value: Any) -> Any:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case dict():
            return {key: _composed(inner) for key, inner in value.items()}
        case list():
            return [_composed(inner) for inner in value]
    return value
