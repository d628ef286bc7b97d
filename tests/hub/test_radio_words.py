"""What people read when the radio is in trouble: in the page's own language, each trouble in words of its own."""

import pytest
from flask import Flask

from captive_portal import sentences
from captive_portal.asking import GateReport, Seats
from captive_portal.radios import Trouble
from hub import i18n

ENGLISH = "NetworkManager uses wlan0 for itself. Run: nmcli device set wlan0 managed no"


def said(language: str, trouble: str, problem: str = ENGLISH) -> str:
    app = Flask("village")
    i18n.init_app(app)
    report = GateReport("up", Seats(0, 8), 0, 0, "", trouble, problem)
    with app.test_request_context(f"/?lang={language}"):
        return sentences.radio(report)


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_is_said_in_the_pages_language(trouble: Trouble) -> None:
    vietnamese, english = said("vi", trouble.value), said("en", trouble.value)
    assert vietnamese.startswith("Bộ phát Wi-Fi đang trục trặc.")
    assert english.startswith("The radio of the Wi-Fi does not work")
    assert ENGLISH not in vietnamese + english
    assert [word for word in ("keeps", "machine", "restart", "does not") if word in vietnamese] == []


def test_no_two_troubles_sound_alike() -> None:
    assert len({said("vi", trouble.value) for trouble in Trouble}) == len(Trouble)


def test_a_trouble_that_nobody_knows_is_told_as_the_technician_hears_it() -> None:
    assert ENGLISH in said("vi", "a-word-of-later-years")
    assert said("vi", "", "") == ""
