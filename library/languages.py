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


def language_names(stated: str, locale: Locale) -> str:
    """The names of the languages a book states (``"vie,tyz"``: ISO 639 codes or BCP 47 tags) in a reader's language."""
    codes = [code for code in re.split(r"[,;\s]+", stated) if code][:5]
    return ", ".join(_name(code, locale) for code in codes)


def _name(code: str, locale: Locale) -> str:
    primary = re.split(r"[-_]", code.lower())[0]
    if primary in HIGHLAND:
        return f"Tiếng {HIGHLAND[primary]}" if locale.language == "vi" else HIGHLAND[primary]
    short = get_global("language_aliases").get(primary, primary)
    return str(locale.languages.get(short) or code)
