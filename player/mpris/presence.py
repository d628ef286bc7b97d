"""Is present on the session bus in a thread of its own; no bus, a bus that ends or a name that is taken do no harm."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final

from player.engine.commands import Command
from player.mpris.rules import EngineStatus, jumped, shown

logger = logging.getLogger(__name__)

NAME: Final = "org.mpris.MediaPlayer2.villagehub"
PATH: Final = "/org/mpris/MediaPlayer2"
LOOK_S: Final = 0.5
AGAIN_S: Final = 60.0


class Presence:
    """The player on the bus. `start` it before, `close` it after.

    Args:
        status: tells the engine's status; from any thread, at once.
        post: takes commands; never waits.
        address: of the bus; None: nothing is started, and nothing of D-Bus is loaded.
        identity: the house's name.
        again_s: after how long a bus that is gone is looked for again, in seconds.
    """

    def __init__(
        self,
        status: Callable[[], EngineStatus],
        post: Callable[[Command], None],
        address: str | None,
        identity: str = "Village hub",
        again_s: float = AGAIN_S,
    ) -> None:
        self._status = status
        self._post = post
        self._address = address
        self._identity = identity
        self._again_s = again_s
        self._told = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = Thread(target=self._run, name="mpris", daemon=True)

    def start(self) -> None:
        """Be there, if there is a bus."""
        if self._address is not None:
            self._loop = asyncio.new_event_loop()
            self._task = self._loop.create_task(self._stay())
            self._thread.start()

    def close(self) -> None:
        """Leave."""
        if self._loop is not None and self._task is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()

    def _run(self) -> None:
        assert self._loop is not None and self._task is not None  # noqa: S101 - started by start()
        try:
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
        finally:
            self._loop.close()

    async def _stay(self) -> None:
        while True:
            try:
                await self._be_there()
            except Exception as error:  # whatever a bus does, films go on
                if not self._told:
                    logger.info("Desktop tools cannot see the player: %s", error or type(error).__name__)
                self._told = True
            await asyncio.sleep(self._again_s)

    async def _be_there(self) -> None:
        """From joining the bus until it ends.

        Raises:
            Exception: whatever dbus-fast raises.
        """
        from dbus_fast import NameFlag, RequestNameReply  # noqa: PLC0415 - a hub without a desktop never loads it
        from dbus_fast.aio import MessageBus  # noqa: PLC0415

        from player.mpris.interfaces import Player, Root, changes  # noqa: PLC0415

        bus = await MessageBus(bus_address=self._address).connect()
        try:
            player = Player(lambda: shown(self._status()), self._post)
            bus.export(PATH, Root(self._identity))
            bus.export(PATH, player)
            reply = await bus.request_name(NAME, NameFlag.DO_NOT_QUEUE)
            if reply not in {RequestNameReply.PRIMARY_OWNER, RequestNameReply.ALREADY_OWNER}:
                await bus.request_name(f"{NAME}.instance{os.getpid()}", NameFlag.DO_NOT_QUEUE)
            self._told = False
            loop = asyncio.get_running_loop()
            before, looked = shown(self._status()), loop.time()
            while bus.connected:
                await asyncio.sleep(LOOK_S)
                now, moment = shown(self._status()), loop.time()
                if changed := changes(before, now):
                    player.emit_properties_changed(changed)
                if jumped(before, now, moment - looked):
                    player.seeked(now.position)
                before, looked = now, moment
        finally:
            bus.disconnect()
