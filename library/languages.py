"""How languages are called on a shelf, also those that the Unicode locale data has no Vietnamese name for."""

import re
from typing import Final

from babel import Locale
from babel.core import get_global

HIGHLAND: Final = {
    "bdq": "Ba Na",
    "blt": "Thái đen",
    "bru": "Bru – Vân Kiều",
    "cjm": "Chăm",
    "crw": "Chơ Ro",
    "hmv": "Mông",
    "hre": "Hrê",
    "ium": "Dao",
    "jra": "Gia Rai",
    "khb": "Lự",
    "kpm": "Cơ Ho",
    "cmo": "Mnông",
    "ktv": "Cơ Tu",
    "mng": "Mnông",
    "mnn": "Mnông",
    "mtq": "Mường",
    "nut": "Nùng",
    "rad": "Ê Đê",
    "sed": "Xơ Đăng",
    "sti": "S'tiêng",
    "tth": "Tà Ôi",
    "tyz": "Tày",
}
"""ISO 639-3 code → the name used in Vietnam."""


_MOST: Final = 5
_ONE_CODE: Final = {name: code for code, name in reversed(HIGHLAND.items())}


def stated_languages(stated: str) -> list[str]:
    """The codes that a book states (``"vie,tyz"``: ISO 639 codes or BCP 47 tags), as it writes them, each once."""
    codes = [code for code in re.split(r"[,;\s]+", stated) if code]
    return list(dict.fromkeys(codes))[:_MOST]


def told_apart(stated: str) -> list[str]:
    """The languages that a book states, each by one code, however it is written: ``vie``, ``vi`` and ``vi-VN`` are one.

    So are those that have one name in Vietnam. This is what people choose from, and what is compared.
    """
    return list(dict.fromkeys(_told_apart(code) for code in stated_languages(stated)))


def language_names(stated: str, locale: Locale) -> str:
    """The names of the languages a book states in a reader's language, each once."""
    return ", ".join(dict.fromkeys(_name(code, locale) for code in stated_languages(stated)))


def _name(code: str, locale: Locale) -> str:
    short = _told_apart(code)
    if short in HIGHLAND:
        return f"Tiếng {HIGHLAND[short]}" if locale.language == "vi" else HIGHLAND[short]
    return str(locale.languages.get(short) or code)


def _told_apart(code: str) -> str:
    primary = re.split(r"[-_]", code.lower())[0]
    if primary in HIGHLAND:
        return _ONE_CODE[HIGHLAND[primary]]
    known: str = get_global("language_aliases").get(primary, primary)
    return known if len(known) > 1 else code.lower()
