"""Stand-ins for the player's seams: a screen that keeps the rules of its port, a clock that is moved, a whole house."""

from __future__ import annotations

import math
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from player.engine.counts import Counts
from player.engine.house import House, Settings
from player.engine.kept import WaitingFolder
from player.engine.logbook import Logbook, Writer
from player.engine.memory import Memory
from player.engine.planner import Planner, Reader
from player.engine.ports import Light
from player.engine.quarantine import failures_file
from player.errors import ScreenError, VoiceError
from player.films import Films
from player.pictures.views import AnnouncementView, HandoutView, IdleView, QuestionView
from player.schedule.config import ScheduleConfig
from player.schedule.seen import seen_file
from player.schedule.state_file import AtomicWriter
from player.screen import Happening, Look, Media, Report, Tell
from player.speech.voice import sayable

HOUSE_TIME = timezone(timedelta(hours=7))
"""The zone of the house."""

EVENING = datetime(2026, 11, 25, 19, 0, tzinfo=HOUSE_TIME)
"""A Wednesday evening, when nobody is asleep."""


class FakeClock:
    """A clock that stands still until it is moved.

    Args:
        now: what time it is.
        trusted: whether that is known to be right.
    """

    def __init__(self, now: datetime = EVENING, *, trusted: bool = True) -> None:
        self.time = now
        self.is_trusted = trusted
        self.seconds = 1000.0

    def now(self) -> datetime:
        """The time, in the zone of the house."""
        return self.time

    def trusted(self) -> bool:
        """Whether it is known to be right."""
        return self.is_trusted

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return self.seconds

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Script:
    """How something behaves when it is played.

    Attributes:
        length_ms: how long it says it is; 0: it does not say.
        ends_ms: where it reports its end, if not at its length; None: at its length, or never where it has none.
        fails: whether it reports a failure at once.
        starts: whether it begins to move at all.
        stalls_ms: from where it stands still; None: nowhere.
        has_video: whether it has moving pictures.
        has_picture: whether they are on the screen.
    """

    length_ms: int = 60_000
    ends_ms: int | None = None
    fails: bool = False
    starts: bool = True
    stalls_ms: int | None = None
    has_video: bool = True
    has_picture: bool = True


GARBAGE = Script(length_ms=0, ends_ms=20, has_video=False)
"""Random bytes, a cut mp4, a text: it "ends" after some milliseconds."""

CUT = Script(ends_ms=20_000)
"""A film of which a third was copied."""

MISSING = Script(fails=True)
"""What reports a failure: a missing or empty file, a server that refuses."""

NEVER_ANSWERS = Script(length_ms=0, starts=False)
"""A server that connects and says nothing."""

STALLS = Script(length_ms=0, stalls_ms=30_000)
"""A stream that stands still after half a minute, and is said to play."""

BLACK = Script(has_picture=False)
"""A film in a form that nobody knows: black, with sound."""

STREAM = Script(length_ms=0)
"""A stream that plays for ever."""

SPEECH = Script(length_ms=5_000, has_video=False)
"""Five seconds of somebody speaking."""


@dataclass(slots=True)
class _Playing:
    media: Media
    generation: int
    script: Script
    position_ms: int
    since_s: float
    held: bool = False
    reported: bool = False


class FakeScreen:
    """A screen in memory. Without a clock its programme stands still.

    Args:
        tell: takes its reports; None: nobody listens.
        clock: tells the seconds that pass; None: none do.
        scripts: how what has this source, or a source that ends so, behaves; everything else is a film of a minute, and
            speech of five seconds.

    Attributes:
        programme: what plays, or None.
        announcement: what speaks, or None.
        held: whether the programme is held.
        history: every programme that was played, first first.
        heard: every announcement that began to sound, first first.
        fails: makes every further request to play or speak fail while it is set.
        pictures: what is seen: "backdrop", "cover" and "corner".
    """

    def __init__(
        self,
        tell: Tell | None = None,
        clock: Callable[[], float] | None = None,
        scripts: Mapping[str, Script] | None = None,
    ) -> None:
        self.history: list[Media] = []
        self.heard: list[Media] = []
        self.fails = False
        self.pictures: dict[str, Path | None] = {}
        self.level = 100
        self.length_ms = 60_000
        self.closed = False
        self.scripts: dict[str, Script] = dict(scripts or {})
        self.tell: Tell = tell or _nobody
        self._clock = clock or (lambda: 0.0)
        self._programme: _Playing | None = None
        self._announcement: _Playing | None = None

    @property
    def programme(self) -> Media | None:
        """What plays."""
        return self._programme.media if self._programme else None

    @property
    def announcement(self) -> Media | None:
        """What speaks."""
        return self._announcement.media if self._announcement else None

    @property
    def held(self) -> bool:
        """Whether the programme is held."""
        return self._programme.held if self._programme else False

    @property
    def position_ms(self) -> int:
        """Where the programme is."""
        return self._programme.position_ms if self._programme else 0

    def work(self) -> None:
        """Let what sounds go on up to this moment, and report what has ended."""
        for playing in (self._programme, self._announcement):
            if playing is None:
                continue
            self._advance(playing)
            if not playing.reported and (happening := self._happened(playing)):
                playing.reported = True
                self.tell(Report(playing.generation, happening))

    def play(self, media: Media, generation: int) -> None:
        """Play it."""
        self._may_fail()
        self._programme = self._begun(media, generation, Script(length_ms=self.length_ms))
        self.level = media.level
        self.history.append(media)
        self.pictures.pop("corner", None)

    def hold(self, *, held: bool) -> None:
        """Hold the programme or let it go on; breaks the test when there is none."""
        self._may_fail()
        if self._programme is None:
            raise AssertionError("hold() was asked while nothing plays")
        self._advance(self._programme)
        self._programme.held = held

    def seek(self, position_ms: int) -> None:
        """Go there; breaks the test when there is no programme."""
        if self._programme is None:
            raise AssertionError("seek() was asked while nothing plays")
        self._advance(self._programme)
        self._programme.position_ms = position_ms

    def set_level(self, level: int) -> None:
        """Remember the level."""
        self.level = level

    def stop(self) -> None:
        """End the programme."""
        self._programme = None

    def look(self) -> Look | None:
        """Tell how the programme is."""
        return self._look(self._programme)

    def speak(self, media: Media, generation: int) -> None:
        """Let it sound."""
        if self.fails:
            self.hush()
            raise _silent()
        self._announcement = self._begun(media, generation, SPEECH)
        self.heard.append(media)

    def hush(self) -> None:
        """End the announcement."""
        self._announcement = None

    def listen(self) -> Look | None:
        """Tell how the announcement is."""
        return self._look(self._announcement)

    def backdrop(self, picture: Path | None) -> None:
        """Remember the picture."""
        self.pictures["backdrop"] = picture

    def cover(self, picture: Path | None) -> None:
        """Remember the picture."""
        self.pictures["cover"] = picture

    def corner(self, picture: Path | None) -> None:
        """Remember the picture."""
        self.pictures["corner"] = picture

    def photograph(self) -> bytes | None:
        """There is no picture."""
        return None

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.hush()
        self.closed = True

    def _begun(self, media: Media, generation: int, otherwise: Script) -> _Playing:
        scripts = (script for end, script in self.scripts.items() if media.source.endswith(end))
        return _Playing(media, generation, next(scripts, otherwise), media.start_ms, self._clock())

    def _advance(self, playing: _Playing) -> None:
        now_s = self._clock()
        script = playing.script
        if not playing.held and script.starts and not script.fails:
            ends = [end for end in (script.ends_ms, script.stalls_ms, script.length_ms or None) if end is not None]
            position_ms = playing.position_ms + round((now_s - playing.since_s) * 1000)
            playing.position_ms = min([position_ms, *ends])
        playing.since_s = now_s

    def _happened(self, playing: _Playing) -> Happening | None:
        script = playing.script
        if script.fails:
            return Happening.FAILED
        end_ms = script.ends_ms if script.ends_ms is not None else script.length_ms or None
        over = script.starts and end_ms is not None and playing.position_ms >= end_ms
        return Happening.ENDED if over else None

    def _look(self, playing: _Playing | None) -> Look | None:
        if playing is None:
            return None
        self._advance(playing)
        script = playing.script
        picture = script.has_video and script.has_picture and playing.position_ms > playing.media.start_ms
        position_ms = 0 if script is GARBAGE else playing.position_ms
        return Look(playing.generation, position_ms, script.length_ms, not playing.held, script.has_video, picture)

    def _may_fail(self) -> None:
        if self.fails:
            self.stop()
            raise _silent()


class FakePanel:
    """Lights and amplifier in memory; `switched` tells when the amplifier was switched, and how."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.light = Light.DARK
        self.on = False
        self.switched: list[tuple[float, bool]] = []
        self._clock = clock

    def show(self, light: Light) -> None:
        """Remember it."""
        self.light = light

    def amplifier(self, *, on: bool) -> None:
        """Remember it."""
        if on != self.on:
            self.switched.append((self._clock(), on))
        self.on = on


class FakeTelevision:
    """A television in memory."""

    def __init__(self) -> None:
        self.awake = True
        self.woken = 0

    def wake(self) -> None:
        """Have it on."""
        self.awake = True
        self.woken += 1

    def rest(self) -> None:
        """Have it in standby."""
        self.awake = False


class FakePictures:
    """Pictures that are only names; `views` holds what was last asked of each kind."""

    def __init__(self) -> None:
        self.views: dict[str, Any] = {}

    def idle(self, view: IdleView) -> Path | None:
        """The idle screen."""
        return self._drawn("idle", view)

    def announcement(self, view: AnnouncementView) -> Path | None:
        """An announcement."""
        return self._drawn("announcement", view)

    def question(self, view: QuestionView) -> Path | None:
        """A question."""
        return self._drawn("question", view)

    def handout(self, view: HandoutView) -> Path | None:
        """A hand-out."""
        return self._drawn("handout", view)

    def corner(self, address: str) -> Path | None:
        """A code."""
        return self._drawn("corner", address)

    def _drawn(self, kind: str, view: object) -> Path:
        self.views[kind] = view
        return Path(f"/pictures/{kind}-{abs(hash(view))}.png")


@dataclass
class FakeLog:
    """A play log in memory: `lines` holds an entry, its result and its share, or None where it has not ended."""

    lines: list[tuple[Any, Any, float | None]] = field(default_factory=list)
    error: Exception | None = None

    def start(self, entry: Any, at: datetime, *, clock_trusted: bool) -> int:
        """Begin a line."""
        self._may_fail()
        self.lines.append((entry, None, None))
        return len(self.lines)

    def end(self, number: int, at: datetime, result: Any, share: float) -> None:
        """End it."""
        self._may_fail()
        self.lines[number - 1] = (self.lines[number - 1][0], result, share)

    def note(self, entry: Any, at: datetime, result: Any, *, clock_trusted: bool) -> int:
        """Write a line at once."""
        self._may_fail()
        self.lines.append((entry, result, 0.0))
        return len(self.lines)

    def forget_old(self, now: datetime | None) -> int:
        """Nothing is old."""
        return 0

    def close(self) -> None:
        """Let go of nothing."""

    def results(self) -> list[tuple[str, str]]:
        """What was played, and how it ended."""
        return [(entry.item, result.value if result else "") for entry, result, _ in self.lines]

    def _may_fail(self) -> None:
        if self.error:
            raise self.error


class FakeVoice:
    """A voice that hums: as long as the words are, so that a test can tell texts apart.

    Attributes:
        said: everything that was said, first first.
        fails: makes every further text fail while it is set.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fails = False

    def say(self, words: str, into: Path, language: str = "vi") -> None:
        """Write a WAV file with a tone of 60 ms for each character."""
        if self.fails:
            raise VoiceError("The text could not be read out.", "Record it instead.")
        words = sayable(words)
        self.said.append(words)
        rate = 8_000
        with wave.open(str(into), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
            samples = (
                round(8_000 * math.sin(2 * math.pi * 300 * n / rate)) for n in range(rate * 6 * len(words) // 100)
            )
            file.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))


def plain_write(path: Path, data: bytes) -> None:
    """Write a file; whole, but not through a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)


def pretend_house(
    folder: Path,
    screen: Any,
    clock: Any,
    *,
    schedule: ScheduleConfig | Reader | None = None,
    log: Callable[[], Writer] | None = None,
    write: AtomicWriter = plain_write,
    settings: Settings | None = None,
    undescribed: bool = True,
    **more: Any,
) -> House:
    """Put a house together in a folder.

    Args:
        folder: holds "content" and "state".
        screen: what plays.
        clock: what time it is.
        schedule: what is planned; nothing by default.
        log: opens the play log; one in memory by default.
        write: writes files atomically.
        settings: what the technician has set; by default the amplifier needs no time.
        undescribed: whether films without a description may be shown.
        more: further collaborators.
    """
    content, state = folder / "content", folder / "state"
    content.mkdir(parents=True, exist_ok=True)
    state.mkdir(parents=True, exist_ok=True)
    plan = schedule or ScheduleConfig()
    memory_log = FakeLog()
    reader: Reader = (lambda: plan) if isinstance(plan, ScheduleConfig) else plan
    return House(
        screen=screen,
        clock=clock,
        films=Films(content, undescribed=undescribed),
        planner=Planner(folder / "state" / "schedule.toml", reader, seen_file(state / "seen.json", write), clock),
        memory=Memory(state / "playback.json", write),
        failures=failures_file(state / "failures.json", write),
        waiting=WaitingFolder(state / "waiting", write),
        logbook=Logbook(log or (lambda: memory_log), clock),
        counts=Counts(state / "counts.sqlite"),
        settings=settings or Settings(warm_up_s=0.0),
        **more,
    )


def _silent() -> ScreenError:
    return ScreenError("The screen does not answer.", "Check its cable.")


def _nobody(report: Report) -> None:
    """Nobody listens."""
