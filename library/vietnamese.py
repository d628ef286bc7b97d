"""How Vietnamese is compared when people type without marks: đ is d, and marks and capitals do not count."""

import unicodedata


def fold(text: str) -> str:
    """The text without marks and capitals: ``"Đường"`` and ``"duong"`` become the same.

    Unicode does not decompose đ, so removing combining marks alone would leave it.
    """
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("đ", "d")
