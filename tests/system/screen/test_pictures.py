"""What is seen: the backdrop, films, subtitles, the corner, the cover; on the television and in photographs."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vlc
from television import SIZE, Television, card, ended_afterwards, opened, television, wait_until
from Xlib import Xatom
from Xlib.display import Display

from player.errors import ScreenError
from player.screen import Happening, Media, Report

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
LEFT, RIGHT, CORNER = (160, 180), (480, 180), (580, 40)

Opening = Callable[..., Any]


def near(pixel: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, wanted, strict=True))


def test_backdrop_film_corner_cover_and_backdrop_again(tv: Television, clips: Path, opening: Opening) -> None:
    watched = opening(screen="window")
    screen = watched.screen
    screen.backdrop(clips / "red.png")
    wait_until(lambda: tv.at(*LEFT) == RED, "the backdrop is seen")
    watched.play(Media(str(clips / "halves.mp4"), start_ms=1500))
    wait_until(lambda: near(tv.at(*LEFT), YELLOW) and near(tv.at(*RIGHT), BLUE), "the film is seen")
    screen.corner(clips / "corner.png")
    wait_until(lambda: tv.at(*CORNER) == GREEN, "the corner is seen")
    screen.hold(held=True)
    wait_until(lambda: not watched.look().playing, "the film is held")
    screen.cover(clips / "red.png")
    wait_until(lambda: tv.at(*LEFT) == tv.at(*CORNER) == RED, "the cover is seen")
    screen.cover(None)
    wait_until(lambda: near(tv.at(*LEFT), YELLOW), "the held film is seen again")
    assert tv.at(*CORNER) == GREEN
    assert near(opened(screen.photograph()).getpixel(LEFT), YELLOW)
    screen.hold(held=False)
    assert watched.reported(1) is Happening.ENDED
    assert watched.look().position_ms >= 2700
    screen.stop()
    wait_until(lambda: tv.at(*LEFT) == tv.at(*CORNER) == RED, "the backdrop is seen, and no corner")
    assert screen.look() is None
    assert watched.reports == [Report(1, Happening.ENDED)]


def test_a_film_begins_in_its_middle_and_is_held_sought_and_let_go(
    tv: Television, clips: Path, opening: Opening
) -> None:
    watched = opening(screen="window", sound="none")
    watched.play(Media(str(clips / "colours.mp4"), start_ms=1300))
    wait_until(lambda: near(tv.at(*LEFT), GREEN), "its second part is seen")
    watched.screen.hold(held=True)
    wait_until(lambda: not watched.look().playing, "it is held")
    watched.screen.seek(300)
    wait_until(lambda: near(tv.at(*LEFT), RED), "its first part is seen, held")
    assert not watched.look().playing
    assert watched.look().position_ms == 300
    watched.screen.hold(held=False)
    wait_until(lambda: near(tv.at(*LEFT), GREEN), "it goes on")
    assert watched.reports == []


def test_a_film_can_be_held_and_sought_before_it_has_begun(tv: Television, clips: Path, opening: Opening) -> None:
    watched = opening(screen="window", sound="none")
    watched.screen.play(Media(str(clips / "colours.mp4")), 1)
    watched.screen.hold(held=True)
    watched.screen.seek(2050)
    wait_until(lambda: near(tv.at(*LEFT), BLUE) and not watched.look().playing, "its last part is seen, held")
    assert watched.look().position_ms >= 2000
    assert watched.reports == []


def test_between_two_films_the_backdrop_is_not_seen(tv: Television, clips: Path, opening: Opening) -> None:
    watched = opening(screen="window", sound="none")
    watched.screen.backdrop(clips / "green.png")
    watched.play(Media(str(clips / "colours.mp4"), start_ms=2300))
    wait_until(lambda: near(tv.at(*LEFT), BLUE), "the first film is seen")
    assert watched.reported(1) is Happening.ENDED
    watched.screen.play(Media(str(clips / "colours.mp4")), 2)
    seen: list[object] = []
    wait_until(lambda: seen.append(tv.at(*LEFT)) or near(seen[-1], RED), "the second film is seen")  # type: ignore[func-returns-value]
    assert GREEN not in seen


@pytest.mark.parametrize("text", ["Cây keo lá tràm", "Giống lúa ở Đồng Tiến"])
def test_subtitles_are_drawn(tv: Television, clips: Path, tmp_path: Path, opening: Opening, text: str) -> None:
    subtitles = tmp_path / "x.srt"
    subtitles.write_text(f"1\n00:00:00,000 --> 00:00:03,000\n{text}\n", "utf-8")
    watched = opening(screen="window", sound="none")
    lower = (0, SIZE[1] * 2 // 3, *SIZE)

    def white() -> int:
        return tv.seen().crop(lower).convert("L").point(lambda shade: shade > 200 and 255).histogram()[255]

    watched.play(Media(str(clips / "colours.mp4")), 1)
    wait_until(lambda: near(tv.at(*LEFT), RED), "the film is seen")
    assert white() == 0
    watched.play(Media(str(clips / "colours.mp4"), subtitles=subtitles), 2)
    wait_until(lambda: white() > 100, "words are seen")


def test_a_sound_leaves_the_backdrop_alone(tv: Television, clips: Path, opening: Opening) -> None:
    watched = opening(screen="window")
    watched.screen.backdrop(clips / "red.png")
    watched.play(Media(str(clips / "halves.mp4")))
    watched.screen.play(Media(str(clips / "spoken.wav")), 2)
    wait_until(lambda: watched.look().position_ms > 0, "the sound advances")
    wait_until(lambda: tv.at(*LEFT) == RED, "the backdrop is seen")
    assert not watched.look().has_video


def test_a_picture_that_is_none_is_told_and_the_old_one_stays(
    tv: Television, clips: Path, tmp_path: Path, opening: Opening
) -> None:
    watched = opening(screen="window")
    watched.screen.backdrop(clips / "red.png")
    for name, content in {"words.png": b"no picture", "cut.png": (clips / "green.png").read_bytes()[:60]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ScreenError, match=name):
            watched.screen.backdrop(tmp_path / name)
    with pytest.raises(ScreenError, match=r"nowhere\.png"):
        watched.screen.cover(tmp_path / "nowhere.png")
    wait_until(lambda: tv.at(*LEFT) == RED, "the old backdrop is seen")


def test_photographs_without_a_display_show_what_a_television_would(clips: Path, opening: Opening) -> None:
    watched = opening(screen="hidden")
    screen = watched.screen

    def photographed(x: int, y: int) -> object:
        picture = opened(screen.photograph())
        assert picture.size == (960, 540)
        return picture.getpixel((x * 3 // 2, y * 3 // 2))

    assert photographed(*LEFT) == (0, 0, 0)
    screen.backdrop(clips / "red.png")
    assert near(photographed(*LEFT), RED)
    watched.play(Media(str(clips / "halves.mp4")))
    screen.hold(held=True)
    wait_until(lambda: near(photographed(*LEFT), YELLOW) and near(photographed(*RIGHT), BLUE), "the film is seen")
    screen.corner(clips / "corner.png")
    assert near(photographed(598, 28), GREEN)
    screen.cover(clips / "green.png")
    assert near(photographed(*LEFT), GREEN)
    screen.cover(None)
    screen.stop()
    assert near(photographed(598, 28), RED)


def test_the_display_may_come_late_go_and_come_back(
    speaker: object, clips: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    with television() as free:
        number = free.display.removeprefix(":")
    monkeypatch.setenv("DISPLAY", f":{number}")
    watched = opening(screen="window")
    watched.screen.backdrop(clips / "red.png")
    watched.screen.play(Media(str(clips / "spoken.wav")), 1)
    wait_until(lambda: watched.look().position_ms > 0, "it sounds without a display")
    place = f"/tmp/.X11-unix/X{number}"
    for generation in (2, 3):
        quiet = subprocess.DEVNULL
        command = ["Xvfb", f":{number}", "-screen", "0", "{}x{}x24".format(*SIZE), "-nolisten", "tcp"]
        with ended_afterwards(subprocess.Popen(command, stdout=quiet, stderr=quiet, env={**os.environ})):
            wait_until(lambda: _connects(place), "the display listens")
            shown = Television(f":{number}")
            wait_until(lambda: _seen(watched, shown, clips), "the backdrop is seen")  # noqa: B023
            watched.play(Media(str(clips / "halves.mp4")), generation)
            wait_until(lambda: near(shown.at(*LEFT), YELLOW), "the film is seen")  # noqa: B023
            shown.close()
        watched.screen.cover(clips / "red.png")
        watched.screen.play(Media(str(clips / "spoken.wav")), generation + 10)
        wait_until(lambda: watched.look().position_ms > 0, "it sounds without a display again")


def _seen(watched: Any, shown: Television, clips: Path) -> bool:
    watched.screen.backdrop(clips / "red.png")
    return shown.at(*LEFT) == RED


def _connects(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as attempt:
        return attempt.connect_ex(path) == 0


def test_beside_a_window_manager_it_is_an_ordinary_window(
    speaker: object, clips: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    with television() as desk:
        monkeypatch.setenv("DISPLAY", desk.display)
        display = Display(desk.display)
        root = display.screen().root
        root.change_property(display.intern_atom("_NET_SUPPORTING_WM_CHECK"), Xatom.WINDOW, 32, [root.id])
        display.sync()
        watched = opening(screen="window")
        watched.screen.backdrop(clips / "red.png")
        wait_until(lambda: desk.at(10, 10) == RED, "the backdrop is seen")
        window = root.query_tree().children[0]
        assert not window.get_attributes().override_redirect
        assert (window.get_geometry().width, window.get_wm_name()) == (SIZE[0] * 2 // 3, "Village hub")
        assert opened(watched.screen.photograph()).size == (SIZE[0] * 2 // 3, SIZE[1] * 2 // 3)
        assert desk.at(SIZE[0] - 10, SIZE[1] - 10) == (0, 0, 0)
        display.close()
        watched.screen.close()


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 1024), (720, 576)])
def test_pictures_are_whole_on_every_screen(
    speaker: object, tmp_path: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    with television(size) as wide:
        monkeypatch.setenv("DISPLAY", wide.display)
        watched = opening(screen="window")
        watched.screen.backdrop(card(tmp_path / "tall.png", RED, (500, 1000)))
        wait_until(lambda: wide.at(size[0] // 2, 2) == RED, "its upper edge is seen")
        assert wide.at(size[0] // 2, size[1] - 3) == RED
        assert wide.at(2, size[1] // 2) == wide.at(size[0] - 3, size[1] // 2) == (0, 0, 0)
        watched.screen.close()


def test_closing_twice_lets_go_of_libvlc_once(
    speaker: object, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    released: list[object] = []
    release = vlc.Instance.release
    monkeypatch.setattr(vlc.Instance, "release", lambda self: released.append(self) or release(self))
    watched = opening(screen="hidden")
    watched.screen.close()
    watched.screen.close()
    assert len(released) == 1
