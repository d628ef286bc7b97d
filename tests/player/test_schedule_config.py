"""A schedule.toml is taken whole, or everything wrong with it is named, and hub check tells it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import ConfigError
from hub.interpreter import said
from hub.schedule_file import load_schedule
from hub.settings import settings
from player.schedule.config import ScheduleConfig
from player.schedule.due import due

LISTS = '[[playlist]]\nname = "trâu"\nfilms = ["a.mp4"]\n'


def item(rest: str, table: str = "weekly", plays: str = 'playlist = "trâu"') -> str:
    days = 'days = ["tuesday"]' if table == "weekly" else 'date = "2026-11-24"'
    return f"[[{table}]]\n{days}\n{plays}\n" + "\n".join(rest.split("; ")) + "\n"


def problems(folder: Path, text: str) -> list[str]:
    (folder / "schedule.toml").write_text(text, "utf-8")
    try:
        load_schedule(folder)
    except ConfigError as error:
        return [str(problem) for problem in error.problems] or [str(error.message)]
    return []


def test_the_example_is_good_and_shows_every_setting(project: Path, tmp_path: Path) -> None:
    text = (project / "docs" / "schedule.example.toml").read_text("utf-8")
    assert problems(tmp_path, text) == []
    assert [one.path for one in settings(ScheduleConfig) if f"{one.path[-1]} = " not in text] == []
    plan = load_schedule(tmp_path)
    tuesday = plan.items[0]
    assert (tuesday.plays, tuesday.at, tuesday.weekdays) == ("Chăn nuôi", time(19, 30), {1})
    assert (tuesday.lasts, tuesday.grace) == (timedelta(hours=1), timedelta(minutes=10))
    assert plan.items[1].is_broadcast and plan.items[1].goes_back
    assert (plan.items[2].day, plan.items[2].alone) == (date(2027, 2, 21), True)
    assert [plan.quiet_hours[0].hold(time(hour)) for hour in (0, 4, 5, 21, 22)] == [True, True, False, False, True]


def test_without_a_file_nothing_is_planned(tmp_path: Path) -> None:
    assert (
        due(load_schedule(tmp_path).items, None, datetime.fromisoformat("2026-11-24 12:00"), trusted=True).comes_next
        is None
    )


def test_a_schedule_that_cannot_be_read_is_none_that_is_empty(tmp_path: Path) -> None:
    (tmp_path / "schedule.toml").mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        load_schedule(tmp_path)
    assert load_schedule(tmp_path / "nowhere") == ScheduleConfig()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            item('at = "19:30"') + item('at = "19:30"'),
            ["weekly[1]: it starts at 19:30, in the same minute as weekly[0]"],
        ),
        (
            item('at = "19:30"') + item('at = "19:30"', "dated"),
            ["dated[0]: it starts at 19:30, in the same minute as weekly[0]"],
        ),
        (item('at = "19:30"') + item('at = "19:30"; alone = true', "dated"), []),
        (
            item('at = "19:30"; until = "21:00"') + item('at = "20:00"') + item('at = "20:30"'),
            [
                "weekly[1]: it starts at 20:00, while weekly[0] is on until 21:00",
                "weekly[2]: it starts at 20:30, while weekly[0] is on until 21:00",
            ],
        ),
        (
            item('at = "19:30"; grace_minutes = 31') + item('at = "20:00"'),
            ["weekly[0]: 31 minutes of grace reach past 20:00, when weekly[1] starts"],
        ),
        (item('at = "19:30"; grace_minutes = 30') + item('at = "20:00"'), []),
        (
            item('at = "23:50"; grace_minutes = 20') + item('at = "00:05"').replace("tuesday", "wednesday"),
            ["weekly[0]: 20 minutes of grace reach past 00:05, when weekly[1] starts"],
        ),
        (
            item('at = "23:50"; grace_minutes = 20').replace("tuesday", "sunday")
            + item('at = "00:05"').replace("tuesday", "monday"),
            ["weekly[0]: 20 minutes of grace reach past 00:05, when weekly[1] starts"],
        ),
        (
            item('at = "23:50"; grace_minutes = 20', "dated") + item('at = "00:05"').replace("tuesday", "wednesday"),
            ["dated[0]: 20 minutes of grace reach past 00:05, when weekly[0] starts"],
        ),
        (
            item('at = "00:05"', "dated") + item('at = "23:50"; grace_minutes = 20').replace("tuesday", "monday"),
            ["weekly[0]: 20 minutes of grace reach past 00:05, when dated[0] starts"],
        ),
        (
            item('at = "19:30"; until = "19:00"'),
            [
                "weekly[0]: it ends at 19:00, but starts at 19:30; make two items of what goes on after midnight",
            ],
        ),
        (
            item('at = "19:30"; until = "19:40"; grace_minutes = 11'),
            ["weekly[0]: 11 minutes of grace are longer than the item itself, which ends at 19:40"],
        ),
        (
            item('at = "19:30"', plays='playlist = "trau"'),
            ['weekly[0]: there is no playlist "trau"; did you mean "trâu"?'],
        ),
        (item('at = "19:30"', plays='playlist = "quýt"'), ['weekly[0]: there is no playlist "quýt"']),
        (item('at = "19:30"', plays=""), ["weekly[0]: name either a playlist or a broadcast"]),
        (
            item('at = "19:30"', plays='broadcast = "http://xa.example/"'),
            ["weekly[0]: a broadcast does not end by itself: set until"],
        ),
        (LISTS, ['playlist[1]: another playlist is called "trâu", too']),
        (
            '[[quiet]]\nstarts = "21:30"\nends = "05:00"\n'
            + item('at = "22:00"')
            + item('at = "21:00"; until = "21:31"')
            + item('at = "21:26"').replace("tuesday", "friday")
            + item('at = "05:00"'),
            [
                "weekly[0]: it starts at 22:00, in the quiet hours from 21:30 to 05:00",
                "weekly[1]: it is still on in the quiet hours from 21:30 to 05:00",
                "weekly[2]: 5 minutes of grace reach into the quiet hours from 21:30 to 05:00",
            ],
        ),
        ('[[quiet]]\nstarts = "5:00"\nends = "05:00"\n', ["quiet[0]: the quiet hours start and end at 05:00"]),
        ('quiet = "no"\n', ["quiet: 'no' is not a table; allowed: [[quiet]] with its own keys"]),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path: Path, text: str, expected: list[str]) -> None:
    first, second = (text, LISTS) if text.startswith("quiet =") else (LISTS, text)
    assert problems(tmp_path, first + second) == expected


@pytest.mark.parametrize("day", ['"2027-02-31"', '"2026-02-29"', '"31/2/2027"', '"9999-12-31"', "5", '"1999-01-01"'])
def test_an_impossible_date_is_named(tmp_path: Path, day: str) -> None:
    text = LISTS + item('at = "19:30"', "dated").replace('"2026-11-24"', day)
    (found,) = problems(tmp_path, text)
    assert found.startswith("dated[0].date: ")
    assert 'allowed: a date of the calendar in quotes, before 2100, such as "2027-02-06"' in found


def test_dates_and_times_may_stand_without_quotes_and_an_impossible_one_is_no_toml(tmp_path: Path) -> None:
    text = LISTS + item("at = 19:30:00", "dated").replace('"2026-11-24"', "2026-11-24")
    assert problems(tmp_path, text) == []
    assert "is not TOML" in problems(tmp_path, text.replace("2026-11-24", "2027-02-31"))[0]


@pytest.mark.parametrize("clock", ['"24:00"', '"19:60"', '"7h30"', '""', "1930", "19:30:01", "true"])
def test_an_impossible_minute_is_named(tmp_path: Path, clock: str) -> None:
    (found,) = problems(tmp_path, LISTS + item(f"at = {clock}"))
    assert found.startswith("weekly[0].at: ")
    assert 'allowed: a minute of the day in quotes, such as "19:30"' in found


@pytest.mark.parametrize("film", ["/etc/passwd", "../a.mp4", "a//b.mp4", "", "a/./b", "a\\u0000"])
def test_a_film_outside_the_content_folder_is_refused(tmp_path: Path, film: str) -> None:
    (found,) = problems(tmp_path, LISTS.replace("a.mp4", film))
    assert found.startswith("playlist[0].films[0]: ")


def test_everything_is_named_at_once_also_beside_what_cannot_be_read(tmp_path: Path) -> None:
    text = LISTS + item('at = "25:00"; grace_minute = 3') + item('at = "19:30"', plays='playlist = "x"')
    text += item('at = "19:30"; grace_minutes = 0') + item('at = "19:30"').replace("tuesday", "dienstag")
    text += item('at = "19:30"', "dated") + item('at = "19:31"', "dated")
    found = problems(tmp_path, text)
    assert [one.partition(":")[0] for one in found] == [
        "weekly[0].at",
        "weekly[0].grace_minute",
        "weekly[2].grace_minutes",
        "weekly[3].days[0]",
        "weekly[1]",
        "dated[0]",
        "dated[0]",
    ]
    assert 'did you mean "grace_minutes"?' in found[1]


def test_more_items_than_anybody_needs_are_refused_at_once(tmp_path: Path) -> None:
    text = LISTS + "".join(item(f'at = "{number // 60}:{number % 60:02}"; grace_minutes = 1') for number in range(201))
    assert problems(tmp_path, text) == ["weekly[200]: there are more than 200 items"]


def test_hub_check_tells_it_in_both_languages(project: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    text = (
        (project / "docs" / "hub.example.toml").read_text("utf-8").replace("[paths]", f'[paths]\ndata = "{tmp_path}"')
    )
    (tmp_path / "hub.toml").write_text(text, "utf-8")
    (tmp_path / "state" / "schedule.toml").write_text(LISTS + item('at = "19:30"') * 2, "utf-8")
    command = [sys.executable, "-m", "hub.cli", "check", str(tmp_path / "hub.toml")]
    done = subprocess.run(command, cwd=project, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "weekly[1]: it starts at 19:30, in the same minute as weekly[0]" in done.stderr
    assert "weekly[1]: bắt đầu lúc 19:30, đúng phút của weekly[0]" in done.stderr


def test_the_problem_itself_is_said_in_vietnamese(tmp_path: Path) -> None:
    (tmp_path / "schedule.toml").write_text(LISTS + item('at = "19:30"', plays=""), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_schedule(tmp_path)
    assert said(caught.value.problems[0].sentence, "vi").startswith("weekly[0]: ghi một danh sách phát hoặc một đài")


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("a:1", max_size=5)
    | st.sampled_from(["19:30", "trâu", "tuesday"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["playlist", "weekly", "dated", "quiet", "name", "films", "at", "until", "days", "date"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(tree=st.dictionaries(st.sampled_from(["playlist", "weekly", "dated", "quiet", "else"]), anything))
def test_no_tree_of_toml_brings_it_down(tree: dict[str, Any]) -> None:
    from hub.config import checked

    try:
        checked(ScheduleConfig, tree, "schedule.toml", "")
    except ConfigError as error:
        assert error.problems
        assert all(str(problem) for problem in error.problems)


@given(
    starts=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 90)), min_size=2, max_size=5),
)
def test_a_schedule_without_problems_never_has_two_chances_at_once(starts: list[tuple[int, int, int]]) -> None:
    """What the check promises to `due`: whatever the minute, only one item may start."""
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    tree = tomllib.loads(LISTS) | {
        "weekly": [
            {
                "days": [names[day]],
                "at": f"{minute // 60:02}:{minute % 60:02}",
                "grace_minutes": grace,
                "playlist": "trâu",
            }
            for day, minute, grace in starts
        ]
    }
    week = 7 * 1440
    spans = [((day * 1440 + minute) % week, grace) for day, minute, grace in starts]
    apart = all(
        (other - start) % week >= grace
        for number, (start, grace) in enumerate(spans)
        for place, (other, _) in enumerate(spans)
        if place != number
    )
    try:
        ScheduleConfig.model_validate(tree)
    except ValueError:
        assert not apart
    else:
        assert apart
