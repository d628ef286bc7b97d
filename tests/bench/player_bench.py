"""The player's benchmark: real libvlc, seen on an X server without a display, heard on a sound server without any.

What is seen is read from the X server a thousand times a second by a process of its own (`player_watch`), what is heard
from the monitor of PulseAudio's null sink. mpv is asked in turns with the hub, for the same film on the same sound
server, as ``mpv --idle --vo=null`` told ``loadfile`` over its socket; its first frame is its event "playback-restart".
Since that mpv paints nowhere, the hub is asked twice: with its pictures brought to memory, which is like with like, and
with its window on the X server.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "support"))

import television
from frames import CountedFrames
from player_clips import RATE, SIZE, broken, film
from rows import Bench, Benchmark, Row, limit, load_average, row
from servers import running

from player.config import PlayerConfig
from player.screen import Media, Report, Screen
from player.vlc.library import Library
from player.vlc.opening import open_screen
from player.vlc.screen import VlcScreen

_ROUNDS: Final = {False: 20, True: 10}
_IDLE_S: Final = {False: 60, True: 5}
_PLAYS: Final = {False: 300, True: 10}
_SPOKEN_HERTZ: Final = 1000
_RATIO: Final = 1.2


def measure(bench: Bench) -> list[Row]:
    """Run the benchmark."""
    first = film(bench.work / "a.mp4", "A", 3)
    second = film(bench.work / "b.mp4", "B", 3)
    spoken = television.tone(bench.work / "spoken.wav", _SPOKEN_HERTZ, 1.5)
    rounds = _ROUNDS[bench.quick]
    with contextlib.ExitStack() as stack:
        shown = stack.enter_context(television.television(SIZE))
        speaker = stack.enter_context(television.loudspeaker(bench.work))
        heard = stack.enter_context(speaker.heard())
        environment = {"DISPLAY": shown.display, "PULSE_SERVER": speaker.server}
        os.environ.update(environment)
        watch = stack.enter_context(_watching(shown.display))
        reports: list[Report] = []
        screen = open_screen(PlayerConfig.model_validate({"screen": "window"}), reports.append)
        stack.callback(screen.close)
        mpv = stack.enter_context(_mpv(bench.work))
        frames = CountedFrames(SIZE)
        unseen = VlcScreen(Library("pulse"), frames, lambda report: None)
        stack.callback(unseen.close)
        screens = {"unseen": unseen, "seen": screen}
        shown_at = {
            "unseen": lambda begun: next((moment for moment in frames.shown if moment >= begun), None),
            "seen": lambda begun: next((moment for moment, letter, _ in watch.since(begun) if letter == "A"), None),
        }
        firsts = _first_frames(screens, shown_at, mpv, first, rounds)
        dark, still = _gaps(screen, watch, reports, first, second, rounds // 2)
        errors = _resumed(screen, watch, first, spoken, rounds)
        emergencies = _emergencies(screen, watch, heard, first, spoken, rounds)
        switched = _switched(screen, watch, first, second, rounds)
        busy = load_average()
        weighed = _memory(bench, first, environment)
    middle = statistics.median
    bench.console.print(
        f"{rounds} times each, medians; {busy}; to the first frame (ms): "
        + "; ".join(f"{name} {min(times):.0f} to {max(times):.0f}" for name, times in firsts.items())
        + f"; longest: dark {max(dark):.0f} ms, resumed off {max(errors):.0f} ms,"
        f" emergency {max(emergencies):.0f} ms, next film {max(switched):.0f} ms."
    )
    started = row("play → first frame : mpv", middle(firsts["unseen"]), middle(firsts["mpv"]), "ms")
    holds = started.ratio is not None and started.ratio <= _RATIO
    return [
        Row(started.case, started.ours, started.anchor, started.ratio, "ms", f"≤ {_RATIO:g}", holds),
        row("the same, painted on a display by the hub alone", middle(firsts["seen"]), middle(firsts["mpv"]), "ms"),
        limit("dark gap between two films", middle(dark), None, "ms", 150),
        row("last frame of a film → first of the next", middle(still), None, "ms"),
        limit("resume after an announcement, error of position", middle(errors), None, "ms", 80),
        limit("emergency asked → first sound", middle(emergencies), None, "ms", 400),
        limit("next film asked → its first frame", middle(switched), None, "ms", 400),
        limit(f"memory growth over {_PLAYS[bench.quick]} plays, half broken", weighed["growth"], None, "MB", 5),
        limit(f"PSS, idle {_IDLE_S[bench.quick]} s after the last film", weighed["idle"], None, "MB", 70),
    ]


class Watch:
    """What was seen: for each change its time by the monotonic clock, the film's letter and the frame's number."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._seen: list[tuple[float, str, int]] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._thread.start()

    def since(self, moment: float) -> list[tuple[float, str, int]]:
        """Everything from this moment on."""
        with self._news:
            return [seen for seen in self._seen if seen[0] >= moment]

    def first(self, since: float, wanted: Callable[[str, int], bool]) -> tuple[float, str, int]:
        """Wait for the first change after a moment that is wanted."""
        deadline = time.monotonic() + 10
        with self._news:
            while True:
                for seen in self._seen:
                    if seen[0] >= since and wanted(seen[1], seen[2]):
                        return seen
                if not self._news.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"not seen; last: {self._seen[-3:]}")

    def last(self) -> tuple[float, str, int]:
        """What is seen now."""
        with self._news:
            return self._seen[-1]

    def _read(self, lines: Iterator[str]) -> None:
        for line in lines:
            moment, letter, frame = line.split()
            with self._news:
                self._seen.append((float(moment), letter, int(frame)))
                self._news.notify_all()


@contextlib.contextmanager
def _watching(display: str) -> Iterator[Watch]:
    program = [sys.executable, str(Path(__file__).with_name("player_watch.py")), display]
    with television.ended_afterwards(subprocess.Popen(program, stdout=subprocess.PIPE)) as watcher:
        assert watcher.stdout is not None
        yield Watch(line.decode() for line in iter(watcher.stdout.readline, b""))


class Mpv:
    """An idle mpv."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def load(self, path: Path) -> float:
        """Have it play a file; returns how long the first frame took, in seconds."""
        begun = time.monotonic()
        self._ask("loadfile", str(path))
        for line in self._lines:
            if json.loads(line).get("event") == "playback-restart":
                break
        return time.monotonic() - begun

    def stop(self) -> None:
        """Have it play nothing."""
        self._ask("stop")

    def _ask(self, *command: str) -> None:
        self._connection.sendall(json.dumps({"command": command}).encode() + b"\n")


@contextlib.contextmanager
def _mpv(folder: Path) -> Iterator[Mpv]:
    place = folder / "mpv.sock"
    command = ["mpv", "--idle", "--vo=null", "--ao=pulse", "--no-config", f"--input-ipc-server={place}"]
    with running(command, folder / "mpv.log"), socket.socket(socket.AF_UNIX) as connection:
        television.wait_until(lambda: not connection.connect_ex(str(place)), "mpv listens")
        yield Mpv(connection)


def _first_frames(
    screens: Mapping[str, Screen],
    shown_at: Mapping[str, Callable[[float], float | None]],
    mpv: Mpv,
    path: Path,
    rounds: int,
) -> dict[str, list[float]]:
    """The times from the order to the first frame (ms), in turns, after a round that only warms."""
    times: dict[str, list[float]] = {name: [] for name in (*screens, "mpv")}
    for _ in range(rounds + 1):
        for name, screen in screens.items():
            begun = time.monotonic()
            screen.play(Media(str(path)), 1)
            television.wait_until(lambda: shown_at[name](begun), "its first frame")  # noqa: B023
            times[name].append(((shown_at[name](begun) or 0.0) - begun) * 1000)
            time.sleep(0.2)
            screen.stop()
            time.sleep(0.2)
        times["mpv"].append(mpv.load(path) * 1000)
        time.sleep(0.2)
        mpv.stop()
        time.sleep(0.2)
    return {name: taken[1:] for name, taken in times.items()}


def _gaps(
    screen: Screen, watch: Watch, reports: Sequence[Report], first: Path, second: Path, rounds: int
) -> tuple[list[float], list[float]]:
    """The next film, asked for as soon as the last has ended (ms): how long neither is seen, how long all is still."""
    dark, still = [], []
    for generation in range(100, 100 + 2 * rounds, 2):
        begun = time.monotonic()
        screen.play(Media(str(first), start_ms=1500), generation)
        television.wait_until(lambda: any(report.generation == generation for report in reports), "it ends")  # noqa: B023
        screen.play(Media(str(second)), generation + 1)
        came = watch.first(begun, lambda letter, _: letter == "B")[0]
        before = [seen for seen in watch.since(begun) if seen[0] < came]
        moved = max(seen[0] for seen in before if seen[1] == "A")
        unseen = [seen[0] for seen in before if seen[1] == "-" and seen[0] > moved]
        dark.append((came - min(unseen)) * 1000 if unseen else 0.0)
        still.append((came - moved) * 1000)
        screen.stop()
    return dark, still


def _resumed(screen: Screen, watch: Watch, path: Path, spoken: Path, rounds: int) -> list[float]:
    """How far the first frame after an announcement is from the one that should follow the last one before it (ms)."""
    errors = []
    for number in range(rounds):
        begun = time.monotonic()
        screen.play(Media(str(path)), 1)
        watch.first(begun, lambda letter, frame: letter == "A" and frame > 12 + number)  # noqa: B023
        screen.hold(held=True)
        screen.speak(Media(str(spoken)), 2)
        time.sleep(0.4)
        _, _, held = watch.last()
        screen.hush()
        on = time.monotonic()
        screen.hold(held=False)
        _, _, frame = watch.first(on, lambda letter, frame: letter == "A" and frame != held)  # noqa: B023
        errors.append(abs(frame - held - 1) * 1000 / RATE)
        screen.stop()
    return errors


def _emergencies(
    screen: Screen, watch: Watch, heard: Callable[[float], list[float]], path: Path, spoken: Path, rounds: int
) -> list[float]:
    """From the order to hold the film and speak to the announcement's tone in the loudspeaker (ms)."""
    times = []
    for _ in range(rounds):
        begun = time.monotonic()
        screen.play(Media(str(path)), 1)
        watch.first(begun, lambda letter, frame: letter == "A" and frame > 10)
        asked = time.monotonic()
        screen.hold(held=True)
        screen.speak(Media(str(spoken)), 2)
        television.wait_until(lambda: television.strength(heard(0.02), _SPOKEN_HERTZ) > 0.2, "it is heard")
        times.append((time.monotonic() - asked) * 1000)
        screen.hush()
        screen.stop()
    return times


def _switched(screen: Screen, watch: Watch, first: Path, second: Path, rounds: int) -> list[float]:
    """From the order to play another film, while one plays, to its first frame (ms)."""
    times = []
    for _ in range(rounds):
        begun = time.monotonic()
        screen.play(Media(str(first)), 1)
        watch.first(begun, lambda letter, frame: letter == "A" and frame > 8)
        asked = time.monotonic()
        screen.play(Media(str(second)), 2)
        times.append((watch.first(asked, lambda letter, _: letter == "B")[0] - asked) * 1000)
        screen.stop()
    return times


def _memory(bench: Bench, whole: Path, environment: dict[str, str]) -> dict[str, float]:
    """What `player_memory` measures in a process of its own."""
    short = film(bench.work / "short.mp4", "A", 0.4)
    paths = [short, *broken(bench.work, short)]
    program = [sys.executable, str(Path(__file__).with_name("player_memory.py"))]
    program += [str(_PLAYS[bench.quick]), str(_IDLE_S[bench.quick]), str(whole)]
    done = subprocess.run(
        [*program, *map(str, paths)], env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


BENCHMARK: Final = Benchmark(
    "mpv",
    {
        "mpv": "mpv",
        "Xvfb": "xvfb",
        "pulseaudio": "pulseaudio",
        "parec": "pulseaudio-utils",
        "ffmpeg": "ffmpeg",
    },
    measure,
)
