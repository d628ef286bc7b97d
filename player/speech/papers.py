"""Numbers of laws and official letters, and Roman numerals."""

import re

from player.speech.letters import CAPITALS, spelled
from player.speech.numbers import spoken_number
from player.speech.rules import BEGIN, END, Rule, word_after, words_before

_KINDS = {
    "TT": "thông tư",
    "TTLT": "thông tư liên tịch",
    "NĐ": "nghị định",
    "NQ": "nghị quyết",
    "QĐ": "quyết định",
    "CT": "chỉ thị",
    "KH": "kế hoạch",
    "TB": "thông báo",
    "CV": "công văn",
    "BC": "báo cáo",
    "HD": "hướng dẫn",
    "TTr": "tờ trình",
    "GM": "giấy mời",
    "CĐ": "công điện",
}
_ISSUERS = {
    "CP": "Chính phủ",
    "TTg": "Thủ tướng Chính phủ",
    "UBND": "Ủy ban nhân dân",
    "HĐND": "Hội đồng nhân dân",
    "TW": "Trung ương",
    "TƯ": "Trung ương",
    "BTTTT": "Bộ Thông tin và Truyền thông",
    "BTC": "Bộ Tài chính",
    "BYT": "Bộ Y tế",
    "BCA": "Bộ Công an",
    "BQP": "Bộ Quốc phòng",
    "BNV": "Bộ Nội vụ",
    "BGDĐT": "Bộ Giáo dục và Đào tạo",
    "BNNPTNT": "Bộ Nông nghiệp và Phát triển nông thôn",
    "BNNMT": "Bộ Nông nghiệp và Môi trường",
    "BTNMT": "Bộ Tài nguyên và Môi trường",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch",
    "BKHCN": "Bộ Khoa học và Công nghệ",
    "BXD": "Bộ Xây dựng",
    "BCT": "Bộ Công Thương",
    "BTP": "Bộ Tư pháp",
    "BLĐTBXH": "Bộ Lao động, Thương binh và Xã hội",
}
_ROMAN = {"I": 1, "V": 5, "X": 10}
_FIRST_AND_FOURTH = {1: "nhất", 4: "tư"}
_CANONICAL = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_BEFORE_ROMAN = (
    *("Nghị quyết", "Đại hội", "Chương", "quý", "khóa", "khoá", "kỳ", "kì", "thế kỷ", "Phần", "Mục", "Điều", "cấp"),
    *("BĐ", "loại", "nhóm", "vụ", "đợt", "bậc", "Trung ương", "hạng", "tập", "phụ lục", "vùng", "quân khu", "thứ"),
)
_LETTERS = f"{CAPITALS}rg"


def roman_number(letters: str) -> int | None:
    """The value of a Roman numeral from 1 to 39, in capitals; None for anything else."""
    if not letters or not _CANONICAL.fullmatch(letters):
        return None
    values = [_ROMAN[letter] for letter in letters]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def _say_law(found: re.Match[str]) -> str:
    """Say number, year and who issued it; the kind of paper only where it does not stand before."""
    said = spoken_number(int(found["number"]))
    if found["year"]:
        said += f" năm {spoken_number(int(found['year']))}"
    written = found["kind"].replace("/", "-")
    kind, _, issuer = written.rpartition("-")
    if found["assembly"]:
        return f"{said} của Quốc hội khóa {spoken_number(int(found['assembly']))}"
    if written in _KINDS:
        kind, issuer = written, ""
    before = words_before(found)
    if kind in _KINDS:
        name = _KINDS[kind]
        if not any(word in " ".join(before) for word in (name, "văn bản", kind.casefold())):
            said = f"{name} {'' if before[-1:] == ['số'] else 'số '}{said}"
        return _issued(found, said, issuer)
    first = _ISSUERS.get(kind or issuer, _spelled(kind or issuer))
    return f"{said} của {first}" + (f", {_spelled(issuer)}" if kind else "")


def _issued(found: re.Match[str], said: str, issuer: str) -> str:
    """Add who issued it, unless the text says so itself."""
    if not issuer or word_after(found) == "của":
        return said
    return f"{said} của {_ISSUERS[issuer]}" if issuer in _ISSUERS else f"{said}, {_spelled(issuer)}"


def _spelled(letters: str) -> str:
    return _ISSUERS.get(letters) or ", ".join(spelled(part) for part in letters.split("-") if part)


def _say_roman_behind(found: re.Match[str]) -> str | None:
    number = roman_number(found["letters"])
    if number is None:
        return None
    said = _FIRST_AND_FOURTH.get(number) if found["word"].casefold().endswith("thứ") else None
    year = f" năm {spoken_number(int(found['year']))}" if found["year"] else ""
    return f"{found['word']} {said or spoken_number(number)}{year}"


def _say_roman(found: re.Match[str]) -> str | None:
    number = roman_number(found[0])
    return None if number is None else spoken_number(number)


PAPERS = (
    Rule(
        re.compile(
            rf"{BEGIN}(?P<number>[0-9]{{1,5}})(?:/(?P<year>(?:19|20)[0-9]{{2}}))?[/-]"
            rf"(?P<kind>QH(?P<assembly>[0-9]{{1,2}})|(?:[{_LETTERS}]{{2,8}}[-/]){{0,2}}[{_LETTERS}]{{2,8}}){END}"
        ),
        _say_law,
    ),
    Rule(
        re.compile(
            rf"(?<!\w)(?P<word>(?i:{'|'.join(_BEFORE_ROMAN)})) (?P<letters>[IVX]{{1,6}})"
            rf"(?:/(?P<year>[12][0-9]{{3}}))?{END}"
        ),
        _say_roman_behind,
    ),
    Rule(re.compile(rf"{BEGIN}[IVX]{{2,6}}{END}"), _say_roman),
)
