"""What is no film, streams that answer badly, and what comes late: the screen goes on, and says enough to judge by."""

from __future__ import annotations

import http.server
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from frames import CountedFrames
from television import SIZE, wait_until

from player.errors import ScreenMissingError
from player.screen import Happening, Look, Media, NoScreen, Report
from player.vlc.library import Library
from player.vlc.screen import VlcScreen

Opening = Callable[..., Any]


@pytest.fixture(scope="session")
def bad(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are no films, or only half of one."""
    folder = tmp_path_factory.mktemp("bad")
    whole = (clips / "colours.mp4").read_bytes()
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "noise.mp4").write_bytes(random.Random(5).randbytes(60_000))
    (folder / "words.mp4").write_text("Đây không phải là phim. " * 500, "utf-8")
    (folder / "head.mp4").write_bytes(whole[:400])
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "list.mp4").write_text("#EXTM3U\n/etc/passwd\n", "utf-8")
    known, unknown = b"avc1", b"zzz1"
    assert known in whole
    (folder / "unknown.mp4").write_bytes(whole.replace(known, unknown))
    return folder


def judged(watched: Any, generation: int, look: Look) -> str:
    """What the engine can know: that it failed, that it ended early, or that it played."""
    happened = [report.happening for report in watched.reports if report.generation == generation]
    if happened == [Happening.FAILED]:
        return "failed"
    return "early" if happened and look.position_ms < 0.9 * max(look.length_ms, 1000) else "played"


@pytest.mark.parametrize(
    "name", ["empty.mp4", "noise.mp4", "words.mp4", "head.mp4", "cut.mp4", "list.mp4", "nowhere.mp4"]
)
def test_a_broken_file_ends_early_or_fails_and_the_next_film_plays(
    bad: Path, clips: Path, opening: Opening, name: str
) -> None:
    watched = opening(screen="hidden", sound="none")
    watched.screen.play(Media(str(bad / name)), 1)
    watched.reported(1)
    assert judged(watched, 1, watched.look()) in {"failed", "early"}
    watched.play(Media(str(clips / "colours.mp4"), start_ms=2500), 2)
    assert watched.reported(2) is Happening.ENDED
    assert judged(watched, 2, watched.look()) == "played"
    assert [report.generation for report in watched.reports] == [1, 2]


def test_an_unknown_codec_has_video_and_no_picture(bad: Path, opening: Opening) -> None:
    watched = opening(screen="hidden", sound="none")
    watched.screen.play(Media(str(bad / "unknown.mp4")), 1)
    wait_until(lambda: watched.reports or watched.look().has_video, "it is open")
    assert not watched.look().has_picture


def test_every_frame_is_shown_once_and_none_while_held(clips: Path, speaker: object) -> None:
    frames, reports = CountedFrames(SIZE), []  # type: ignore[var-annotated]
    screen = VlcScreen(Library("none"), frames, reports.append)
    screen.play(Media(str(clips / "colours.mp4"), start_ms=1000), 1)
    wait_until(lambda: len(frames.shown) > 20, "frames are shown")
    screen.hold(held=True)
    wait_until(lambda: not (look := screen.look()) or not look.playing, "it is held")
    held = len(frames.shown)
    screen.hold(held=False)
    wait_until(lambda: reports == [Report(1, Happening.ENDED)], "it ends")
    screen.close()
    assert held < 50
    assert 42 <= len(frames.shown) <= 54


def test_nothing_is_reported_of_what_was_replaced(bad: Path, clips: Path, opening: Opening) -> None:
    watched = opening(screen="hidden", sound="none")
    for generation in range(1, 20):
        watched.screen.play(Media(str(bad / ("noise.mp4", "empty.mp4")[generation % 2])), generation)
        seen = len(watched.reports)
        watched.screen.stop()
        assert all(report.generation <= generation for report in watched.reports[seen:])
    before = len(watched.reports)
    watched.play(Media(str(clips / "colours.mp4"), start_ms=2500), 20)
    assert watched.reported(20) is Happening.ENDED
    assert [report.generation for report in watched.reports[before:]] == [20]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that a web server shows, and its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_broadcast_plays_and_a_missing_one_fails(site: tuple[Path, str], clips: Path, opening: Opening) -> None:
    folder, address = site
    command = ["ffmpeg", "-v", "error", "-i", str(clips / "halves.mp4"), "-c", "copy", "-f", "hls", "-hls_time", "1"]
    subprocess.run([*command, "-hls_playlist_type", "vod", str(folder / "live.m3u8")], check=True)
    watched = opening(screen="hidden")
    watched.play(Media(f"{address}/live.m3u8"), 1)
    wait_until(lambda: watched.look().position_ms > 0, "it advances")
    assert watched.look().has_video
    watched.screen.play(Media(f"{address}/nothing.m3u8"), 2)
    watched.reported(2)
    assert judged(watched, 2, watched.look()) in {"failed", "early"}


def test_a_stream_that_never_answers_says_nothing_and_lets_go(clips: Path, opening: Opening) -> None:
    watched = opening(screen="hidden", sound="none")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        watched.screen.play(Media(f"http://127.0.0.1:{silent.getsockname()[1]}/live.m3u8"), 1)
        connection, _ = silent.accept()
        with connection:
            look = watched.look()
            assert (look.position_ms, look.playing, look.has_picture) == (0, False, False)
            watched.play(Media(str(clips / "colours.mp4"), start_ms=2500), 2)
            assert watched.reported(2) is Happening.ENDED
    assert [report.generation for report in watched.reports] == [2]


def test_without_vlc_there_is_a_screen_that_says_so(tmp_path: Path, project: Path) -> None:
    (tmp_path / "vlc.py").write_text("import sys\nsys.exit('no library')\n", "utf-8")
    program = """
from player.config import PlayerConfig
from player.errors import ScreenMissingError
from player.screen import Media
from player.vlc.opening import open_screen
screen = open_screen(PlayerConfig(screen="window"), print)
try:
    screen.play(Media("/film.mp4"), 1)
except ScreenMissingError as error:
    print(type(screen).__name__, error.message, error.hint)
"""
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{project}"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("NoScreen VLC is not there, so nothing can be played. Install it: apt-get install ")


def test_a_hub_without_a_screen_names_the_setting(opening: Opening) -> None:
    watched = opening(screen="none")
    assert isinstance(watched.screen, NoScreen)
    with pytest.raises(ScreenMissingError) as refused:
        watched.screen.speak(Media("/spoken.wav"), 1)
    assert "[player] screen" in refused.value.hint
