"""An announcement that was granted and is ready to be heard: what passes from those who prepare it to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from player.alerts.priorities import Announcement


@dataclass(frozen=True, slots=True)
class Spoken:
    """An announcement, ready.

    Attributes:
        announcement: its key, priority, scope and voice; what the order of speaking is decided by.
        sound: the full path of its sound, or the address of a live one ("alsa://…", "pulse://…").
        source: where it comes from, for the log: "recording", "text", "microphone", "province", "cap", "test".
        wanted: how loud, from 0 to 100; quiet hours and the loudest level are applied when it is heard.
        by_hand: whether somebody in the house asks for it now; else a plan or the province does.
        author: the post or key that asked for it.
        approver: the post or key that confirmed it; empty where none was needed.
        ground: why it was allowed (`player.alerts.speaking.Ground`).
        headline: what the television shows in large letters while it is heard; empty: nothing is shown.
        text: the words below the headline.
        language: of both, a tag of BCP 47.
        times: how often it is said.
        pause_s: between two times, in seconds.
        not_before: it is not heard earlier, in wall time of the house; None: at once.
        until: it is not heard from then on, in wall time of the house; None: for ever.
        silent: it goes the whole way at level 0 and without the amplifier, as the monthly test does; nothing waits.
        all_clear: it says that a danger is over.
        exercise: it is one, and is called one on the television.
    """

    announcement: Announcement
    sound: str
    source: str
    wanted: int = 80
    by_hand: bool = True
    author: str = ""
    approver: str = ""
    ground: str = ""
    headline: str = ""
    text: str = ""
    language: str = "vi"
    times: int = 1
    pause_s: float = 2.0
    not_before: datetime | None = None
    until: datetime | None = None
    silent: bool = False
    all_clear: bool = False
    exercise: bool = False
