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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "support"))

import television
from frames import CountedFrames
from player_clips import RATE, SIZE, broken, film
from player_hub import LIST, HubPlayer, hub_player
from rows import Bench, Benchmark, Row, limit, load_average, row
from servers import running

from player.config import PlayerConfig
from player.pins.panel import BOUNCE_S
from player.screen import Media, Screen
from player.vlc.library import Library
from player.vlc.opening import open_screen
from player.vlc.screen import VlcScreen

_ROUNDS: Final = {False: 20, True: 5}
_IDLE_S: Final = {False: 60, True: 5}
_PLAYS: Final = {False: 300, True: 10}
_SPOKEN_HERTZ: Final = 1000
_RATIO: Final = 1.2


def measure(bench: Bench) -> list[Row]:
    """Run the benchmark."""
    first = film(bench.work / "a.mp4", "A", 2)
    second = film(bench.work / "b.mp4", "B", 2)
    spoken = television.tone(bench.work / "spoken.wav", _SPOKEN_HERTZ, 1.5)
    rounds = _ROUNDS[bench.quick]
    with contextlib.ExitStack() as stack:
        shown = stack.enter_context(television.television(SIZE))
        speaker = stack.enter_context(television.loudspeaker(bench.work))
        os.environ.update(DISPLAY=shown.display, PULSE_SERVER=speaker.server)
        watch = stack.enter_context(_watching(shown.display))
        with hub_player(bench.work / "hub", [first, second]) as player:
            with speaker.heard() as heard:
                emergencies = _emergencies(player, watch, heard, first.name, spoken, rounds)
            asked = _asked(player, watch, first.name, rounds)
            switched = _switched(player, watch, rounds)
            dark = _gaps(player, watch, rounds)
            time.sleep(_IDLE_S[bench.quick])
            idle = player.pss_mb()
        with contextlib.ExitStack() as alone:
            screen = open_screen(PlayerConfig.model_validate({"screen": "window"}), lambda report: None)
            alone.callback(screen.close)
            mpv = alone.enter_context(_mpv(bench.work))
            firsts = _first_frames(screen, watch, mpv, first, rounds)
            errors = _resumed(screen, watch, first, spoken, rounds)
            busy = load_average()
        growth = _growth(bench, first)
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
        row("the same, asked over the player's socket", middle(asked), middle(firsts["mpv"]), "ms"),
        limit("dark gap between two films of a list", middle(dark), None, "ms", 150),
        limit("resume after an announcement, error of position", middle(errors), None, "ms", 80),
        limit("emergency asked of the engine → first sound", middle(emergencies), None, "ms", 400),
        limit("button edge → next film's first frame", middle(switched), None, "ms", 400),
        limit(f"memory growth over {_PLAYS[bench.quick]} plays, half broken", growth, None, "MB", 5),
        limit(f"PSS of the player, idle {_IDLE_S[bench.quick]} s after the last film", idle, None, "MB", 70),
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


def _first_frames(screen: Screen, watch: Watch, mpv: Mpv, path: Path, rounds: int) -> dict[str, list[float]]:
    """The times from the order to the first frame (ms), in turns, after a round that only warms."""
    frames = CountedFrames(SIZE)
    unseen = VlcScreen(Library("pulse"), frames, lambda report: None)
    shown_at: dict[str, Callable[[float], float | None]] = {
        "unseen": lambda begun: next((moment for moment in frames.shown if moment >= begun), None),
        "seen": lambda begun: next((moment for moment, letter, _ in watch.since(begun) if letter == "A"), None),
    }
    times: dict[str, list[float]] = {"unseen": [], "seen": [], "mpv": []}
    for _ in range(rounds + 1):
        for name, asked in {"unseen": unseen, "seen": screen}.items():
            begun = time.monotonic()
            asked.play(Media(str(path)), 1)
            television.wait_until(lambda: shown_at[name](begun), "its first frame")  # noqa: B023
            times[name].append(((shown_at[name](begun) or 0.0) - begun) * 1000)
            time.sleep(0.2)
            asked.stop()
            time.sleep(0.2)
        times["mpv"].append(mpv.load(path) * 1000)
        time.sleep(0.2)
        mpv.stop()
        time.sleep(0.2)
    unseen.close()
    return {name: taken[1:] for name, taken in times.items()}


def _asked(player: HubPlayer, watch: Watch, name: str, rounds: int) -> list[float]:
    """From asking the player's socket for a film to its first frame (ms), after one that only warms."""
    times = []
    for _ in range(rounds + 1):
        begun = time.monotonic()
        player.ask("/play", film=name)
        times.append((watch.first(begun, lambda letter, _: letter == "A")[0] - begun) * 1000)
        time.sleep(0.3)
        player.ask("/stop")
        television.wait_until(lambda: watch.last()[1] == "-", "the idle screen")
        time.sleep(0.2)
    return times[1:]


def _switched(player: HubPlayer, watch: Watch, rounds: int) -> list[float]:
    """From the edge of the button for the next film, while one plays, to the first frame of that (ms).

    Included is how long a contact must keep still on a card, for which imaginary pins do not wait.
    """
    times = []
    begun = time.monotonic()
    player.ask("/play", playlist=LIST)
    for number in range(rounds):
        now, following = "AB" if number % 2 == 0 else "BA"
        watch.first(begun, lambda letter, frame: letter == now and frame > 8)  # noqa: B023
        edge = begun = player.press_next()
        came = watch.first(edge, lambda letter, _: letter == following)[0]  # noqa: B023
        times.append((came - edge + BOUNCE_S) * 1000)
    player.ask("/stop")
    return times


def _gaps(player: HubPlayer, watch: Watch, rounds: int) -> list[float]:
    """How long nothing of a film is seen between two of a list (ms)."""
    begun = time.monotonic()
    player.ask("/play", playlist=LIST)
    dark = []
    for number in range(rounds):
        now, following = "AB" if number % 2 == 0 else "BA"
        left = watch.first(begun, lambda letter, _: letter == now)[0]  # noqa: B023
        begun = watch.first(left, lambda letter, _: letter == following)[0]  # noqa: B023
        between = [moment for moment, letter, _ in watch.since(left) if moment < begun and letter == "-"]
        dark.append((begun - between[0]) * 1000 if between else 0.0)
    player.ask("/stop")
    return dark


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
    player: HubPlayer, watch: Watch, heard: Callable[[float], list[float]], name: str, spoken: Path, rounds: int
) -> list[float]:
    """From asking the engine for an emergency, while a film plays, to its tone in the loudspeaker (ms)."""
    times = []
    for _ in range(rounds):
        begun = time.monotonic()
        player.ask("/play", film=name)
        watch.first(begun, lambda letter, frame: letter == "A" and frame > 10)
        asked = player.warn(spoken)
        television.wait_until(lambda: television.strength(heard(0.02), _SPOKEN_HERTZ) > 0.2, "it is heard")
        times.append((time.monotonic() - asked) * 1000)
        player.ask("/stop", everything=True)
        television.wait_until(lambda: television.strength(heard(0.1), _SPOKEN_HERTZ) < 0.001, "it is silent")
    return times


def _growth(bench: Bench, whole: Path) -> float:
    """How much a process grows (MB), which `player_memory` weighs."""
    short = film(bench.work / "short.mp4", "A", 0.4)
    program = [sys.executable, str(Path(__file__).with_name("player_memory.py")), str(_PLAYS[bench.quick]), str(whole)]
    paths = [short, *broken(bench.work, short)]
    done = subprocess.run([*program, *map(str, paths)], check=True, capture_output=True, text=True)
    return float(done.stdout)


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
