"""Watches over the hub's own Wi-Fi: whether it works, who is there, and who makes room when it is full.

The Wi-Fi is ready when hostapd says ENABLED, not when its process has started. Events tell of changes at once; a look
every few seconds finds what was missed, and hostapd itself when it was restarted: then the list of phones is compared
anew. An access point that stays down although its radio is fit is restarted, less and less often. Whatever goes wrong
is told by `AccessPoint.condition`, and never raised to whoever asks.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from captive_portal.errors import CaptivePortalError, HostapdError, Sentence
from captive_portal.hostapd_control import ENABLED, Hostapd
from captive_portal.hostapd_events import (
    CacDone,
    ChannelChanged,
    Disabled,
    Enabled,
    Event,
    StationJoined,
    StationLeft,
    StationRefused,
    Terminating,
)
from captive_portal.hostapd_lines import BY_HAND, EventLine
from captive_portal.programs import Program
from captive_portal.radios import RadioCondition, Trouble
from captive_portal.seats import Seat, after_look, whom_to_move_out

logger = logging.getLogger(__name__)

_NAP_S = 0.5
_GONE_S = 10.0  # phones are taken to be gone when hostapd is away for so long
_LONGEST_RESTART_WAIT_S = 600.0
_OFF = "DISABLED"
_EXPLAIN_AGAIN_S = 15.0  # finding out why means running programs


@dataclass(frozen=True, slots=True)
class AirCondition:
    """How the Wi-Fi is.

    Attributes:
        state: "ENABLED" when it works; another word of hostapd's; empty when hostapd is not there.
        problem: what is wrong, as a sentence; empty when nothing is, or when it only just begins.
        hint: what to do next, as a sentence; may be empty.
        ssid: the name of the Wi-Fi, while it works.
        channel: its channel, while it works; else 0.
        trouble: the problem's kind, for those who say it in another language.
    """

    state: str = ""
    problem: str = ""
    hint: str = ""
    ssid: str = ""
    channel: int = 0
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the access point waits, all in seconds.

    Attributes:
        look_s: between two looks at hostapd.
        away_s: until a hostapd that is not there is called a problem; being restarted is none.
        down_s: until a Wi-Fi that does not work is called a problem, and restarted if its radio is fit; waiting for
            radars to show up takes 60.
        exile_s: how long a phone that was moved out is kept out, so that somebody else can take the seat.
    """

    look_s: float = 2.0
    away_s: float = 5.0
    down_s: float = 75.0
    exile_s: float = 60.0


class AccessPoint:
    """Watches one hostapd in a thread of its own.

    Args:
        hostapd: how to talk with it.
        most: how many seats there are.
        rest_s: a phone that rested so long may be moved out when all seats are taken, in seconds; None: nobody is.
        on_joined: hears the link-layer address of a phone that came; called in this thread, errors are only logged.
        on_left: the same for one that went.
        look_at_radio: finds out why a radio does not work (`radios.look`); None when there is nothing to look at.
        program: how hostapd is restarted; None when it never shall be.
        patience: how long it waits.
        clock: seconds that never jump.
    """

    def __init__(
        self,
        hostapd: Hostapd,
        most: int,
        rest_s: float | None = None,
        on_joined: Callable[[str], None] = lambda mac: None,
        on_left: Callable[[str], None] = lambda mac: None,
        look_at_radio: Callable[[], RadioCondition] | None = None,
        program: Program | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hostapd = hostapd
        self._most = most
        self._rest_s = rest_s
        self._on_joined = on_joined
        self._on_left = on_left
        self._look_at_radio = look_at_radio or RadioCondition
        self._program = program
        self._patience = patience or Patience()
        self._clock = clock
        self._seats: dict[str, Seat] = {}  # replaced as a whole, so that other threads may read it
        self._exiled: dict[str, float] = {}
        self._condition = AirCondition()
        self._off = False  # the radio is switched off, of which hostapd's STATUS knows nothing
        self._down_since = clock()
        self._restart_wait_s = self._patience.down_s
        self._next_restart = clock() + self._restart_wait_s
        self._next_explanation = clock()
        self._enabled = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="access-point", daemon=True)

    def start(self) -> None:
        """Begin to watch; hostapd need not be there yet."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer, and refuse nobody any longer; hostapd goes on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._hostapd.close()

    def wait_until_enabled(self, timeout_s: float) -> bool:
        """Wait until the Wi-Fi works, up to so many seconds; tell whether it does."""
        return self._enabled.wait(timeout_s)

    def seats(self) -> tuple[int, int]:
        """Return how many seats are taken, and how many there are."""
        return len(self._seats), self._most

    def phones(self) -> tuple[Seat, ...]:
        """Return everybody who is there."""
        return tuple(self._seats.values())

    def condition(self) -> AirCondition:
        """Return how the Wi-Fi is."""
        return self._condition

    def move_out(self, mac: str) -> bool:
        """Send a phone away and keep it out for a while; tell whether that could be done."""
        try:
            self._hostapd.deny(mac)
        except HostapdError as error:
            logger.warning("a phone could not be moved out: %s", error)
            return False
        self._exiled[mac.lower()] = self._clock() + self._patience.exile_s
        return True

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._hostapd.events() as line:
                    self._watch(line)
            except HostapdError as error:
                self._lose(error)
            except Exception:
                logger.exception("the watch over the Wi-Fi failed and begins anew")
            self._stopping.wait(_NAP_S)
        for mac in list(self._exiled):
            with contextlib.suppress(HostapdError):
                self._hostapd.allow(mac)

    def _watch(self, line: EventLine) -> None:
        """Look and listen until told to stop, or until hostapd is gone, which is raised."""
        self._exiled.clear()
        self._off = self._look_at_radio().trouble in {Trouble.BLOCKED, Trouble.SWITCHED_OFF}
        self._hostapd.allow_all()  # a gate that was killed may have left somebody out
        self._look()
        next_look = self._clock() + self._patience.look_s
        while not self._stopping.is_set():
            event = line.next(min(_NAP_S, max(next_look - self._clock(), 0.0)))
            if event is not None:
                self._hear(event)
            if self._clock() >= next_look:
                line.check()
                self._look()
                next_look = self._clock() + self._patience.look_s

    def _hear(self, event: Event) -> None:
        match event:
            case Enabled() | Disabled():
                self._off = isinstance(event, Disabled) and event.interface
                self._look()
            case StationJoined() | StationLeft() | ChannelChanged() | CacDone():
                self._look()
            case StationRefused(full=True):
                self._make_room()
            case Terminating():
                raise HostapdError(Sentence("hostapd ends."), BY_HAND)
            case _:
                pass

    def _look(self) -> None:
        status = self._hostapd.status()
        stations = self._hostapd.stations()
        now = self._clock()
        state = _OFF if self._off else status.state
        if state == ENABLED:
            if self._condition.state != ENABLED:
                logger.info("the Wi-Fi works, on channel %d", status.channel)
            self._condition = AirCondition(ENABLED, ssid=status.ssid, channel=status.channel)
            self._down_since, self._restart_wait_s = now, self._patience.down_s
            self._next_restart = now + self._restart_wait_s
            self._enabled.set()
        else:
            self._down(state)
        self._sit(after_look(self._seats, stations, now))
        for mac in [mac for mac, until in list(self._exiled.items()) if now >= until]:
            self._hostapd.allow(mac)
            self._exiled.pop(mac, None)
        self._make_room()

    def _make_room(self) -> None:
        if self._rest_s is None:
            return
        mac = whom_to_move_out(self._seats.values(), self._most, self._rest_s, self._clock())
        if mac and mac not in self._exiled and self.move_out(mac):
            logger.info("all %d places were taken: a phone that rested was moved out", self._most)

    def _sit(self, seats: dict[str, Seat]) -> None:
        before, self._seats = self._seats, seats
        for mac in before.keys() - seats.keys():
            self._tell(self._on_left, mac)
        for mac in seats.keys() - before.keys():
            self._tell(self._on_joined, mac)

    def _tell(self, listener: Callable[[str], None], mac: str) -> None:
        try:
            listener(mac)
        except Exception:
            logger.exception("a listener of the access point failed")

    def _lose(self, error: HostapdError) -> None:
        """Note that hostapd is not there, or does not answer."""
        if self._condition.state:
            logger.warning("hostapd is lost: %s", error)
        self._down("", error)
        if self._clock() - self._down_since >= _GONE_S and self._seats:
            self._sit({})

    def _down(self, state: str, error: HostapdError | None = None) -> None:
        """The Wi-Fi does not work: say why, and restart hostapd when that may help."""
        now = self._clock()
        if self._enabled.is_set():
            self._enabled.clear()
            self._down_since = now
        if state != self._condition.state:
            self._condition = AirCondition(state)
            self._next_explanation = now
        down_s = now - self._down_since
        if down_s < (self._patience.away_s if error else self._patience.down_s) or now < self._next_explanation:
            return
        self._next_explanation = now + _EXPLAIN_AGAIN_S
        radio = self._look_at_radio()
        trouble, problem, hint = radio.trouble, radio.problem, radio.hint
        if not problem and error:
            trouble, problem, hint = Trouble.UNREACHABLE, error.message, error.hint
        elif not problem:
            trouble, problem, hint = (
                Trouble.DOWN,
                Sentence("The Wi-Fi does not start: %(state)s.", state=state),
                BY_HAND,
            )
        if problem != self._condition.problem:
            logger.error("%s %s", problem, hint)
        self._condition = AirCondition(state, problem, hint, trouble=trouble)
        if now >= self._next_restart and not radio.problem:
            self._restart(now)

    def _restart(self, now: float) -> None:
        self._restart_wait_s = min(self._restart_wait_s * 2, _LONGEST_RESTART_WAIT_S)
        self._next_restart = now + self._restart_wait_s
        if self._program:
            logger.warning("the Wi-Fi does not work although its radio is fit: hostapd is restarted")
            try:
                self._program.restart()
            except CaptivePortalError as error:
                logger.error("hostapd could not be restarted: %s", error)
