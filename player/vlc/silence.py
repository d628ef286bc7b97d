"""The loudspeaker of a machine without any: sound goes nowhere, and takes its time all the same.

VLC's own output for that ends a sound more than a second early.
"""

from __future__ import annotations

import threading

import vlc

_RATE = 48_000
_CHANNELS = 2


class Silence:
    """Takes the sound of one player.

    Args:
        player: whose; must not play yet.
    """

    def __init__(self, player: vlc.MediaPlayer) -> None:
        self._over = threading.Event()
        self._end = 0
        calls = vlc.CallbackDecorators
        self._calls = (
            calls.AudioPlayCb(self._play),
            calls.AudioPauseCb(lambda data, moment: None),
            calls.AudioResumeCb(lambda data, moment: None),
            calls.AudioFlushCb(lambda data, moment: None),
            calls.AudioDrainCb(self._drain),
        )
        player.audio_set_format("S16N", _RATE, _CHANNELS)
        player.audio_set_callbacks(*self._calls, None)

    def end(self) -> None:
        """Wait no longer for the last of the sound."""
        self._over.set()

    def _play(self, data: object, samples: object, count: int, due: int) -> None:
        self._end = due + count * 1_000_000 // _RATE

    def _drain(self, data: object) -> None:
        """Return when the last of the sound would have been heard; asking libvlc's clock does not hang."""
        self._over.wait(max(self._end - vlc.libvlc_clock(), 0) / 1e6)
