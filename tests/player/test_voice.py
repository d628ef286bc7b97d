"""The voice, with the real eSpeak NG: what it says has sound, and lasts as long as the words are."""

import array
import wave
from pathlib import Path

import pytest

from player.announcing.signals import Signal, Signals, with_signal
from player.confined import Runner
from player.errors import ProgramMissingError, SpeechError, VoiceError
from player.speech.config import VoiceConfig
from player.speech.reader import Reader
from player.speech.voice import LONGEST_WORDS, EspeakVoice
from player.speech.wording import spoken_text
from player.testing import FakeVoice

INVITATION = spoken_text("Kính mời bà con 7h30 ngày 28/11/2026 đến NVH thôn họp.")


def sound(path: Path) -> tuple[float, int]:
    """How many seconds a WAV file lasts, and its loudest sample."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = array.array("h", file.readframes(file.getnframes()))
        return len(samples) / file.getframerate(), max(map(abs, samples), default=0)


def said(words: str, into: Path, **settings: object) -> tuple[float, int]:
    EspeakVoice(VoiceConfig.model_validate(settings), Runner()).say(words, into)
    return sound(into)


@pytest.mark.parametrize("region", ["north", "central", "south"])
def test_words_become_sound(tmp_path: Path, region: str) -> None:
    seconds, loudest = said(INVITATION, tmp_path / "a.wav", region=region)
    assert len(INVITATION) / 25 < seconds < len(INVITATION) / 6
    assert loudest > 5_000


def test_regions_sound_different(tmp_path: Path) -> None:
    for region in ("north", "central", "south"):
        said(INVITATION, tmp_path / region, region=region)
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 3


def test_twice_the_words_take_twice_as_long_and_slower_takes_longer(tmp_path: Path) -> None:
    once, _ = said(INVITATION, tmp_path / "a.wav")
    twice, _ = said(f"{INVITATION}\n{INVITATION}", tmp_path / "b.wav")
    slow, _ = said(INVITATION, tmp_path / "c.wav", words_a_minute=80)
    assert 1.8 < twice / once < 2.2
    assert slow > 1.3 * once


def test_nothing_of_a_text_is_an_order(tmp_path: Path) -> None:
    plain, _ = said("xin chào bà con", tmp_path / "a.wav")
    for text in ("--version", "-f /etc/passwd", "<audio src='/x.wav'/> xin chào", "xin chào [[aaaaaaaaaaaaaaaaaaaa]]"):
        seconds, loudest = said(text, tmp_path / "b.wav")
        assert loudest > 1_000 and seconds < 5 * plain


@pytest.mark.parametrize("words", ["", " \n ", "...", "\0", "a" * (LONGEST_WORDS + 1)])
def test_nothing_and_too_much_are_refused(tmp_path: Path, words: str) -> None:
    for voice in (EspeakVoice(VoiceConfig(), Runner()), FakeVoice()):
        with pytest.raises(SpeechError) as refused:
            voice.say(words, tmp_path / "a.wav")
        assert refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_the_reader_writes_out_what_is_vietnamese_and_leaves_no_file(tmp_path: Path) -> None:
    voice = FakeVoice()
    reader = Reader(voice, tmp_path / "work")
    assert reader.say("Họp lúc 19h", "vi-VN")[:4] == b"RIFF"
    reader.say("Meeting at 19h", "en")
    assert voice.said == ["Họp lúc mười chín giờ", "Meeting at 19h"]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_signal_goes_before_what_is_read(tmp_path: Path) -> None:
    speech = Reader(EspeakVoice(VoiceConfig(), Runner()), tmp_path / "work").say("Họp lúc 19h", "vi")
    (tmp_path / "alone.wav").write_bytes(speech)
    (tmp_path / "both.wav").write_bytes(with_signal(Signal.ORDINARY, speech, Signals()))
    assert sound(tmp_path / "both.wav")[0] > sound(tmp_path / "alone.wav")[0] + 1


def test_other_languages_have_their_voices_and_unknown_ones_none(tmp_path: Path) -> None:
    voice = EspeakVoice(VoiceConfig(), Runner())
    for number, language in enumerate(("vi-VN", "en-GB", "", "--help", "../../x")):
        voice.say("one two three", tmp_path / f"{number}.wav", language)
    vietnamese, english, *odd = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert english != vietnamese and set(odd) == {vietnamese}
    with pytest.raises(VoiceError):
        voice.say("one two three", tmp_path / "a.wav", "xx")


def test_a_missing_voice_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissingError) as missing:
        EspeakVoice(VoiceConfig(), Runner(), "espeak-not-here").say("xin chào", tmp_path / "a.wav")
    assert "apt install" in missing.value.hint


@pytest.mark.parametrize("ending", ["exit 1", "kill -9 $$", "echo half > \"$(echo $* | sed 's/.*-w //')\"; kill -9 $$"])
def test_a_voice_that_fails_leaves_nothing(tmp_path: Path, ending: str) -> None:
    program = tmp_path / "voice"
    program.write_text(f"#!/bin/sh\n{ending}\n")
    program.chmod(0o755)
    with pytest.raises(VoiceError):
        EspeakVoice(VoiceConfig(), Runner(), str(program)).say("xin chào", tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


def test_the_stand_in_hums_as_long_as_its_words(tmp_path: Path) -> None:
    voice = FakeVoice()
    voice.say("a" * 10, tmp_path / "a.wav")
    assert voice.said == ["a" * 10]
    assert sound(tmp_path / "a.wav")[0] == pytest.approx(0.6)
    voice.fails = True
    with pytest.raises(VoiceError):
        voice.say("a", tmp_path / "a.wav")
