"""An announcement's text in words: dates, times, money, units and well-known abbreviations; the rest is left alone."""

import re
import unicodedata

from player.errors import PlayerError, Sentence
from player.speech.numbers import spoken_decimal, spoken_digits, spoken_number

LONGEST_TEXT = 5_000
"""The longest announcement, in characters."""

_ABBREVIATIONS = {
    "UBND": "Ủy ban nhân dân",
    "HĐND": "Hội đồng nhân dân",
    "HTX": "hợp tác xã",
    "BCH": "ban chấp hành",
    "THCS": "trung học cơ sở",
    "THPT": "trung học phổ thông",
    "BHYT": "bảo hiểm y tế",
    "NPK": "en nờ pê ca",
}
_UNITS = {
    "kg": "ki lô gam",
    "km/h": "ki lô mét trên giờ",
    "km": "ki lô mét",
    "m²": "mét vuông",
    "ha": "héc ta",
    "°C": "độ xê",
    "%": "phần trăm",
    "đ": "đồng",
}
_BEFORE_A_DAY = frozenset(
    [
        "ngày",
        "mùng",
        "mồng",
        "dịp",
        "lễ",
        "hôm",
        "sáng",
        "trưa",
        "chiều",
        "tối",
        "đêm",
        "hai",
        "ba",
        "tư",
        "năm",
        "sáu",
        "bảy",
        "nhật",
    ]
)
_LONGEST_BEFORE = 12
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_RANGE = re.compile(r"(?<![\w.,/:–-])([0-9]{1,6}) ?– ?(?=[0-9]{1,6}(?![\w/:–-]))")
_WRITTEN = re.compile(
    r"(?<![\w.,/:-])(?:"
    r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})(?:/(?P<year>[0-9]{4}))?"
    r"|(?P<hour>[0-9]{1,2})[h:](?P<minute>[0-9]{2})"
    r"|(?P<phone>0[0-9]{9}|0[0-9]{3}(?:[ .][0-9]{3}){2})"
    r"|(?P<whole>[0-9]{1,3}(?:\.[0-9]{3}){1,4}|[0-9]{1,15})(?:,(?P<fraction>[0-9]{1,6}))?"
    r"(?: ?(?P<unit>kg|km/h|km|m²|ha|°C|%|đ)(?![\w/]))?"
    rf"|(?P<short>{'|'.join(_ABBREVIATIONS)})"
    r")(?![\w/:-]|[.,][0-9])",
)


def spoken_text(text: str) -> str:
    """Write an announcement the way it is said.

    Args:
        text: Vietnamese, at most `LONGEST_TEXT` characters.

    Returns:
        The text in NFC; what is not understood for certain stands as it was.

    Raises:
        PlayerError: the text is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise PlayerError(
            Sentence("The announcement is longer than %(most)d characters.", most=LONGEST_TEXT),
            Sentence("Split it into shorter ones."),
        )
    return _WRITTEN.sub(_say, _RANGE.sub(r"\1 đến ", unicodedata.normalize("NFC", text)))


def _say(found: re.Match[str]) -> str:
    part = found.groupdict()
    if part["short"]:
        return _ABBREVIATIONS[part["short"]]
    if part["phone"]:
        return spoken_digits(part["phone"])
    if part["day"]:
        day, month = int(part["day"]), int(part["month"])
        if not (1 <= month <= 12 and 1 <= day <= _DAYS_OF_MONTHS[month - 1] and _is_a_day(found)):
            return found[0]
        said = f"{spoken_number(day)} tháng {'tư' if month == 4 else spoken_number(month)}"
        return f"{said} năm {spoken_number(int(part['year']))}" if part["year"] else said
    if part["hour"]:
        hour, minute = int(part["hour"]), int(part["minute"])
        if hour > 23 or minute > 59:
            return found[0]
        said = f"{spoken_number(hour)} giờ"
        return f"{said} {spoken_number(minute)} phút" if minute else said
    if len(part["whole"]) > 1 and part["whole"].startswith("0"):  # a number of a house, a code, part of a telephone's
        return spoken_digits(part["whole"]) if part["whole"].isdecimal() and not part["fraction"] else found[0]
    whole = int(part["whole"].replace(".", ""))
    said = spoken_decimal(whole, part["fraction"]) if part["fraction"] else spoken_number(whole)
    return f"{said} {_UNITS[part['unit']]}" if part["unit"] else said


def _is_a_day(found: re.Match[str]) -> bool:
    """Whether a fraction-like pair is a date: it has a year, or stands behind a word that days stand behind."""
    before = found.string[max(0, found.start() - _LONGEST_BEFORE) : found.start()]
    words = before.replace("(", " ").replace(",", " ").split()
    return bool(found["year"] or (words and words[-1].casefold() in _BEFORE_A_DAY))
