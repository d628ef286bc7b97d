"""The translators' bench: gathers the English sentences of the sources into the catalogues, and compiles them.

``python -m hub.catalogue update`` reads the modules and templates of the six packages, and what the settings' models
say of each setting, adds new sentences to each
``translations/<lang>/LC_MESSAGES/messages.po`` with an empty translation, drops those no longer used, and writes the
``messages.mo`` that the hub reads. ``python -m hub.catalogue check`` changes nothing and names what is not in order.
Both files are kept with the sources, so that a hub needs no step before it starts. No dates, line numbers or guesses
("fuzzy" entries) are written: a catalogue changes only when a sentence does.
"""

from __future__ import annotations

import io
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from hub.config import HubConfig
from hub.settings import own_fields, own_words, tables
from player.announcing.signers import SignersConfig
from player.schedule.config import ScheduleConfig

ROOT: Final = Path(__file__).parent.parent
TRANSLATIONS: Final = Path(__file__).parent / "translations"
PACKAGES: Final = ("captive_portal", "hub", "image", "library", "player", "provisioning")
METHODS: Final = (("**.py", "python"), ("**/templates/**.html", "jinja2"))
KEYWORDS: Final = DEFAULT_KEYWORDS | {
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "Sentence": None,
}
HEADER: Final = (
    "# Sentences of the village hub. Kept by `python -m hub.catalogue update`; translate between the quotes."
)
KEPT_HEADERS: Final = ("Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")


class SteadyCatalog(Catalog):
    """A catalogue whose header holds no date and no tool's version, so that writing it twice gives the same bytes."""

    mime_headers = property(
        lambda self: [(name, value) for name, value in self._get_mime_headers() if name in KEPT_HEADERS],
        Catalog._set_mime_headers,
    )


def extract() -> SteadyCatalog:
    """Return the sentences of the current sources, each with the files where it stands and the notes to translators."""
    template = SteadyCatalog(header_comment=HEADER, fuzzy=False)
    for package in PACKAGES:
        found = extract_from_dir(ROOT / package, METHODS, {}, KEYWORDS, ("Translators:",), strip_comment_tags=True)
        for file, _line, sentence, notes, context in found:
            template.add(
                sentence, locations=[(f"{package}/{file}", 0)], auto_comments=sorted(set(notes)), context=context
            )
    for _path, table in (*tables(HubConfig), *tables(ScheduleConfig), *tables(SignersConfig)):
        for key, field in own_fields(table):
            for words in filter(None, (field.description, own_words(field))):
                template.add(words, locations=[(f"{table.__module__.replace('.', '/')}.py", 0)], auto_comments=[key])
    return template


def read(po: Path) -> Catalog:
    """Return the catalogue in the file `po`, whose language is the name of its folder's folder."""
    with po.open("rb") as source:
        return read_po(source, locale=po.parent.parent.name)


def merged(template: Catalog, old: Catalog) -> SteadyCatalog:
    """Return the sentences of `template` in alphabetical order, with what `old` has for exactly these."""
    catalogue = SteadyCatalog(locale=old.locale, header_comment=HEADER, fuzzy=False)
    for message in sorted((m for m in template if m.id), key=_order):
        known = old.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        catalogue.add(
            message.id,
            known.string if known and known.id == message.id and not known.fuzzy else "",
            locations=sorted(set(message.locations)),
            user_comments=known.user_comments if known else (),
            auto_comments=message.auto_comments,
            flags=message.flags - {"fuzzy"},
            context=message.context,
        )
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """Return `catalogue` as the text that translators edit."""
    file = io.BytesIO()
    write_po(file, catalogue, width=120, include_lineno=False)
    return file.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return `catalogue` compiled, as gettext reads it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def catalogues() -> list[Path]:
    """Return the translators' file of every language."""
    return sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))


def update() -> None:
    """Bring every language's two files up to date with the sources."""
    template = extract()
    for po in catalogues():
        catalogue = merged(template, read(po))
        po.write_bytes(po_bytes(catalogue))
        po.with_suffix(".mo").write_bytes(mo_bytes(catalogue))


def problems() -> Iterator[str]:
    """Yield, in words, whatever keeps a catalogue from being complete and fresh."""
    template = extract()
    for po in catalogues():
        language, kept = po.parent.parent.name, read(po)
        catalogue = merged(template, kept)
        for message in kept:
            if message.id and message.fuzzy:
                yield f"{language}: marked as a guess: {message.id!r}"
        for message in catalogue:
            if message.id and not all(_strings(message)):
                yield f"{language}: not translated: {message.id!r}"
            for text in _strings(message):
                if not unicodedata.is_normalized("NFC", text):
                    yield f"{language}: letters and marks not joined (NFC): {text!r}"
            for wrong in message.check(catalogue):
                yield f"{language}: {wrong}: {message.id!r}"
        if {_order(message) for message in kept if message.id} != {
            _order(message) for message in template if message.id
        }:
            yield f"{language}: the sentences are not those of the sources; update it"
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.read_bytes() != mo_bytes(catalogue):
            yield f"{language}: {mo.name} is older than {po.name}; update it"


def main(arguments: list[str]) -> int:
    """Run one verb, ``update`` or ``check``; return the exit status."""
    if arguments not in (["update"], ["check"]):
        sys.stderr.write("usage: python -m hub.catalogue update|check\n")
        return 2
    if arguments == ["update"]:
        update()
    found = list(problems())
    for problem in found:
        sys.stderr.write(problem + "\n")
    return 1 if found else 0


def _order(message: Message) -> tuple[str, str]:
    return (message.id if isinstance(message.id, str) else message.id[0], message.context or "")


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
