"""The two D-Bus interfaces of MPRIS 2 as dbus-fast wants them written; every decision is in `player.mpris.rules`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from dbus_fast import DBusError, PropertyAccess, Variant
from dbus_fast.annotations import (
    DBusBool,
    DBusDict,
    DBusDouble,
    DBusInt64,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
)
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from player.engine.commands import Command
from player.mpris import rules
from player.mpris.rules import Shown

Nothing = Annotated[None, DBusSignature("")]
Strings = Annotated[list[str], DBusSignature("as")]
READ: Final = PropertyAccess.READ


class Root(ServiceInterface):
    """org.mpris.MediaPlayer2: who the player is."""

    def __init__(self, identity: str) -> None:
        super().__init__("org.mpris.MediaPlayer2")
        self._identity = identity

    @dbus_method(name="Raise")
    def bring_to_front(self) -> Nothing:
        """Nothing to bring: it has the whole screen."""

    @dbus_method(name="Quit")
    def quit(self) -> Nothing:
        """The service manager ends it, nobody else."""

    @dbus_property(READ, name="CanQuit")
    def can_quit(self) -> DBusBool:
        """No."""
        return False

    @dbus_property(READ, name="CanRaise")
    def can_raise(self) -> DBusBool:
        """No."""
        return False

    @dbus_property(READ, name="HasTrackList")
    def has_track_list(self) -> DBusBool:
        """No."""
        return False

    @dbus_property(READ, name="Identity")
    def identity(self) -> DBusStr:
        """The house."""
        return self._identity

    @dbus_property(READ, name="SupportedUriSchemes")
    def supported_uri_schemes(self) -> Strings:
        """None: what is shown comes from the content folder."""
        return []

    @dbus_property(READ, name="SupportedMimeTypes")
    def supported_mime_types(self) -> Strings:
        """None, for the same reason."""
        return []


class Player(ServiceInterface):
    """org.mpris.MediaPlayer2.Player: what plays, and the buttons.

    Args:
        look: tells what is to be seen now.
        post: takes the command of a button.
    """

    def __init__(self, look: Callable[[], Shown], post: Callable[[Command], None]) -> None:
        super().__init__("org.mpris.MediaPlayer2.Player")
        self._look = look
        self._post = post

    def _may_post(self, command: Command | None) -> None:
        if command is not None:
            self._post(command)

    @dbus_method(name="Next")
    def next(self) -> Nothing:
        """The next film of the list."""
        self._post(rules.step(forward=True))

    @dbus_method(name="Previous")
    def previous(self) -> Nothing:
        """The one before."""
        self._post(rules.step(forward=False))

    @dbus_method(name="Pause")
    def pause(self) -> Nothing:
        """Hold it."""
        self._post(rules.pause())

    @dbus_method(name="PlayPause")
    def play_pause(self) -> Nothing:
        """Hold it, or let it go on."""
        self._post(rules.play_pause())

    @dbus_method(name="Stop")
    def stop(self) -> Nothing:
        """End it."""
        self._post(rules.stop())

    @dbus_method(name="Play")
    def play(self) -> Nothing:
        """Let it go on."""
        self._post(rules.play(self._look()))

    @dbus_method(name="Seek")
    def seek(self, offset: DBusInt64) -> Nothing:
        """Go on by microseconds."""
        self._post(rules.seek(offset))

    @dbus_method(name="SetPosition")
    def set_position(self, track: DBusObjectPath, position: DBusInt64) -> Nothing:
        """Go to a moment of a film that is still the one."""
        self._may_post(rules.set_position(self._look(), track, position))

    @dbus_method(name="OpenUri")
    def open_uri(self, uri: DBusStr) -> Nothing:
        """Refuse: what is shown comes from the content folder, where rights are known."""
        raise DBusError("org.freedesktop.DBus.Error.NotSupported", "Films are chosen on the hub's pages.")

    @dbus_signal(name="Seeked")
    def seeked(self, position: int) -> DBusInt64:
        """Somebody went to another moment."""
        return position

    @dbus_property(READ, name="PlaybackStatus")
    def playback_status(self) -> DBusStr:
        """Playing, Paused or Stopped."""
        return self._look().playback

    @dbus_property(READ, name="Metadata")
    def metadata(self) -> DBusDict:
        """Which film."""
        return metadata(self._look())

    @dbus_property(name="Volume")
    def volume(self) -> DBusDouble:
        """How loud, from 0 to 1."""
        return self._look().volume

    @volume.setter  # type: ignore[no-redef]
    def volume(self, volume: DBusDouble) -> None:
        """Make it so loud."""
        self._may_post(rules.set_volume(volume))

    @dbus_property(READ, name="Position")
    def position(self) -> DBusInt64:
        """Where it is, in microseconds."""
        return self._look().position

    @dbus_property(READ, name="Rate")
    def rate(self) -> DBusDouble:
        """Always as fast as it was made."""
        return 1.0

    @dbus_property(READ, name="MinimumRate")
    def minimum_rate(self) -> DBusDouble:
        """As above."""
        return 1.0

    @dbus_property(READ, name="MaximumRate")
    def maximum_rate(self) -> DBusDouble:
        """As above."""
        return 1.0

    @dbus_property(READ, name="CanGoNext")
    def can_go_next(self) -> DBusBool:
        """Yes; without a list it does nothing."""
        return True

    @dbus_property(READ, name="CanGoPrevious")
    def can_go_previous(self) -> DBusBool:
        """Yes, likewise."""
        return True

    @dbus_property(READ, name="CanPlay")
    def can_play(self) -> DBusBool:
        """Yes."""
        return True

    @dbus_property(READ, name="CanPause")
    def can_pause(self) -> DBusBool:
        """Yes."""
        return True

    @dbus_property(READ, name="CanSeek")
    def can_seek(self) -> DBusBool:
        """Yes."""
        return True

    @dbus_property(READ, name="CanControl")
    def can_control(self) -> DBusBool:
        """Yes."""
        return True


def metadata(now: Shown) -> dict[str, Variant]:
    """Which film it is, as MPRIS says it."""
    found: dict[str, Variant] = {"mpris:trackid": Variant("o", now.track)}
    if now.title:
        found["xesam:title"] = Variant("s", now.title)
    if now.length:
        found["mpris:length"] = Variant("x", now.length)
    return found


def changes(before: Shown, after: Shown) -> dict[str, Any]:
    """The properties that differ, with what they are now; the position never counts (MPRIS 2.2)."""
    found: dict[str, Any] = {}
    if before.playback != after.playback:
        found["PlaybackStatus"] = after.playback
    if (before.track, before.title, before.length) != (after.track, after.title, after.length):
        found["Metadata"] = metadata(after)
    if before.volume != after.volume:
        found["Volume"] = after.volume
    return found
