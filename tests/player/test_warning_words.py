"""What is read out of a warning."""

from __future__ import annotations

from dataclasses import replace

from cap_samples import FLOOD, FULL

from player.alerts.cap_judging import Outcome, Ruling
from player.alerts.cap_reading import read_alert
from player.alerts.warning_words import warning_words
from player.errors import Sentence

FLASH = Ruling(Outcome.SPEAK, infos=read_alert(FULL).infos[:1])


def test_the_message_speaks_for_itself() -> None:
    assert warning_words(FLASH) == (
        "Lũ quét đang về, lên chỗ cao ngay",
        "Ven suối",
        "Nước suối dâng nhanh.",
        "Rời khỏi bờ suối, lên nhà văn hóa.",
    )
    assert warning_words(replace(FLASH, infos=read_alert(FLOOD).infos * 2)) == ("Lũ quét",)


def test_an_exercise_is_called_one_first_and_last() -> None:
    words = warning_words(replace(FLASH, exercise=True))
    assert words[0] == words[-1] == "This is an exercise. There is no danger."
    assert isinstance(words[0], Sentence)


def test_an_all_clear_is_said_even_without_a_word_of_the_message() -> None:
    assert warning_words(replace(FLASH, all_clear=True))[:2] == ("All clear.", "Lũ quét đang về, lên chỗ cao ngay")
    assert warning_words(Ruling(Outcome.SPEAK, all_clear=True)) == (
        "All clear.",
        "The earlier warning has been taken back.",
    )
