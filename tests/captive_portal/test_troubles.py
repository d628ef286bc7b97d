"""A trouble is told once, its end once, and nobody's address with it."""

import logging

import pytest

from captive_portal.errors import WallError
from captive_portal.troubles import Trouble, scrubbed


def test_it_is_told_once_until_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble("the wall")
    with caplog.at_level(logging.INFO, "captive_portal"):
        trouble.over()
        for _ in range(5):
            trouble.met(WallError("add element { 10.10.10.20 . 02:00:00:00:00:aB } failed", "See 10.10.10.1."))
        assert trouble.failing
        trouble.over()
        trouble.over()
    assert caplog.messages == [
        "the wall fails: add element { (a phone) . (a phone) } failed See (a phone).",
        "the wall works again",
    ]
    assert not trouble.failing


def test_other_words_stay() -> None:
    assert scrubbed("error 5 at 12:30 in 1.0.6") == "error 5 at 12:30 in 1.0.6"
