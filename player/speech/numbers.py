"""Numbers as a Vietnamese speaker says them: pure rules, no sound.

The northern school form is used: "linh" between hundreds and units, "nghìn" for thousands.
"""

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
LARGEST = 999_999_999_999_999
"""The largest number that is read as one; longer ones are read digit by digit."""

_BILLION = 1_000_000_000
_SCALES = ((1_000_000, "triệu"), (1_000, "nghìn"), (1, ""))


def spoken_digits(digits: str) -> str:
    """Read digit by digit, as a phone number is read.

    Args:
        digits: ASCII digits; anything else among them (dots, spaces) is passed over.

    Returns:
        The words, with one space between them.
    """
    return " ".join(DIGITS[int(digit)] for digit in digits if digit in "0123456789")


def spoken_number(number: int) -> str:
    """Read a whole number.

    Args:
        number: not below 0; above `LARGEST` it is read digit by digit.

    Returns:
        The words, with one space between them.

    Raises:
        ValueError: the number is below 0.
    """
    if number < 0:
        raise ValueError("a number below 0 has no words here")
    if number > LARGEST:
        return spoken_digits(str(number))
    if number == 0:
        return DIGITS[0]
    billions, rest = divmod(number, _BILLION)
    words = [*_below_billion(billions, full=False), "tỷ"] if billions else []
    return " ".join([*words, *_below_billion(rest, full=bool(billions))])


def spoken_decimal(whole: int, fraction: str) -> str:
    """Read a number with a comma.

    Args:
        whole: what stands before the comma, not below 0.
        fraction: the ASCII digits after it; up to two are read as a number, longer ones or ones that begin with 0
            digit by digit.

    Returns:
        The words, with one space between them.
    """
    as_number = len(fraction) <= 2 and not fraction.startswith("0")
    after = spoken_number(int(fraction)) if as_number else spoken_digits(fraction)
    return f"{spoken_number(whole)} phẩy {after}"


def _below_billion(number: int, *, full: bool) -> list[str]:
    """The words of 0 to 999,999,999; nothing for 0. full: something larger was said before."""
    words: list[str] = []
    for size, name in _SCALES:
        group = number // size % 1000
        if group:
            words += _below_thousand(group, full=full)
            if name:
                words.append(name)
            full = True
    return words


def _below_thousand(number: int, *, full: bool) -> list[str]:
    """The words of 1 to 999. full: the hundreds are said even when they are 0."""
    hundreds, rest = divmod(number, 100)
    tens, units = divmod(rest, 10)
    said_hundreds = bool(hundreds) or full
    words = [DIGITS[hundreds], "trăm"] if said_hundreds else []
    if tens == 0:
        if units:
            words += ["linh", DIGITS[units]] if said_hundreds else [DIGITS[units]]
        return words
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if units:
        special = {5: "lăm"} if tens == 1 else {1: "mốt", 4: "tư", 5: "lăm"}
        words.append(special.get(units, DIGITS[units]))
    return words
