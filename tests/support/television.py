"""A television of tests: an X server without a display, a sound server without a loudspeaker, and clips for them."""

from __future__ import annotations

import contextlib
import io
import math
import os
import struct
import subprocess
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from Xlib import X
from Xlib.display import Display

SIZE = (640, 360)
RATE = 48_000
_KEPT_S = 5


def wait_until(true: Callable[[], object], what: str, timeout_s: float = 15.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"in vain waited until {what}"
        time.sleep(0.005)


@contextlib.contextmanager
def ended_afterwards(program: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a program whatever happens."""
    try:
        yield program
    finally:
        program.kill()
        program.wait()
        if program.stdout:
            program.stdout.close()


class Television:
    """An Xvfb of `SIZE`, and what is seen on it."""

    def __init__(self, display: str) -> None:
        self.display = display
        self._watching = Display(display)

    def close(self) -> None:
        """Look no more."""
        self._watching.close()

    def seen(self) -> Image.Image:
        """A screenshot."""
        data = self._watching.screen().root.get_image(0, 0, *SIZE, X.ZPixmap, 0xFFFFFFFF).data
        return Image.frombytes("RGB", SIZE, data, "raw", "BGRX")

    def at(self, x: int, y: int) -> tuple[int, int, int]:
        """One pixel."""
        data = self._watching.screen().root.get_image(x, y, 1, 1, X.ZPixmap, 0xFFFFFFFF).data
        return data[2], data[1], data[0]


@contextlib.contextmanager
def television(size: tuple[int, int] = SIZE) -> Iterator[Television]:
    """Run an X server on a display that nobody has."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"]
    quiet = subprocess.DEVNULL
    with ended_afterwards(subprocess.Popen(command, pass_fds=[write], stdout=quiet, stderr=quiet)):
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        watched = Television(f":{number}")
        try:
            yield watched
        finally:
            watched.close()


@dataclass(frozen=True)
class Loudspeaker:
    """A PulseAudio with one sink that nobody hears, and what goes to it.

    Attributes:
        server: what `PULSE_SERVER` must be.
    """

    server: str

    @contextlib.contextmanager
    def heard(self) -> Iterator[Callable[[float], list[float]]]:
        """Listen; what is given returns the last seconds as samples from -1 to 1, at `RATE`."""
        command = ["parec", f"--server={self.server}", "--device=house.monitor", "--format=float32le"]
        command += [f"--rate={RATE}", "--channels=1", "--latency-msec=10", "--raw"]
        with ended_afterwards(subprocess.Popen(command, stdout=subprocess.PIPE)) as recorder:
            assert recorder.stdout is not None
            kept = bytearray()
            turn = threading.Lock()

            def listen() -> None:
                while piece := os.read(recorder.stdout.fileno(), 1 << 16):  # type: ignore[union-attr]
                    with turn:
                        kept.extend(piece)
                        del kept[: max(0, len(kept) - _KEPT_S * 4 * RATE) // 4 * 4]

            listener = threading.Thread(target=listen, daemon=True)
            listener.start()

            def last(seconds: float) -> list[float]:
                with turn:
                    whole = len(kept) // 4
                    count = min(whole, round(RATE * seconds))
                    return list(struct.unpack_from(f"<{count}f", kept, (whole - count) * 4))

            wait_until(lambda: len(kept) > RATE // 4 and not any(last(0.1)), "the recorder hears silence")
            yield last
            recorder.kill()
            listener.join()


@contextlib.contextmanager
def loudspeaker(folder: Path) -> Iterator[Loudspeaker]:
    """Run a sound server in a folder."""
    socket = folder / "pulse.sock"
    home = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"]
    command += ["-L", f"module-null-sink sink_name=house rate={RATE}"]
    command += ["-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
    quiet = subprocess.DEVNULL
    with ended_afterwards(subprocess.Popen(command, env=home, stdout=quiet, stderr=quiet)):
        wait_until(socket.exists, "PulseAudio listens")
        yield Loudspeaker(f"unix:{socket}")


def strength(samples: list[float], hertz: float) -> float:
    """The amplitude of a tone in some samples (Goertzel's algorithm)."""
    if not samples:
        return 0.0
    twice = 2 * math.cos(2 * math.pi * hertz / RATE)
    last = before = 0.0
    for sample in samples:
        last, before = sample + twice * last - before, last
    power = max(last * last + before * before - twice * last * before, 0.0)
    return 2 * math.sqrt(power) / len(samples)


def clip(path: Path, picture: str, seconds: float, hertz: int = 0) -> Path:
    """Make a film: ffmpeg's description of a picture of `SIZE`, and a tone."""
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"{picture},format=yuv420p"]
    if hertz:
        command += ["-f", "lavfi", "-i", f"sine=frequency={hertz}:sample_rate={RATE}", "-c:a", "aac"]
    command += ["-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def tone(path: Path, hertz: int, seconds: float, amplitude: float = 0.5) -> Path:
    """Make a WAV file with a tone."""
    count = round(RATE * seconds)
    samples = (round(32767 * amplitude * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(count))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{count}h", *samples))
    return path


def card(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Path:
    """Make a PNG of one colour."""
    Image.new("RGB", size, colour).save(path)
    return path


def opened(photograph: bytes | None) -> Image.Image:
    """A photograph, as pixels."""
    assert photograph is not None
    with Image.open(io.BytesIO(photograph), formats=("JPEG",)) as picture:
        return picture.convert("RGB")
