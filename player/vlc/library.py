"""libvlc as a whole: found, and set up for a television that nobody stands before with a keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import vlc

from player.errors import ScreenMissingError, Sentence
from player.screen import Media
from player.vlc.addresses import is_address, is_microphone

OUTPUTS: Final = {"pulse": "pulse", "alsa": "alsa", "none": "adummy"}
"""What `[player] sound` is called in VLC; where that one fails to open, VLC takes another."""

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
)
_NO_TEXT: Final = ":text-renderer=tdummy"
_STREAM_MS: Final = 2000
_MICROPHONE_MS: Final = 150


def open_library(sound: str, picture: str) -> vlc.Instance:
    """Start libvlc.

    Args:
        sound: one of `OUTPUTS`.
        picture: the video outputs to try, first first, as VLC writes lists of modules.

    Raises:
        ScreenMissingError: it does not start, as without its plugins.
    """
    instance = vlc.Instance([*_ALWAYS, f"--aout={OUTPUTS[sound]}", f"--vout={picture}"])
    if instance is None:
        raise ScreenMissingError(
            Sentence("VLC does not start."),
            Sentence("Install it again: apt-get install --reinstall libvlc5 libvlc-bin vlc-plugin-base."),
        )
    return instance


def open_media(instance: vlc.Instance, media: Media) -> vlc.Media:
    """Describe to libvlc what is to be played; the caller releases it."""
    address = is_address(media.source)
    described = instance.media_new_location(media.source) if address else instance.media_new_path(media.source)
    for option in options(media):
        described.add_option(option)
    return described


def options(media: Media) -> Sequence[str]:
    """What libvlc is told beside the source.

    Text is drawn only where subtitles came along: looking for fonts takes a sixth of the time to the first frame, and
    memory that stays.
    """
    told = [f":start-time={media.start_ms / 1000:.3f}"] if media.start_ms > 0 else []
    told += [f":sub-file={media.subtitles}"] if media.subtitles else [":no-spu", _NO_TEXT]
    if is_microphone(media.source):
        told += [f":live-caching={_MICROPHONE_MS}"]
    elif is_address(media.source):
        told += [f":network-caching={_STREAM_MS}", ":http-reconnect"]
    return told
