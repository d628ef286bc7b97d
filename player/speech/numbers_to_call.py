"""Telephone numbers and numbers of vehicles, read digit by digit with a pause between groups."""

import re

from player.speech.letters import spelled
from player.speech.numbers import spoken_digits
from player.speech.rules import BEGIN, END, Rule

_LENGTHS = range(10, 12)
_CALL = r"(?i:gọi|tổng đài|đường dây nóng|điện thoại|số máy|hotline|cứu hỏa|cấp cứu|cảnh sát|công an)"


def _say_phone(found: re.Match[str]) -> str | None:
    """Say a number of ten or eleven digits; the country's own prefix is said as the 0 that people dial."""
    groups = re.findall("[0-9]+", found["groups"])
    if found["country"]:
        rest = groups[1:] if groups[0] == "0" and len(groups) > 1 else groups
        groups = ["0" + rest[0].lstrip("0"), *rest[1:]]
    if len("".join(groups)) not in _LENGTHS:
        return None
    return ", ".join(map(spoken_digits, groups))


def _say_service(found: re.Match[str]) -> str | None:
    groups = re.findall("[0-9]+", found[1])
    return ", ".join(map(spoken_digits, groups)) if 8 <= len("".join(groups)) <= 10 else None


def _say_short(found: re.Match[str]) -> str:
    return f"{found[1]}{spoken_digits(found[2])}"


def _say_plate(found: re.Match[str]) -> str:
    series = " ".join(spelled(sign) for sign in found[1])
    return f"{series}, {spoken_digits(found[2])}"


NUMBERS_TO_CALL = (
    Rule(
        re.compile(
            rf"(?<![\w/:@.,-])(?P<country>(?:\+|\(\+)84\)?[ .-]?)?"
            rf"(?P<groups>(?:\(0[0-9]{{0,3}}\)|(?(country)[0-9]|0)[0-9]{{1,10}})(?:[ .-][0-9]{{1,7}}){{0,4}}){END}"
        ),
        _say_phone,
    ),
    Rule(re.compile(rf"{BEGIN}(1[89]00(?:[ .-]?[0-9]{{2,6}}){{1,3}}){END}"), _say_service),
    Rule(re.compile(rf"(?<!\w)({_CALL}(?: số)?:? ?)(11[1-5]){END}"), _say_short),
    Rule(re.compile(rf"{BEGIN}([0-9]{{2}}[A-ZĐ][0-9A-Z]?)[- ]([0-9]{{3}}\.?[0-9]{{2}}|[0-9]{{4}}){END}"), _say_plate),
)
