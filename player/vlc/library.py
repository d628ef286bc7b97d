"""libvlc as a whole: found, and set up for a television that nobody stands before with a keyboard.

It is started a second time once a film has subtitles. Whoever may draw text looks for fonts at the beginning of every
film, three times, which is a third of the time to the first frame, and memory that stays; and only libvlc as a whole
can be told not to.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Final

import vlc

from player.errors import ScreenMissingError, Sentence
from player.screen import Media
from player.vlc.addresses import is_address, is_microphone
from player.vlc.loudspeakers import has_loudspeaker

logger = logging.getLogger(__name__)

OUTPUTS: Final = {"pulse": "pulse", "alsa": "alsa", "none": "adummy"}
"""What `[player] sound` is called in VLC; where that one fails to open, VLC takes another. Pictures go nowhere, unless
a player is given a window: then VLC takes what suits that best, whatever it was told here."""

_ALWAYS: Final = (
    "--quiet",
    "--no-xlib",
    "--no-lua",
    "--no-osd",
    "--no-interact",
    "--no-video-title-show",
    "--no-snapshot-preview",
    "--no-mouse-events",
    "--no-keyboard-events",
    "--no-disable-screensaver",
    "--no-sub-autodetect-file",
    "--no-metadata-network-access",
    "--avcodec-hw=none",
    "--codec=avcodec,any",
    "--no-audio-time-stretch",
    "--audio-resampler=speex_resampler",
)
_NO_TEXT: Final = "--text-renderer=tdummy"
_STREAM_MS: Final = 2000
_FILE_MS: Final = 300
"""How far libvlc reads ahead. What it has read to its end it cannot be stopped from sounding."""
_MICROPHONE_MS: Final = 150


class Library:
    """libvlc, started.

    Args:
        sound: one of `OUTPUTS`.

    Raises:
        ScreenMissingError: it does not start, as without its plugins.
    """

    def __init__(self, sound: str) -> None:
        self._settings = (*_ALWAYS, f"--aout={OUTPUTS[sound]}", "--vout=vdummy")
        self._sound = sound
        self._mute = False
        self._plain = _start(*self._settings, _NO_TEXT)
        self._writing: vlc.Instance | None = None

    def player(self, media: Media) -> vlc.MediaPlayer:
        """Make a player for one thing to be played; the caller releases it.

        Raises:
            ScreenMissingError: libvlc does not start once more, as it must for subtitles.
        """
        instance = self._plain
        if media.subtitles:
            self._writing = instance = self._writing or _start(*self._settings)
        address = is_address(media.source)
        described = instance.media_new_location(media.source) if address else instance.media_new_path(media.source)
        for option in options(media):
            described.add_option(option)
        player = instance.media_player_new()
        player.set_media(described)
        described.release()
        return player

    def silent(self) -> bool:
        """Whether sound goes nowhere at this moment: as it was told, or since there is nothing to be heard from.

        Without a loudspeaker VLC would let sounds end early, as broken ones do.
        """
        mute = self._sound != "none" and not has_loudspeaker(os.environ)
        if mute and not self._mute:
            logger.warning("There is neither a sound server nor a sound card. Nothing is heard.")
        self._mute = mute
        return mute or self._sound == "none"

    def close(self) -> None:
        """Let go of libvlc."""
        self._plain.release()
        if self._writing:
            self._writing.release()


def _start(*settings: str) -> vlc.Instance:
    instance = vlc.Instance(list(settings))
    if instance is None:
        raise ScreenMissingError(
            Sentence("VLC does not start."),
            Sentence("Install it again: apt-get install --reinstall libvlc5 libvlc-bin vlc-plugin-base."),
        )
    return instance


def options(media: Media) -> Sequence[str]:
    """What libvlc is told beside the source."""
    told = [f":start-time={media.start_ms / 1000:.3f}"] if media.start_ms > 0 else []
    told += [f":sub-file={media.subtitles}"] if media.subtitles else [":no-spu"]
    if is_microphone(media.source):
        told += [f":live-caching={_MICROPHONE_MS}"]
    elif is_address(media.source):
        told += [f":network-caching={_STREAM_MS}", ":http-reconnect"]
    else:
        told += [f":file-caching={_FILE_MS}"]
    return told
