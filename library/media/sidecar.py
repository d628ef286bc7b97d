"""The description file of a film or a sound: ``x.toml`` beside ``x.mp4``, in TOML, checked as a whole.

Either all of it is taken, or all of its problems are told at once, so that a technician mends a file once. The
documented example is ``docs/film.example.toml``. Every other file that belongs to a film begins with the film's own
name (``x.jpg``, ``x.vi.vtt``): so they are carried together, and none can be a file of somewhere else.
"""

import difflib
import re
import tomllib
import unicodedata
from datetime import date
from pathlib import PurePath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from library.codes.code_book import normalise
from library.errors import LibraryError, Sentence
from library.rights import Rights, Use

SUFFIX = ".toml"
LARGEST_SIDECAR = 64 * 1024
"""Bytes."""
_MOST_PROBLEMS = 30
_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-x(?:-[a-z\d]{1,8})+)?"
    r"|x(?:-[a-z\d]{1,8})+)",
    re.IGNORECASE | re.ASCII,
)
"""A language tag of RFC 5646 as far as content needs it: language, script, region, variants, private use."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,119}")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(Sentence("is empty, or holds letters that cannot be printed"))
    return text.strip()


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(Sentence('is no language tag; such are "vi", "tyz", "km", "x-san-chay"'))
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(Sentence("may have letters without marks, digits and . _ ~ - only"))
    return text


def _file(text: str) -> str:
    if not text.isprintable() or text != PurePath(text).name or "\\" in text or text.startswith("."):
        raise ValueError(Sentence("must be the name of a file in the same folder, without / and \\"))
    return text


def _date_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError(Sentence('is no date; such are "2026", "2026-03", "2026-03-01"'))
    return text


def _seconds(value: Any) -> Any:
    if isinstance(value, str) and (clock := _CLOCK.fullmatch(value)):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return float(3600 * hours + 60 * minutes + seconds)
    raise ValueError(Sentence('is no moment; such are "04:10" or "1:04:10"'))


def _code(text: str) -> str:
    code = normalise(text)
    if code is None:
        raise ValueError(Sentence("is no code; such are K7M-2QXA"))
    return code


Line = Annotated[str, AfterValidator(_line)]
Language = Annotated[str, Field(max_length=60), AfterValidator(_language)]
FileName = Annotated[str, Field(max_length=200), AfterValidator(_file)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SubtitlesTable(_Table):
    """A ``[[subtitles]]`` table: the words of the film in one language."""

    language: Language
    file: FileName
    label: Annotated[Line, Field(max_length=60)] | None = None


class RightsTable(_Table):
    """The ``[rights]`` table: who holds them, under which licence, and what is permitted."""

    holder: Line = Field(max_length=300)
    licence: Line = Field(max_length=300)
    uses: list[Literal["hub", "take-home", "public screening", "loudspeaker", "web"]] = Field(max_length=len(Use))
    proof: Annotated[str, Field(max_length=300)] = ""

    def as_rights(self) -> Rights:
        """The same as all content of the shelf has them."""
        uses = tuple(use.value for use in Use if use.value in self.uses)
        return Rights(self.holder, self.licence, uses, self.proof.strip())


class PauseTable(_Table):
    """A ``[[pause]]`` table: where a screening halts, and what is then talked about."""

    at: Annotated[float, BeforeValidator(_seconds)]
    question: Line = Field(max_length=500)


class HandoutTable(_Table):
    """A ``[[handout]]`` table: what people take home from a screening, by code or by book and page."""

    title: Annotated[Line, Field(max_length=300)] | None = None
    code: Annotated[str, AfterValidator(_code)] | None = None
    book: Annotated[Line, Field(max_length=300)] | None = None
    page: Annotated[Line, Field(max_length=1000)] | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if (self.code is None) == (self.book is None):
            raise ValueError(Sentence("needs either a code or a book"))
        if self.page is not None and self.book is None:
            raise ValueError(Sentence("names a page, but not its book"))
        return self


class Sidecar(_Table):
    """The whole description file."""

    name: Annotated[str, AfterValidator(_name)]
    title: Line = Field(max_length=300)
    description: str = Field(default="", max_length=4000)
    language: Language
    subjects: list[Annotated[Line, Field(max_length=100)]] = Field(default=[], max_length=20)
    creator: str = Field(default="", max_length=300)
    publisher: str = Field(default="", max_length=300)
    date: Annotated[str, BeforeValidator(_date_text), AfterValidator(_date)] = ""
    poster: FileName | None = None
    subtitles: list[SubtitlesTable] = Field(default=[], max_length=20)
    rights: RightsTable
    pause: list[PauseTable] = Field(default=[], max_length=50)
    handout: list[HandoutTable] = Field(default=[], max_length=20)


class SidecarError(LibraryError):
    """A description file that cannot be taken; ``problems`` are all that is wrong with it."""

    def __init__(self, problems: list[Sentence]) -> None:
        super().__init__("; ".join(problems), Sentence("See docs/film.example.toml."))
        self.problems = problems


def parse_sidecar(data: bytes, stem: str) -> Sidecar:
    """Check a description file.

    Args:
        data: what stands in it.
        stem: its own name without ``.toml``; the names of all files that belong to it begin so.

    Raises:
        SidecarError: with everything that is wrong.
    """
    if len(data) > LARGEST_SIDECAR:
        raise SidecarError([Sentence("it is larger than %(most)s kB", most=LARGEST_SIDECAR // 1024)])
    try:
        tree = _composed(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise SidecarError([Sentence("it is not UTF-8 (byte %(number)s)", number=error.start)]) from None
    except (ValueError, RecursionError) as error:
        raise SidecarError([Sentence("it is not TOML: %(reason)s", reason=str(error)[:200])]) from None
    try:
        sidecar = Sidecar.model_validate(tree)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise SidecarError([_told(details) for details in found[:_MOST_PROBLEMS]]) from None
    files = [sidecar.poster, *(words.file for words in sidecar.subtitles)]
    foreign = [file for file in files if file is not None and not belongs_to(file, stem)]
    if foreign:
        begin = unicodedata.normalize("NFC", stem)
        wrong = Sentence("its name must begin with %(name)s and a dot, hyphen or _", name=begin)
        raise SidecarError([at(file, wrong) for file in foreign])
    return sidecar


def belongs_to(file: str, stem: str) -> bool:
    """Whether a file's name says that it belongs to the film of this name."""
    file, stem = unicodedata.normalize("NFC", file), unicodedata.normalize("NFC", stem)
    return file.startswith(stem) and file[len(stem) : len(stem) + 1] in {".", "-", "_"}


def at(where: str, what: object) -> Sentence:
    """A problem with the place where it is: a key, or a file."""
    return Sentence("%(where)s: %(what)s", where=where, what=what)


def _told(details: Any) -> Sentence:
    """One problem as one line: where, what, and what was probably meant."""
    location = details["loc"]
    where = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return at(where[:100] or "TOML", _what(details, location))


def _what(details: Any, location: tuple[int | str, ...]) -> object:
    context = details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            return _meant(Sentence("unknown entry"), str(location[-1]), _keys_at(location[:-1]))
        case "missing":
            return Sentence("is missing")
        case "value_error":
            return context["error"].args[0]
        case "literal_error":
            return _meant(Sentence("unknown word"), str(details["input"]), [str(use) for use in Use])
        case "string_type":
            return Sentence('must be a text, in quotes: "…"')
        case "list_type":
            return Sentence("must be a list, in brackets: […]")
        case "string_too_long":
            return Sentence("is too long: %(most)s letters at most", most=context["max_length"])
        case "too_long":
            return Sentence("has too many entries: %(most)s at most", most=context["max_length"])
    return details["msg"]


def _meant(wrong: Sentence, word: str, known: list[str]) -> Sentence:
    close = difflib.get_close_matches(word.lower(), known, n=1)
    if close:
        return Sentence('%(wrong)s; did you mean "%(word)s"?', wrong=wrong, word=close[0])
    return Sentence("%(wrong)s; known are %(words)s", wrong=wrong, words=", ".join(known))


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    tables: dict[str, type[BaseModel]] = {
        "rights": RightsTable, "subtitles": SubtitlesTable, "pause": PauseTable, "handout": HandoutTable,
    }  # fmt: skip
    return list(tables.get(str(location[0]), Sidecar).model_fields if location else Sidecar.model_fields)


def _composed(value: Any) -> Any:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case dict():
            return {_composed(key): _composed(inner) for key, inner in value.items()}
        case list():
            return [_composed(inner) for inner in value]
    return value
