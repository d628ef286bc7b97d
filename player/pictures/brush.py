"""Carries out an order for a picture, in the process that draws: words first, then letters and codes."""

from __future__ import annotations

from typing import assert_never

from player.pictures import words
from player.pictures.canvas import Letters, Modules
from player.pictures.dates import Say
from player.pictures.drawings import Drawn, draw, draw_corner
from player.pictures.views import (
    AnnouncementView,
    CornerView,
    HandoutView,
    IdleView,
    QuestionView,
    Signs,
    View,
)


def paint(view: View, signs: Signs, letters: Letters, modules: Modules, say: Say) -> Drawn:
    """Draw a picture.

    Args:
        view: what of it the engine knows.
        signs: what of it the house knows.
        letters: to write with.
        modules: makes codes.
        say: says sentences in the language of the television.

    Raises:
        ValueError: an address is too long for a code, or leads nowhere.
    """
    match view:
        case IdleView():
            return draw(words.idle(view, signs, say), letters, modules)
        case AnnouncementView():
            return draw(words.announcement(view, say), letters, modules)
        case QuestionView():
            return draw(words.question(view, say), letters, modules)
        case HandoutView():
            return draw(words.handout(view, signs, say), letters, modules)
        case CornerView():
            address = words.reached(view.address, signs)
            if not address:
                raise ValueError("no phone can reach the library, so a code leads nowhere")
            return draw_corner(address, letters, modules)
    assert_never(view)
