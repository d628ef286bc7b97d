"""Numbers with what they count: money, units, ranges, sizes, fractions, ordinals."""

import re
from collections.abc import Iterable

from player.speech.numbers import spoken_decimal, spoken_digits, spoken_number
from player.speech.rules import BEGIN, END, Rule, word_after, words_before

_UNITS = {
    "kg": "ki lô gam",
    "mg": "mi li gam",
    "gr": "gam",
    "g": "gam",
    "km": "ki lô mét",
    "km2": "ki lô mét vuông",
    "cm": "xen ti mét",
    "cm2": "xen ti mét vuông",
    "mm": "mi li mét",
    "m": "mét",
    "m2": "mét vuông",
    "m3": "mét khối",
    "ha": "héc ta",
    "lít": "lít",
    "l": "lít",
    "ml": "mi li lít",
    "°C": "độ xê",
    "°": "độ",
    "%": "phần trăm",
    "‰": "phần nghìn",
    "đ": "đồng",
    "đồng": "đồng",
    "VNĐ": "đồng",
    "VND": "đồng",
    "USD": "đô la Mỹ",
    "kW": "ki lô oát",
    "kWh": "ki lô oát giờ",
    "kV": "ki lô vôn",
    "W": "oát",
    "V": "vôn",
    "GB": "gi ga bai",
    "MB": "mê ga bai",
    "k": "nghìn đồng",
    "tr": "triệu",
    "h": "giờ",
    "s": "giây",
}
_PER_WORDS = (
    *("sào", "mẫu", "người", "hộ", "cháu", "em", "con", "cây", "bao", "tấn", "tạ", "yến", "gói", "chai", "suất"),
    *("giờ", "phút", "giây", "ngày", "tuần", "tháng", "quý", "năm", "lần", "vụ", "lứa", "đợt", "trận"),
    *("bát", "cân", "khẩu", "học sinh"),
)
_PER = {
    **{name: _UNITS[name] for name in ("kg", "km", "m", "m2", "m3", "ha", "l", "lít", "h", "s", "kWh")},
    **{word: word for word in _PER_WORDS},
}
_PRICES = frozenset({"đ", "đồng", "VNĐ", "VND", "k", "tr"})
_MEASURED = frozenset(
    ["lít", "số", "diện", "sào", "mẫu", "ha", "kg", "cân", "bao", "gói", "thìa", "chén", "bát", "cốc", "quãng", "gam"]
)
_COUNTED = frozenset(
    [
        "hộ",
        "thôn",
        "xã",
        "bản",
        "người",
        "chỉ",
        "thành",
        "đại",
        "học",
        "em",
        "hội",
        "phiếu",
        "điểm",
        "đảng",
        "gia",
        "tiêu",
    ]
)
_HOUSES = frozenset(["số", "nhà", "ngõ", "ngách", "hẻm", "kiệt"])
_SHORTEST_CODE = 9
"""A number with so many digits and no dots is an account or somebody's number, not an amount."""
_ORDINALS = {1: "nhất", 4: "tư"}


def _long_first(names: Iterable[str]) -> str:
    """A pattern of any of them, the longest that fits."""
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_NUMBER = r"(?:[0-9]{1,3}(?:\.[0-9]{3}){1,4}|[0-9]{1,15})(?:,[0-9]{1,6})?"
_UNIT = rf" ?(?P<unit>{_long_first(_UNITS)})(?:/(?P<per>{_long_first(_PER)}))?"


def spoken_amount(written: str) -> str | None:
    """Say a number as Vietnamese write it: dots between thousands, a comma before the fraction.

    Args:
        written: matches the pattern of this room.

    Returns:
        Its words; None for what is no number, such as 01,5.
    """
    whole, _, fraction = written.partition(",")
    if len(whole) > 2 and whole.startswith("0"):  # a code, a part of something; but 05 is how offices write 5
        return spoken_digits(whole) if whole.isdecimal() and not fraction else None
    number = int(whole.replace(".", ""))
    return spoken_decimal(number, fraction) if fraction else spoken_number(number)


def _unit(found: re.Match[str]) -> str:
    """The words of the unit, with a space before them."""
    unit, per = found["unit"], found["per"]
    if not unit:
        return ""
    said = f" {_UNITS[unit]}"
    if not per:
        return said
    return f"{said} {'một' if unit in _PRICES or per == _PER[per] else 'trên'} {_PER[per]}"


def _say_amount(found: re.Match[str]) -> str | None:
    number = found["number"]
    if number.isdecimal() and len(number) >= _SHORTEST_CODE and not found["unit"] and word_after(found) != "đồng":
        return ", ".join(spoken_digits(number[place : place + 3]) for place in range(0, len(number), 3))
    said = spoken_amount(number)
    if said is None:
        return None
    if found["minus"]:
        cold = found["unit"] in {"°C", "°", "%"} or word_after(found) == "độ"
        said = f"âm {said}" if cold else f"{found['minus']}{said}"
    return said + _unit(found)


def _say_range(found: re.Match[str]) -> str | None:
    first, last = spoken_amount(found["first"]), spoken_amount(found["last"])
    if first is None or last is None:
        return None
    before = words_before(found)
    between = " " if before[-2:] in (["tỷ", "số"], ["tỉ", "số"]) else " đến "
    return f"{'âm ' if found['minus'] else ''}{first}{between}{last}{_unit(found)}"


def _say_size(found: re.Match[str]) -> str | None:
    sides = [spoken_amount(side.strip()) for side in re.split("[xX]", found["sides"])]
    return " nhân ".join(side or "" for side in sides) + _unit(found) if all(sides) else None


def _say_pair(found: re.Match[str]) -> str | None:
    """Say a fraction, a result or a house's number; what could be a day as well is left."""
    first, second = int(found[1]), int(found[2])
    before, after = words_before(found)[-1:], word_after(found)
    said = spoken_number(first), spoken_number(second)
    if before and before[0] in _HOUSES and after not in _COUNTED:
        return " xuyệt ".join(said)
    if 0 < first < second <= 1000 and after in _MEASURED:
        return " phần ".join(said)
    if first <= second and after in _COUNTED:
        return " trên ".join(said)
    return None


def _say_ordinal(found: re.Match[str]) -> str:
    number = int(found["number"])
    ordinals = {4: "tư"} if found["word"].casefold() == "tháng" else _ORDINALS
    return f"{found['word']} {ordinals.get(number, spoken_number(number))}"


def _say_each(found: re.Match[str]) -> str:
    return found[1] + found[2].replace("/", " một ")


def _say_within(found: re.Match[str]) -> str:
    return f"{found[1]} trong {found[2]} giờ"


def _say_series(found: re.Match[str]) -> str:
    return ", ".join(spoken_number(int(number)) for number in re.split("[-.:+]", found[0]))


def _say_ratio(found: re.Match[str]) -> str:
    return f"{found[1]}{spoken_number(int(found[2]))} trên {spoken_number(int(found[3]))}"


def _say_milestone(found: re.Match[str]) -> str:
    return f"ki lô mét {spoken_number(int(found[1]))} cộng {spoken_number(int(found[2]))}"


def _say_dotted(found: re.Match[str]) -> str:
    fraction = spoken_number(int(found[2])) if not found[2].startswith("0") else spoken_digits(found[2])
    return f"{spoken_number(int(found[1]))} chấm {fraction}" + _unit(found)


SERIES = Rule(re.compile(rf"{BEGIN}[0-9]{{1,3}}(?:-[0-9]{{1,3}}){{2,4}}{END}"), _say_series)
"""A fertiliser's shares: NPK 16-16-8."""
SIZES = Rule(re.compile(rf"{BEGIN}(?P<sides>{_NUMBER}(?: ?[xX] ?{_NUMBER}){{1,3}})(?:{_UNIT})?{END}"), _say_size)
RANGES = Rule(
    re.compile(rf"{BEGIN}(?P<minus>(?<!\S)-)?(?P<first>{_NUMBER})(?:-| ?– ?)(?P<last>{_NUMBER})(?:{_UNIT})?{END}"),
    _say_range,
)
PAIRS = Rule(re.compile(rf"{BEGIN}([0-9]{{1,4}})/([0-9]{{1,4}}){END}"), _say_pair)
ORDINALS = Rule(re.compile(rf"(?<!\w)(?P<word>(?i:thứ|hạng|tháng)) 0?(?P<number>[0-9]{{1,2}}){END}"), _say_ordinal)
DOTTED = Rule(re.compile(rf"{BEGIN}([0-9]{{1,6}})\.([0-9]{{1,2}})(?:{_UNIT})?{END}"), _say_dotted)
AMOUNTS = Rule(re.compile(rf"{BEGIN}(?P<minus>(?<!\S)-)?(?P<number>{_NUMBER})(?:{_UNIT})?{END}"), _say_amount)
EACH = Rule(
    re.compile(
        rf"(?<![\w/])([0-9][0-9.,]{{0,20}} ?(?:[^\W\d_]{{1,7}}|m[23]))"
        rf"((?:/(?:{_long_first(_PER_WORDS)})){{1,2}})(?![\w/])"
    ),
    _say_each,
)
SHARES = Rule(re.compile(r"(?<=en nờ pê ca )[0-9]{1,2}(?:[-.:+][0-9]{1,2}){2,4}(?!\w|[.,][0-9])"), _say_series)
SHARES_EACH = Rule(
    re.compile(rf"(?<=en nờ pê ca )([0-9]{{1,2}}(?:[-.:+][0-9]{{1,2}}){{2,4}})/(?={_long_first(_PER_WORDS)})"),
    lambda found: f"{found[1]} một ",
)
WITHIN = Rule(re.compile(r"(?<![\w/])([0-9][0-9.,]{0,20} ?mm)/([0-9]{1,2})(?:h|giờ)(?!\w)"), _say_within)
RATIOS = Rule(re.compile(rf"(?<!\w)((?:tỷ|tỉ) lệ )([0-9]{{1,5}})[:/]([0-9]{{1,5}}){END}"), _say_ratio)
MILESTONES = Rule(re.compile(rf"(?<!\w)(?i:km) ?([0-9]{{1,4}}) ?\+ ?([0-9]{{1,4}}){END}"), _say_milestone)
QUANTITIES = (
    SHARES_EACH,
    SHARES,
    WITHIN,
    EACH,
    RATIOS,
    MILESTONES,
    SERIES,
    SIZES,
    RANGES,
    PAIRS,
    ORDINALS,
    DOTTED,
    AMOUNTS,
)
