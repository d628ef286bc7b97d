"""One film, sound or stream while it plays: a media player of libvlc that is used once and then let go.

A player used for one thing only keeps memory flat. Nothing is asked of libvlc inside its callbacks, which would hang
for ever: they put a word into a queue, or remember a number.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import vlc

from player.screen import Happening, Look, Media, Report, Tell
from player.vlc.levels import volume
from player.vlc.progress import Progress
from player.vlc.silence import Silence

logger = logging.getLogger(__name__)

_PATIENCE_S: Final = 0.2
_SETTLING_S: Final = 0.03
"""A seek asked for as soon as libvlc says that it is held is lost."""

_LAST_MS: Final = 1500
"""For how long libvlc may say nothing of the time before it says that the end is reached."""


class Playing:
    """What plays.

    Args:
        player: libvlc's player for it, new; it is released in the end.
        media: what is to be played.
        generation: its number, for reports.
        tell: hears how it ends, from a thread of libvlc.
        wake: is called from a thread of libvlc when `settle` has something to do; must only put it into a queue.
        silent: its sound goes nowhere.
    """

    def __init__(
        self,
        player: vlc.MediaPlayer,
        media: Media,
        generation: int,
        tell: Tell,
        wake: Callable[[Playing], None],
        *,
        silent: bool,
    ) -> None:
        self.generation = generation
        self._tell = tell
        self._wake = wake
        self._turn = threading.RLock()
        self._level = media.level
        self._held = False
        self._parked = False
        self._pausing = False
        self._sought: int | None = None
        self._begun = False
        self._begun_s: float | None = None
        self._timed = False
        self._over = False
        self._retired = False
        self._progress = Progress()
        self._player = player
        self._silence = Silence(player) if silent else None
        self._events = vlc.libvlc_media_player_event_manager(player)  # its own method keeps every player for ever
        self._heard = {
            vlc.EventType.MediaPlayerPlaying: self._on_begun,
            vlc.EventType.MediaPlayerVout: self._on_change,
            vlc.EventType.MediaPlayerPaused: self._on_change,
            vlc.EventType.MediaPlayerTimeChanged: self._on_time,
            vlc.EventType.MediaPlayerEndReached: self._on_ended,
            vlc.EventType.MediaPlayerEncounteredError: self._on_failed,
        }
        for event, heard in self._heard.items():
            self._events.event_attach(event, heard)
        self._player.audio_set_volume(volume(self._level))
        self._player.play()

    def hold(self, *, held: bool) -> None:
        """Hold it at its frame, or let it go on; before it has begun, as soon as it has a frame."""
        with self._turn:
            if held and not self._held:
                self._progress = Progress(self.look().position_ms)
            self._held = held
            self.settle()

    def seek(self, position_ms: int) -> None:
        """Go to another moment; before it has begun, as soon as it begins."""
        with self._turn:
            self._progress = Progress(position_ms, time.monotonic())
            self._sought = position_ms
            self.settle()

    def set_level(self, level: int) -> None:
        """Make it this loud."""
        with self._turn:
            self._level = level
            self._player.audio_set_volume(volume(level))
            self.settle()

    def look(self) -> Look:
        """Tell how it is."""
        with self._turn:
            length = max(self._player.get_length(), 0)
            playing = self._player.get_state() == vlc.State.Playing
            position = self._progress.now(time.monotonic(), length, moving=playing and not self._over)
            has_video = self._player.video_get_track_count() > 0
            return Look(
                self.generation, position, length, playing and not self._over, has_video, self._player.has_vout() > 0
            )

    def settle(self) -> None:
        """Bring libvlc to what was wished; called again whenever it can heed more than before.

        Before it plays it heeds nothing. Held before it shows its first picture it would never show one, so until then
        it goes on without a sound. A live stream cannot be held: it is left, and opened again.
        """
        with self._turn:
            if self._over or not (self._begun or self._parked):
                return
            if self._parked:
                if not self._held:
                    self._parked = False
                    self._player.play()
                return
            state = self._player.get_state()
            awaited = self._held and not (self._timed and self._complete)
            self._sound(0 if awaited else volume(self._level))
            if self._sought is not None and self._pausing and state == vlc.State.Paused:
                time.sleep(_SETTLING_S)
            self._pausing = self._pausing and state != vlc.State.Paused
            if self._sought is not None and (awaited or self._held == (state == vlc.State.Paused)):
                self._player.set_time(self._sought)
                self._sought = None
                self._timed = self._timed and not awaited
            if awaited:
                return
            if not self._held and state == vlc.State.Paused:
                self._player.set_pause(0)
            elif self._held and state != vlc.State.Paused:
                self._halt()

    @property
    def pictured(self) -> bool:
        """Whether it has moving pictures, as far as is known by now; not once it is let go of."""
        with self._turn:
            return not self._retired and bool(self._player.has_vout() > 0 or self._player.video_get_track_count() > 0)

    def snapshot(self, path: str, width: int) -> bool:
        """Write the picture that is shown now as a PNG; False when there is none."""
        with self._turn:
            return bool(self._player.has_vout() > 0 and self._player.video_take_snapshot(0, path, width, 0) == 0)

    def retire(self, patience_s: float = _PATIENCE_S) -> None:
        """Silence it and let go of it.

        Near its end libvlc lets go only after the last of the sound; of a stream that does not answer, after seconds.

        Args:
            patience_s: how long to wait for that, in seconds: a little, so that two films seldom share the processor.
        """
        with self._turn:
            self._over = self._retired = True
            self._player.audio_set_volume(0)
            if self._silence:
                self._silence.end()
        for event in self._heard:
            self._events.event_detach(event)
        gone = threading.Event()
        threading.Thread(target=self._bury, args=(gone,), name="retire", daemon=True).start()
        if not gone.wait(patience_s):
            logger.debug("What played does not let go yet; going on without waiting for it.")

    def _bury(self, gone: threading.Event) -> None:
        self._player.stop()
        self._player.release()
        gone.set()

    @property
    def _complete(self) -> bool:
        """Whether its pictures are there, if it has any."""
        return bool(self._player.has_vout() > 0 or self._player.video_get_track_count() <= 0)

    def _sound(self, wanted: int) -> None:
        if not self._silence and self._player.audio_get_volume() != wanted:
            self._player.audio_set_volume(wanted)

    def _halt(self) -> None:
        if self._player.can_pause():
            self._pausing = True
            self._player.set_pause(1)
        else:
            self._parked, self._begun = True, False
            self._player.stop()

    def _on_begun(self, event: object) -> None:
        self._begun, self._begun_s = True, time.monotonic()
        self._wake(self)

    def _on_change(self, event: object) -> None:
        self._wake(self)

    def _on_time(self, event: vlc.Event) -> None:
        self._progress = Progress(event.u.new_time, time.monotonic())
        if not self._timed:
            self._timed = True
            self._wake(self)

    def _on_ended(self, event: object) -> None:
        self._end(Happening.ENDED)

    def _on_failed(self, event: object) -> None:
        self._end(Happening.FAILED)

    def _end(self, happening: Happening) -> None:
        if self._over:
            return
        self._over = True
        if self._progress.heard_s is None and self._begun_s is not None:
            self._progress = Progress(self._progress.position_ms, self._begun_s)
        if self._progress.heard_s is not None:
            self._progress = Progress(self._progress.now(time.monotonic(), 0, moving=True, at_most_ms=_LAST_MS))
        self._tell(Report(self.generation, happening))
