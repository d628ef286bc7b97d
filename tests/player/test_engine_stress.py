"""Four threads command, seven of ten files are bad, twenty-two announcements interrupt: the engine never hangs."""

from __future__ import annotations

import random
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from stage import spoken

from player.alerts.priorities import Priority
from player.engine.commands import Announce, Play, PlayList, Seek, SetLevel, Step, Stop, TogglePause
from player.engine.house import House
from player.engine.status import State
from player.engine.thread import Engine
from player.schedule.config import ScheduleConfig
from player.screen import Tell
from player.testing import BLACK, CUT, GARBAGE, HOUSE_TIME, MISSING, FakeScreen, Script, pretend_house

FILMS = [f"{number}.mp4" for number in range(10)]
BAD = [GARBAGE, GARBAGE, CUT, MISSING, BLACK, Script(starts=False), Script(stalls_ms=5000)]
SPEED = 200.0
"""So many seconds of the stage pass in one of ours."""
PLAN = {"playlist": [{"name": "Hội", "films": FILMS, "repeat": "all"}]}


class QuickClock:
    """A clock that runs fast."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return datetime(2026, 11, 25, 8, 0, tzinfo=HOUSE_TIME) + timedelta(seconds=self.monotonic())

    def trusted(self) -> bool:
        return True

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * SPEED


def test_everybody_at_once(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    for name in FILMS:
        (tmp_path / "content" / name).write_bytes(b"film")
    clock = QuickClock()
    screen = FakeScreen(clock=clock.monotonic, scripts=dict(zip(FILMS, BAD, strict=False)))

    def build(tell: Tell) -> House:
        screen.tell = tell
        return pretend_house(tmp_path, screen, clock, schedule=ScheduleConfig.model_validate(PLAN))

    engine = Engine(build)
    engine.start()
    over = threading.Event()

    def work_the_screen() -> None:
        while not over.wait(0.002):
            screen.work()

    def press(seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(60):
            engine.post(
                choice.choice(
                    [
                        Play(choice.choice(FILMS)), PlayList("Hội", choice.randrange(10)), TogglePause(), Step(),
                        Step(forward=False), Seek(choice.randrange(60_000)), SetLevel(choice.randrange(100)), Stop(),
                    ]
                )
            )  # fmt: skip
            time.sleep(0.005)

    def interrupt() -> None:
        for number in range(22):
            priority = Priority.EMERGENCY if number % 3 == 0 else Priority.ORDINARY
            engine.post(Announce(spoken(f"tin {number}", priority, asked=number)))
            time.sleep(0.02)

    threads = [
        threading.Thread(target=work_the_screen),
        threading.Thread(target=interrupt),
        *(threading.Thread(target=press, args=(seed,)) for seed in range(4)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    assert engine.settle(30)
    assert engine.alive
    engine.post(Stop())
    for _ in range(600):
        if engine.status.waiting == 0 and engine.status.state is State.IDLE:
            break
        time.sleep(0.05)
    over.set()
    threads[0].join()
    assert (engine.status.waiting, engine.status.state) == (0, State.IDLE)
    assert {Path(media.source).stem for media in screen.heard} == {f"tin {number}" for number in range(22)}
    engine.close()
    assert screen.closed
