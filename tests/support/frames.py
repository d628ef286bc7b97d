"""A stage that notes when libvlc shows a frame: its pictures go to memory, and nobody looks at them."""

from __future__ import annotations

import ctypes
import time

import vlc

from player.vlc.hidden import Hidden

_LOCK = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
_UNLOCK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
_DISPLAY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


class CountedFrames(Hidden):
    """A hidden stage of a size, for films of that size; their pictures are not converted.

    Attributes:
        shown: when each frame was shown, by the monotonic clock, in seconds.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.shown: list[float] = []
        self._size = size
        self._room = ctypes.create_string_buffer(
            3 * size[0] * size[1]
        )  # libvlc takes all planes for as large as the first
        self._calls = (_LOCK(self._lock), _UNLOCK(lambda *_: None), _DISPLAY(self._display))

    def dress(self, player: vlc.MediaPlayer) -> None:
        """Have the frames brought here."""
        types = (vlc.VideoLockCb, vlc.VideoUnlockCb, vlc.VideoDisplayCb)
        player.video_set_callbacks(
            *(ctypes.cast(call, kind) for call, kind in zip(self._calls, types, strict=True)), None
        )
        player.video_set_format("I420", *self._size, self._size[0])

    def _lock(self, _: object, planes: ctypes._Pointer[ctypes.c_void_p]) -> None:
        for plane in range(3):
            planes[plane] = ctypes.addressof(self._room) + plane * self._size[0] * self._size[1]

    def _display(self, _: object, __: object) -> None:
        self.shown.append(time.monotonic())
