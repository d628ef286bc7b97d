"""Says in another language the sentences that a technician reads in a terminal (docs/decisions/0019).

Vietnamese comes first and English second, whatever the system's locale says: a Raspberry Pi is set to British English
until somebody changes it, so the locale tells nothing about who sits before it. Who wants one language alone sets
``HUB_LANG``.
"""

import gettext
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

VARIABLE: Final = "HUB_LANG"
LANGUAGES: Final = ("vi", "en")
"""What a terminal speaks, the first first."""

_TRANSLATIONS = Path(__file__).parent / "translations"


def languages(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the languages to speak, in their order: those of `LANGUAGES`, or the one that ``HUB_LANG`` names."""
    wish = environ.get(VARIABLE, "").lower()[:2]
    return (wish,) if wish in LANGUAGES else LANGUAGES


def said(text: object, language: str) -> str:
    """Return a text in a language; English where it is no sentence, or has no translation.

    Args:
        text: a sentence with `msgid` and `arguments`, or anything else.
        language: the name of a catalogue.
    """
    msgid: str | None = getattr(text, "msgid", None)
    if msgid is None or language == "en":
        return str(text)
    arguments: Mapping[str, object] = getattr(text, "arguments", {})
    catalogue = gettext.translation("messages", _TRANSLATIONS, [language], fallback=True)
    spoken = catalogue.gettext(msgid)
    return spoken % {name: _part(part, language) for name, part in arguments.items()} if arguments else spoken


def each(text: object, wanted: Sequence[str]) -> list[str]:
    """Return a text in every language wanted, in their order; once where they do not differ."""
    return list(dict.fromkeys(said(text, language) for language in wanted))


def _part(part: object, language: str) -> object:
    if isinstance(part, Exception):
        part = getattr(part, "message", part)
    return said(part, language) if hasattr(part, "msgid") else part
