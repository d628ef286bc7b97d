"""The demo's film and sound are made once, are whole, and are left out kindly where ffmpeg is missing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from library.demo_media import make_media
from library.testing import shelve


def run(args: Sequence[str]) -> str:
    return subprocess.run(args, check=True, capture_output=True, text=True).stdout


def no_run(args: Sequence[str]) -> str:
    raise AssertionError(args)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed; ./run test installs it")
def test_they_are_made_once_and_come_onto_the_shelf(tmp_path: Path) -> None:
    content, state = tmp_path / "content", tmp_path / "state"
    content.mkdir()
    state.mkdir()
    make_media(content, run, lambda _: None)
    make_media(content, no_run, no_run)  # type: ignore[arg-type]
    media = shelve(content, state).media()
    assert {key: line.kind for key, line in media.items()} == {"phim-mot-ngay-o-ban": "film", "dieu-nam-not": "sound"}
    film = media["phim-mot-ngay-o-ban"].facts
    assert film is not None
    assert film.media is not None
    assert film.rights is not None
    assert (film.creator, film.rights.holder) == ("Nhóm làm tủ sách", "Nhóm làm tủ sách")
    assert film.media.plays_on_iphones
    assert film.media.starts_at_once
    assert [words.language for words in film.media.subtitles] == ["vi", "en"]
    assert not [path for path in content.iterdir() if path.name.startswith(".")]


def test_without_ffmpeg_and_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def failing(args: Sequence[str]) -> str:
        raise RuntimeError("no codec")

    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/ffmpeg")
    make_media(tmp_path, failing, said.append)
    assert [line for line in said if "no codec" in line]
    monkeypatch.setattr(shutil, "which", lambda _: None)
    make_media(tmp_path, no_run, said.append)
    assert "ffmpeg is not installed" in said[-1]
    assert list(tmp_path.iterdir()) == []
