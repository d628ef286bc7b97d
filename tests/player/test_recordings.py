"""Recordings of telephones are taken in and made alike; everything else is refused. With the real FFmpeg."""

import io
import os
import random
import socket
import struct
import threading
import time
import wave
import zipfile
from pathlib import Path

import pytest
import sounds

from hub.system import atomic_write
from player.confined import Runner, find_walls
from player.errors import (
    NotAudioError,
    PlayerError,
    RecordingError,
    RecordingsBusyError,
    RecordingsFullError,
    RecordingTooLargeError,
)
from player.recordings import converting, probing
from player.recordings import studio as studio_module
from player.recordings.levels import TARGET_LUFS
from player.recordings.store import Recording, Recordings
from player.recordings.studio import MOST_BYTES, Studio
from player.testing import FakeVoice

HEARD_S = sounds.SPEECH_S + 0.6  # with a breath before and after
PHONES = {
    "iphone.m4a": ["-c:a", "aac", "-ar", "44100"],
    "chrome.webm": ["-c:a", "libopus"],
    "zalo.ogg": ["-c:a", "libopus", "-ac", "2"],
    "old.mp3": ["-c:a", "libmp3lame", "-ar", "22050"],
    "computer.wav": ["-c:a", "pcm_s16le", "-ac", "2"],
    "mac.caf": ["-c:a", "pcm_s16be"],
}


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    (tmp_path / "recordings").mkdir()
    return Recordings(tmp_path / "recordings", atomic_write)


@pytest.fixture(scope="module")
def runner() -> Runner:
    return Runner(find_walls())


@pytest.fixture
def studio(tmp_path: Path, recordings: Recordings, runner: Runner) -> Studio:
    return Studio(recordings, FakeVoice(), runner, tmp_path / "work")


def sent(studio: Studio, data: bytes) -> Recording:
    return studio.take_in(io.BytesIO(data), len(data))


@pytest.mark.parametrize("name", PHONES)
def test_what_phones_record_becomes_one_form(tmp_path: Path, studio: Studio, name: str) -> None:
    source = sounds.record(tmp_path / name, *PHONES[name])
    recording = sent(studio, source.read_bytes())
    assert recording.seconds == pytest.approx(HEARD_S, abs=0.25)
    with wave.open(str(recording.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        assert file.getnframes() / 48_000 == pytest.approx(recording.seconds, abs=0.02)


def test_old_telephones_record_in_amr(tmp_path: Path, studio: Studio) -> None:
    bare, wrapped = sounds.amr(tmp_path / "a.amr"), tmp_path / "a.3gp"
    sounds.ffmpeg("-i", str(bare), "-c:a", "copy", str(wrapped))
    for source in (bare, wrapped):
        recording = sent(studio, source.read_bytes())
        assert 1 < recording.seconds < 80 * 0.02 + 0.8
        assert sounds.loudness(recording.path)[1] <= -1


def test_nothing_says_who_spoke_or_where(tmp_path: Path, studio: Studio) -> None:
    source = sounds.record(tmp_path / "a.m4a", "-c:a", "aac")
    assert "Lan" in sounds.probed(source, "-show_entries", "format_tags")
    recording = sent(studio, source.read_bytes())
    assert "TAG" not in sounds.probed(recording.path, "-show_format", "-show_streams", "-show_chapters")
    assert b"Lan" not in recording.path.read_bytes() and b"21.3" not in recording.path.read_bytes()


def test_quiet_and_loud_ones_become_alike_and_none_is_clipped(tmp_path: Path, studio: Studio) -> None:
    for volume in ("-12dB", "24dB"):
        source = sounds.record(tmp_path / "a.wav", "-af", f"volume={volume}")
        loud, peak = sounds.loudness(sent(studio, source.read_bytes()).path)
        assert loud == pytest.approx(TARGET_LUFS, abs=2) and peak <= -1


def test_a_film_with_sound_gives_its_sound(tmp_path: Path, studio: Studio) -> None:
    picture = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:d=2"]
    sounds.ffmpeg(*picture, "-f", "lavfi", "-i", sounds.SPEECH, "-c:a", "aac", str(tmp_path / "film.mp4"))
    recording = sent(studio, (tmp_path / "film.mp4").read_bytes())
    assert "video" not in sounds.probed(recording.path, "-show_entries", "stream=codec_type")


def test_a_cover_beyond_all_measure_is_no_hindrance(tmp_path: Path, studio: Studio) -> None:
    cover = tmp_path / "cover.png"
    sounds.ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", str(cover))
    song = ["-f", "lavfi", "-i", sounds.SPEECH, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy"]
    sounds.ffmpeg(*song, str(tmp_path / "a.mp3"))
    head = bytes([0, 0, 0, 13]) + b"IHDR"
    small, huge = head + struct.pack(">II", 64, 64), head + struct.pack(">II", 16_000, 16_000)
    song_with_bomb = (tmp_path / "a.mp3").read_bytes().replace(small, huge)
    assert huge in song_with_bomb
    assert sent(studio, song_with_bomb).seconds > 1


def test_one_stream_after_the_other_is_one_recording(tmp_path: Path, studio: Studio) -> None:
    one = sounds.record(tmp_path / "a.ogg", "-c:a", "libopus").read_bytes()
    assert HEARD_S < sent(studio, one * 3).seconds < 3 * 4.5


def test_a_recording_whose_clock_begins_a_day_late_is_as_long_as_its_sound(tmp_path: Path, studio: Studio) -> None:
    sounds.ffmpeg("-f", "lavfi", "-i", sounds.SPEECH, "-output_ts_offset", "90000", str(tmp_path / "a.mka"))
    assert float(sounds.probed(tmp_path / "a.mka", "-show_entries", "format=duration").split("=")[1]) > 80_000
    assert sent(studio, (tmp_path / "a.mka").read_bytes()).seconds == pytest.approx(sounds.SPEECH_S, abs=0.2)


@pytest.mark.long
def test_spoilt_files_are_taken_or_refused_and_nothing_else(tmp_path: Path, studio: Studio) -> None:
    chance = random.Random(11)
    sources = [sounds.record(tmp_path / name, *PHONES[name]).read_bytes() for name in PHONES]
    sources.append(sounds.amr(tmp_path / "a.amr").read_bytes())
    taken = refused = 0
    for _ in range(200):
        spoilt = bytearray(chance.choice(sources))
        for _ in range(chance.choice([1, 5, 50, 500])):
            spoilt[chance.choice([chance.randrange(200), chance.randrange(len(spoilt))])] = chance.randrange(256)
        try:
            assert (
                sent(studio, bytes(spoilt[: chance.choice([len(spoilt), chance.randrange(len(spoilt))])])).seconds > 0
            )
            taken += 1
        except RecordingError as error:
            assert error.hint
            refused += 1
    assert taken > 10 and refused > 10
    assert list((tmp_path / "work").iterdir()) == []


def test_a_cut_recording_gives_what_is_there(tmp_path: Path, studio: Studio) -> None:
    whole = sounds.record(tmp_path / "a.ogg", "-c:a", "libopus").read_bytes()
    assert 0 < sent(studio, whole[: len(whole) * 2 // 3]).seconds < HEARD_S + 0.3


def silent_film() -> bytes:
    path = Path(os.environ["PYTEST_FOLDER"], "silent.mp4")
    sounds.ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:d=1", str(path))
    return path.read_bytes()


def pcm(seconds: float, rate: int = 8000, level: int = 0) -> bytes:
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setparams((1, 1, rate, 0, "NONE", ""))
        file.writeframes(bytes([128 + level, 128 - level]) * int(seconds * rate / 2))
    return memory.getvalue()


def archive() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr("a.wav", pcm(1))
    return memory.getvalue()


NO_RECORDINGS = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\0",
    "a text": lambda: "Kính mời bà con".encode() * 100,
    "HTML": lambda: b"<!DOCTYPE html><html><body><audio src='a.mp3'></audio></body></html>",
    "PDF": lambda: b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + b"x" * 5000,
    "ZIP": archive,
    "PNG": lambda: b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(2000),
    "random bytes": lambda: random.Random(2).randbytes(300_000),
    "a film without sound": silent_film,
    "a head of WAV and no sound": lambda: pcm(0),
    "a head of MP4 and nothing": lambda: b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0" + b"\0" * 2000,
    "a head of OGG and rubbish": lambda: b"OggS\0\x02" + random.Random(3).randbytes(5000),
    "a WAV that promises more channels than there are": lambda: pcm(1)[:22] + b"\xff\xff" + pcm(1)[24:],
    "silence": lambda: pcm(3),
}


@pytest.mark.parametrize("kind", NO_RECORDINGS)
def test_what_is_no_recording_is_refused(
    tmp_path: Path, studio: Studio, recordings: Recordings, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("PYTEST_FOLDER", str(tmp_path))
    with pytest.raises(NotAudioError) as refused:
        sent(studio, NO_RECORDINGS[kind]())
    assert refused.value.hint
    assert recordings.all() == []
    assert list((tmp_path / "work").iterdir()) == []


def test_a_list_that_names_other_places_leads_nowhere(tmp_path: Path, recordings: Recordings) -> None:
    """Not to a server in the house, and not to a file of the hub, even where there are no walls around the child."""
    secret = sounds.record(tmp_path / "secret.wav")
    studio = Studio(recordings, FakeVoice(), Runner(), tmp_path / "work")
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def answer() -> None:
            try:
                while True:
                    calls.append(server.accept())
            except OSError:
                return

        listener = threading.Thread(target=answer)
        listener.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.mp3"
        lists = [
            f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
            f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{secret}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile '{secret}'\n",
            f"ffconcat version 1.0\nfile '{url}'\n",
            f"[playlist]\nFile1={url}\nNumberOfEntries=1\n",
            f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>',
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
        ]
        for text in lists:
            with pytest.raises(NotAudioError):
                sent(studio, text.encode())
        server.shutdown(socket.SHUT_RDWR)
        listener.join()
    assert calls == []


def test_too_long_a_recording_is_refused_even_if_the_file_lies(
    tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RecordingTooLargeError, match="10 minutes"):
        sent(studio, pcm(603))
    monkeypatch.setattr(converting, "LONGEST_S", 60)
    monkeypatch.setattr(probing, "LONGEST_S", 60)
    (tmp_path / "a.wav").write_bytes(pcm(70, level=40))
    sounds.ffmpeg("-i", str(tmp_path / "a.wav"), "-c:a", "copy", str(tmp_path / "a.mka"))
    honest = (tmp_path / "a.mka").read_bytes()
    head = honest.index(b"\x44\x89\x88") + 3  # Matroska's Duration, a float of eight bytes
    (tmp_path / "a.mka").write_bytes(honest[:head] + struct.pack(">d", 5000) + honest[head + 8 :])
    assert "duration=5.0" in sounds.probed(tmp_path / "a.mka", "-show_entries", "format=duration")
    with pytest.raises(RecordingTooLargeError, match="longer than"):
        sent(studio, (tmp_path / "a.mka").read_bytes())


def test_too_many_bytes_are_not_even_read(studio: Studio) -> None:
    class Untouched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("it was read")

    with pytest.raises(RecordingTooLargeError, match="32 MB"):
        studio.take_in(Untouched(), MOST_BYTES + 1)


def test_fewer_bytes_than_promised_are_told(studio: Studio) -> None:
    with pytest.raises(RecordingError, match="whole"):
        studio.take_in(io.BytesIO(b"abc"), 4)


def test_no_room_in_memory_is_told_before_anything_is_read(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = studio_module.shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(studio_module.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(RecordingsFullError) as full:
        sent(studio, pcm(1, level=40))
    assert full.value.hint


def test_a_crowd_is_told_to_wait(studio: Studio) -> None:
    entered, leave = threading.Barrier(2), threading.Event()

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            entered.wait(10)
            leave.wait(10)
            return b""

    def try_slowly() -> None:
        with pytest.raises(RecordingError, match="whole"):
            studio.take_in(Slow(), 10)

    first = threading.Thread(target=try_slowly)
    first.start()
    entered.wait(10)
    waiting = threading.Thread(target=lambda: sent(studio, pcm(1, level=40)))
    waiting.start()
    for _ in range(1000):
        if not studio._seats._value:  # type: ignore[attr-defined]
            break
        time.sleep(0.01)
    with pytest.raises(RecordingsBusyError):
        sent(studio, pcm(1, level=40))
    leave.set()
    first.join()
    waiting.join()
    assert sent(studio, pcm(1, level=40)).seconds > 0.5


def test_a_text_becomes_a_recording(studio: Studio) -> None:
    recording, words = studio.read_out("Họp lúc 19h30")
    assert words == "Họp lúc mười chín giờ ba mươi phút"
    assert recording.kind == "text"
    assert recording.seconds == pytest.approx(len(words) * 0.06, abs=0.15)
    with pytest.raises(PlayerError):
        studio.read_out("🔥")


def test_what_was_left_behind_is_swept_away(tmp_path: Path, studio: Studio) -> None:
    (tmp_path / "work" / "tmpabc").mkdir(parents=True)
    (tmp_path / "work" / "tmpabc" / "sent").write_bytes(b"half")
    (tmp_path / "recordings" / ".000001-abcdef.recording.10.wav.77.x.tmp").write_bytes(b"half")
    studio.sweep()
    assert list((tmp_path / "work").iterdir()) == [] == list((tmp_path / "recordings").iterdir())
