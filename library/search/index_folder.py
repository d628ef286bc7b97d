"""The engine's part of the index of all pages: its fields, how it is opened and begun, and its failures."""

import contextlib
import json
import shutil
from pathlib import Path
from typing import Final

import tantivy

from library.errors import IndexUnusableError

_BLOCK: Final = 4096
"""Bytes of what is stored that are packed together."""


def make_schema() -> tantivy.Schema:
    """The fields of a page.

    ``body`` and ``marked`` hold its title and its text, as words that are parted by spaces: without marks, and with
    them. ``title`` and ``marked_title`` count extra. ``pairs`` and ``title_pairs`` hold each word with the one behind
    it, without marks: most Vietnamese words are two syllables, and a pair is found much faster than two words whose
    places must be compared. What is shown is stored as bytes: title, path and text.
    """
    builder = tantivy.SchemaBuilder()
    for name in ("title", "marked_title", "title_pairs", "body", "marked", "pairs"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("mark", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("edition", indexed=True, fast=True)
    builder.add_integer_field("ordinal", stored=True, fast=True)
    for name in ("shown_title", "path", "text"):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def open_index(folder: Path) -> tantivy.Index:
    """Open the index that lies in a folder.

    Raises:
        IndexUnusableError: there is none, or it cannot be read.
    """
    with readable():
        return tantivy.Index.open(str(folder))


def make_index(folder: Path) -> tantivy.Index:
    """Begin an index in a folder, anew: whatever lies there is removed.

    Raises:
        IndexUnusableError: it cannot be written.
    """
    with readable():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        tantivy.Index(make_schema(), path=str(folder))
        _set_block_size(folder / "meta.json")
        return tantivy.Index.open(str(folder))


def _set_block_size(notes: Path) -> None:
    """Have what is stored packed in small blocks: each page shown is one block unpacked, by itself.

    The engine keeps this setting in its notes, and its binding has no word for it. Nothing is in the index yet: if
    power fails here, it has large blocks or is begun once more.
    """
    said = json.loads(notes.read_bytes())
    said["index_settings"]["docstore_blocksize"] = _BLOCK
    new = notes.with_suffix(".new")
    new.write_text(json.dumps(said), "utf-8")
    new.replace(notes)  # the website may be looking


class readable(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as a sentence: with readable()
    """Turns whatever the engine raises for damaged files into `IndexUnusableError`; it also panics now and then."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        """Translate."""
        if error is None or isinstance(error, IndexUnusableError):
            return
        # pyo3 turns a panic of Rust into an exception that is no Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            said = " ".join(str(error).split())[:300]
            raise IndexUnusableError(f"The index cannot be read: {said}", "It is built anew by itself.") from error
