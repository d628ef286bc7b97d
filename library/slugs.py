"""How books are called in addresses."""

from library.codes.code_book import hashed_code

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
_LONGEST_SLUG = 120


def slug(name: str) -> str:
    """How a book is called in addresses: its name where that is plain, else its code (which no edition changes)."""
    plain = 0 < len(name) <= _LONGEST_SLUG and set(name) <= _PLAIN and not set(name) <= {"."}
    return name if plain else hashed_code(name, "")
