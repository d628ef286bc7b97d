"""What more is said of a refused file: sentences kept in files with what they are made of, told in a reader's language.

The child that checks a file speaks no language but English; its words lie on the card until somebody reads them.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from library.errors import Sentence

LONGEST_DETAIL: Final = 3000
"""Letters."""
_BEGIN: Final = '{"file":'


def kept(sentences: Sequence[Sentence]) -> str:
    """Sentences as one text for a file; as many of them as fit."""
    problems = [_plain(sentence) for sentence in sentences]
    while len(text := json.dumps({"file": "", "problems": problems}, ensure_ascii=False)) > LONGEST_DETAIL and problems:
        problems.pop()
    return text


def about(file: str, detail: str) -> str:
    """The same detail, where it is told of another file: it begins with the name of the one that it is about."""
    if not detail.startswith(_BEGIN):
        return f"{file}: {detail}" if detail else file
    return json.dumps({**json.loads(detail), "file": file}, ensure_ascii=False)


def told(detail: str, translate: Callable[[str], str] = str) -> str:
    """A detail in words; what `kept` did not write is told as it stands.

    Args:
        detail: as it lies in the list.
        translate: gettext of the reader's language.
    """
    if not detail.startswith(_BEGIN):
        return detail
    try:
        document = json.loads(detail)
        problems = "; ".join(_spoken(problem, translate) for problem in document["problems"])
        return f"{document['file']}: {problems}" if document["file"] else problems
    except (ValueError, TypeError, KeyError, RecursionError):
        return detail


def _plain(part: object) -> Any:
    """A sentence as JSON has it, everything else as text."""
    if isinstance(part, Sentence):
        return [part.msgid, {name: _plain(inner) for name, inner in part.arguments.items()}]
    return str(part)


def _spoken(part: Any, translate: Callable[[str], str]) -> str:
    if isinstance(part, str):
        return part
    msgid, arguments = part
    return translate(msgid) % {name: _spoken(inner, translate) for name, inner in arguments.items()}
