"""The date as people say it, and the lunar date held against almanacs: also where the Chinese calendar differs."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from hub.interpreter import said
from player.errors import Sentence
from player.pictures.dates import clock, day, lunar_date, lunar_day, when

TET = [
    "1968-01-29", "1969-02-16", "1984-02-02", "1985-01-21", "1986-02-09", "1987-01-29", "1988-02-17", "1989-02-06",
    "1990-01-27", "1995-01-31", "1996-02-19", "2000-02-05", "2005-02-09", "2006-01-29", "2007-02-17", "2008-02-07",
    "2010-02-14", "2015-02-19", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10",
    "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-02", "2031-01-23", "2032-02-11",
    "2033-01-31", "2034-02-19", "2035-02-08", "2053-02-18",
]  # fmt: skip
"""New Year's day in Việt Nam."""
CHINESE = ["1968-01-30", "1969-02-17", "1985-02-20", "2007-02-18", "2030-02-03", "2053-02-19"]
"""New Year's day in China in the years where it is another one."""
LEAP = {
    1985: 2, 1987: 7, 1990: 5, 1993: 3, 1995: 8, 1998: 5, 2001: 4, 2004: 2, 2006: 7, 2009: 5,
    2012: 4, 2014: 9, 2017: 6, 2020: 4, 2023: 2, 2025: 6, 2028: 5, 2031: 3,
}  # fmt: skip
"""Which month stands twice in which year, of 1985 to 2032; in China it was another one in 1984 and 1987."""

NOW = datetime.fromisoformat("2026-11-25T18:40")


def vietnamese(sentence: Sentence) -> str:
    return said(sentence, "vi")


@pytest.mark.parametrize("first", TET)
def test_the_year_begins_as_in_the_almanac(first: str) -> None:
    lunar = lunar_date(date.fromisoformat(first))
    assert lunar is not None
    assert (lunar.day, lunar.month, lunar.year, lunar.leap) == (1, 1, int(first[:4]), False)


@pytest.mark.parametrize("first", CHINESE)
def test_it_does_not_begin_with_the_chinese_year(first: str) -> None:
    lunar = lunar_date(date.fromisoformat(first))
    assert lunar is not None
    assert (lunar.day, lunar.month) != (1, 1)


def test_the_months_that_stand_twice_are_those_of_the_almanac() -> None:
    found: dict[int, int] = {}
    moment = date(1985, 1, 21)
    while moment < date(2033, 1, 31):
        lunar = lunar_date(moment)
        assert lunar is not None
        if lunar.leap:
            found[lunar.year] = lunar.month
        moment += timedelta(days=5)
    assert found == LEAP


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-25", "Âm lịch: 17 tháng 10 năm Bính Ngọ"),
        ("2024-02-10", "Âm lịch: mùng 1 tháng Giêng năm Giáp Thìn"),
        ("2024-02-24", "Âm lịch: rằm tháng Giêng năm Giáp Thìn"),
        ("2024-04-18", "Âm lịch: mùng 10 tháng 3 năm Giáp Thìn"),  # the Hùng kings
        ("2025-04-07", "Âm lịch: mùng 10 tháng 3 năm Ất Tỵ"),
        ("2026-04-26", "Âm lịch: mùng 10 tháng 3 năm Bính Ngọ"),
        ("2023-09-29", "Âm lịch: rằm tháng 8 năm Quý Mão"),  # the children's full moon
        ("2024-09-17", "Âm lịch: rằm tháng 8 năm Giáp Thìn"),
        ("2025-10-06", "Âm lịch: rằm tháng 8 năm Ất Tỵ"),
        ("2026-09-25", "Âm lịch: rằm tháng 8 năm Bính Ngọ"),
        ("2025-01-22", "Âm lịch: 23 tháng Chạp năm Giáp Thìn"),  # the kitchen gods leave
        ("2025-07-25", "Âm lịch: mùng 1 tháng 6 nhuận năm Ất Tỵ"),
        ("2027-02-06", "Âm lịch: mùng 1 tháng Giêng năm Đinh Mùi"),
        ("1984-02-02", "Âm lịch: mùng 1 tháng Giêng năm Giáp Tý"),
    ],
)
def test_a_lunar_day_is_said_as_people_say_it(moment: str, words: str) -> None:
    assert lunar_day(date.fromisoformat(moment), vietnamese) == words


def test_no_lunar_day_is_said_for_years_that_cannot_be_reckoned() -> None:
    for year in (1, 1900, 2100, 9999):
        assert lunar_day(date(year, 1, 1), vietnamese) == ""


def test_the_date_and_the_time_are_said() -> None:
    moment = datetime.fromisoformat("2026-11-25T08:05")
    assert clock(moment, vietnamese) == "8 giờ 05"
    assert clock(moment, str) == "8:05"
    assert day(moment, vietnamese) == "Thứ Tư, ngày 25 tháng 11 năm 2026"
    assert day(date(2026, 11, 29), vietnamese) == "Chủ nhật, ngày 29 tháng 11 năm 2026"
    assert day(moment, str) == "Wednesday, 25/11/2026"


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        ("2026-11-25T19:30", "19 giờ 30"),
        ("2026-11-26T06:00", "6 giờ 00 ngày mai"),
        ("2026-11-27T19:30", "19 giờ 30 thứ Sáu"),
        ("2026-12-01T19:30", "19 giờ 30 thứ Ba"),
        ("2026-12-02T19:30", "19 giờ 30 ngày 2/12"),
        ("2027-02-06T08:00", "8 giờ 00 ngày 6/2"),
    ],
)
def test_a_start_is_said_from_today(starts: str, words: str) -> None:
    assert when(datetime.fromisoformat(starts), NOW, vietnamese) == words
