"""Tries the box on the wall while somebody watches it: every light, the relay, then every button."""

from __future__ import annotations

from collections.abc import Callable

from player.engine.commands import Command, PowerOff, Step, Stop, TogglePause
from player.engine.ports import Light
from player.errors import Sentence
from player.pins.panel import Panel

SHOWN_S = 2.0
"""How long each light and the relay stay on, in seconds."""


def try_out(panel: Panel, tell: Callable[[str], None], pause: Callable[[float], None], buttons_s: float) -> None:
    """Switch everything on and off, one after the other, then tell which buttons are pressed.

    What a button asks for is told, and not done.

    Args:
        panel: the box.
        tell: says a sentence to whoever watches.
        pause: waits for so many seconds.
        buttons_s: for how long buttons are told, in seconds.
    """
    for light, words in {
        Light.READY: Sentence("The light `ready` is on."),
        Light.PLAYING: Sentence("The light `playing` is on."),
        Light.FAULT: Sentence("The light `fault` is on."),
    }.items():
        if panel.has(light.value):
            tell(words)
            panel.show(light)
            pause(SHOWN_S)
    panel.show(Light.DARK)
    if panel.has("amplifier"):
        tell(Sentence("The amplifier has power."))
        panel.amplifier(on=True)
        pause(SHOWN_S)
        panel.amplifier(on=False)
        tell(Sentence("The amplifier has no power."))
    tell(Sentence("Press the buttons now, for %(seconds)g seconds.", seconds=buttons_s))
    panel.listen(lambda command: tell(_pressed(command)))
    pause(buttons_s)


def _pressed(command: Command) -> Sentence:
    match command:
        case TogglePause():
            return Sentence("play was pressed.")
        case Step():
            return Sentence("next was pressed.")
        case Stop():
            return Sentence("stop was pressed.")
        case PowerOff():
            return Sentence("shutdown was held; the machine stays on.")
    raise AssertionError(command)  # pragma: no cover - no button asks for anything else
