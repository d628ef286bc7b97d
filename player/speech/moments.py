"""Dates and times of the day as they are said."""

import re

from player.speech.numbers import spoken_number
from player.speech.rules import BEGIN, END, Rule, word_after, words_before

_BEFORE_A_DAY = frozenset(
    [
        *("ngày", "mùng", "mồng", "dịp", "lễ", "hôm", "sáng", "trưa", "chiều", "tối", "đêm", "giỗ"),
        *("hai", "ba", "tư", "năm", "sáu", "bảy", "nhật", "nay", "mai"),
    ]
)
"""What a day stands behind, the days of the week among them."""
_BEFORE_A_LIKELY_DAY = frozenset(["từ", "đến", "trước", "sau", "hạn", "tới", "và"])
_FRACTIONS = frozenset([(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (1, 10)])
_BEFORE_AN_HOUR = frozenset(["lúc", "từ", "đến", "hồi", "vào", "trước", "sau", "khoảng", "giờ", "sáng", "chiều", "tối"])
_AFTER_AN_HOUR = frozenset(["sáng", "trưa", "chiều", "tối", "đêm", "ngày", "hôm", "mỗi", "hằng", "hàng", "thứ", "đến"])
_HOLIDAYS = frozenset([(30, 4), (20, 11), (20, 10), (27, 7), (22, 12), (19, 5), (8, 3), (26, 3), (10, 3)])
_ONE_OF_SEVERAL = re.compile(r"[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}|và|đến")
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEAR = r"(?P<year>[12][0-9]{3})"
_DAY, _MONTH = r"[0-9]{1,2}", r"[0-9]{1,2}"
_HOUR = r"(?P<{0}hour>[0-9]{{1,2}})(?:(?:[hHgG:]|h:)(?P<{0}minute>[0-9]{{2}})(?:'|ph?)?|(?P<{0}whole>[hHgG]))"


def _is_day(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _DAYS_OF_MONTHS[month - 1]


def _month(month: int) -> str:
    return "tư" if month == 4 else spoken_number(month)


def _date(day: int, month: int, year: str | None) -> str:
    said = f"{spoken_number(day)} tháng {_month(month)}"
    return f"{said} năm {spoken_number(int(year))}" if year else said


def _stands_for_a_day(found: re.Match[str], pair: tuple[int, int]) -> bool:
    """Whether two numbers are a date: they stand with a word that days stand with."""
    padded = found["day"].startswith("0") or found["month"].startswith("0")  # nobody writes a fraction so
    if padded or pair in _HOLIDAYS or word_after(found) == "âm":
        return True
    words = words_before(found)
    while len(words) > 1 and _ONE_OF_SEVERAL.fullmatch(words[-1]) and words[-2] != "số":
        if words[-1] in {"và", "đến"} and "/" in words[-2]:
            return True
        words.pop()
    before = words[-1:]
    if before and before[0] in _BEFORE_A_DAY:
        return True
    return bool(before and before[0] in _BEFORE_A_LIKELY_DAY and pair not in _FRACTIONS)


def _say_date(found: re.Match[str]) -> str | None:
    day, month = int(found["day"]), int(found["month"])
    if not _is_day(day, month) or not (found["year"] or _stands_for_a_day(found, (day, month))):
        return None
    return _date(day, month, found["year"])


def _say_written_out(found: re.Match[str]) -> str | None:
    day, month = int(found["day"]), int(found["month"])
    return _date(day, month, found["year"]) if _is_day(day, month) else None


def _say_days(found: re.Match[str]) -> str | None:
    """Say from one day to another: 30/4-1/5, 5-6/12."""
    first, day = int(found["first"]), int(found["day"])
    month = int(found["month"])
    first_month = int(found["first_month"] or month)
    if not (_is_day(first, first_month) and _is_day(day, month)):
        return None
    if not (found["year"] or _stands_for_a_day(found, (0, 0))):
        return None
    begin = _date(first, first_month, found["first_year"]) if found["first_month"] else spoken_number(first)
    return f"{begin} đến {_date(day, month, found['year'])}"


def _say_month(found: re.Match[str]) -> str | None:
    month = int(found["month"])
    if not 1 <= month <= 12:
        return None
    begin = f"{_month(int(found['first']))} đến " if found["first"] else ""
    return f"{found['word']} {begin}{_month(month)} năm {spoken_number(int(found['year']))}"


def _clock(hour: str, minute: str | None) -> str | None:
    """Say one time; None when no clock shows it. 24 o'clock is one."""
    minutes = int(minute or 0)
    if int(hour) > 24 or minutes > 59 or (int(hour) == 24 and minutes):
        return None
    said = f"{spoken_number(int(hour))} giờ"
    return f"{said} {spoken_number(minutes)} phút" if minutes else said


def _say_time(found: re.Match[str]) -> str | None:
    if found["whole"] in {"g", "G"}:  # or gram
        before = words_before(found)[-1:]
        if not (before and before[0] in _BEFORE_AN_HOUR) and word_after(found) not in _AFTER_AN_HOUR:
            return None
    return _clock(found["hour"], found["minute"])


def _say_times(found: re.Match[str]) -> str | None:
    first, last = _clock(found["a_hour"], found["a_minute"]), _clock(found["b_hour"], found["b_minute"])
    return f"{first} đến {last}" if first and last else None


def _say_always(found: re.Match[str]) -> str:
    return "hai mươi tư trên hai mươi tư giờ" if found[1] == "24" else "hai mươi tư trên bảy"


def _say_weekdays(found: re.Match[str]) -> str:
    return f"thứ {found[1]} đến {f'thứ {found[2]}' if found[2] else 'Chủ nhật'}"


MOMENTS = (
    Rule(re.compile(r"(?<!\w)T(?=(?:[1-9]|1[0-2])/20[0-9]{2}(?!\w))"), lambda found: "tháng "),
    Rule(re.compile(r"(?<!\w)T([2-7]) ?[-–] ?(?:T([2-7])|CN)(?!\w)"), _say_weekdays),
    Rule(re.compile(r"(?<!\w)T([2-7])(?=, ?(?:T[2-7]|CN)(?!\w))"), lambda found: f"thứ {found[1]}"),
    Rule(re.compile(r"(?<=thứ [2-7], )T([2-7])(?!\w)"), lambda found: f"thứ {found[1]}"),
    Rule(re.compile(r"(?<!\w)((?i:sáng|trưa|chiều|tối)) T([2-7])(?!\w)"), lambda found: f"{found[1]} thứ {found[2]}"),
    Rule(
        re.compile(
            rf"{BEGIN}(?P<first>{_DAY})(?:/(?P<first_month>{_MONTH})(?:/(?P<first_year>[12][0-9]{{3}}))?)?(?:-| ?– ?)"
            rf"(?P<day>{_DAY})/(?P<month>{_MONTH})"
            rf"(?:/{_YEAR})?{END}"
        ),
        _say_days,
    ),
    Rule(re.compile(rf"{BEGIN}(?P<day>{_DAY})/(?P<month>{_MONTH})(?:/{_YEAR})?{END}"), _say_date),
    Rule(re.compile(rf"{BEGIN}(?P<day>{_DAY})([-.])(?P<month>{_MONTH})\2{_YEAR}{END}"), _say_written_out),
    Rule(
        re.compile(
            rf"(?<!\w)(?P<word>(?i:tháng)) (?:(?P<first>{_MONTH})(?:-| ?– ?))?(?P<month>{_MONTH})[/-]{_YEAR}{END}"
        ),
        _say_month,
    ),
    Rule(re.compile(rf"{BEGIN}24/(24|7)(?: ?(?:h|giờ))?{END}"), _say_always),
    Rule(re.compile(rf"{BEGIN}{_HOUR.format('a_')}(?:-| ?– ?){_HOUR.format('b_')}{END}"), _say_times),
    Rule(re.compile(rf"{BEGIN}{_HOUR.format('')}{END}"), _say_time),
)
