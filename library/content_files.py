"""Tells from a file's name what it is in the content folder; what it really is, its check tells."""

import unicodedata
from pathlib import Path

MEDIA_SUFFIXES = frozenset(
    {
        ".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".ogv",
        ".mp3", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".wav", ".flac",
    }
)  # fmt: skip
FOREIGN_SUFFIXES = frozenset({".avi", ".wmv", ".wma", ".mpg", ".mpeg", ".vob", ".flv", ".ts", ".mts", ".rm", ".rmvb"})
"""Films and sounds that no telephone's browser plays; named so that the technician is told."""
_SIDECAR = ".toml"


def is_book_file(path: Path) -> bool:
    """Whether a name is that of a book; hidden ones are other programs' leftovers (``._x.zim`` on a Mac's stick)."""
    whole_or_first_part = path.suffix.lower() == ".zim" or path.suffix == ".zimaa"
    return whole_or_first_part and not path.name.startswith(".")


def is_media_file(path: Path) -> bool:
    """Whether a name is that of a film or a sound, also of one that cannot be played."""
    return path.suffix.lower() in MEDIA_SUFFIXES | FOREIGN_SUFFIXES and not path.name.startswith(".")


def is_foreign(path: Path) -> bool:
    """Whether a name is that of a film or a sound that cannot be played here."""
    return path.suffix.lower() in FOREIGN_SUFFIXES


def is_sidecar(path: Path) -> bool:
    """Whether a name is that of a description file."""
    return path.suffix.lower() == _SIDECAR and not path.name.startswith(".")


def stem_of(file: str) -> str:
    """A file's name without its ending, composed (NFC): a film and its description share it."""
    return unicodedata.normalize("NFC", Path(file).stem)
