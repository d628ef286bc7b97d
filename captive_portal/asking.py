"""How the pages ask the gate about a phone and tell it what somebody tapped; what it says becomes typed values here."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from captive_portal.errors import CaptivePortalError

logger = logging.getLogger(__name__)

Ask = Callable[[str, str], tuple[int, dict[str, Any]]]
"""Asks the gate with an HTTP method for a target; raises GateSilentError when nobody answers."""

Wish = Literal["internet", "library", "leave"]
"""What somebody may tap."""

REST_S: Final = 3.0
"""After the gate kept silent, pages do without it for so long, in seconds, so that readers need not wait for it."""

_STANDINGS: Final = frozenset({"captive", "welcomed", "online", "expired"})


class GateSilentError(CaptivePortalError):
    """The gate does not answer, or says what nobody understands."""


class TapRefusedError(CaptivePortalError):
    """The gate will not do what somebody tapped.

    Args:
        problem: the gate's word for it: `no-backhaul`, `day-over` or `unknown`.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"The gate refused: {problem}.", "The welcome page says why.")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Seats:
    """How many phones are on the Wi-Fi, and how many it carries; None where nobody knows."""

    used: int
    most: int | None

    @property
    def left(self) -> int | None:
        """Places that are free."""
        return None if self.most is None else max(0, self.most - self.used)


@dataclass(frozen=True, slots=True)
class PhoneReport:
    """One phone, as the gate sees it.

    Attributes:
        known: whether its address belongs to a phone of the house's Wi-Fi.
        standing: `captive`, `welcomed`, `online` or `expired`.
        internet: whether the internet can be reached at all.
        session_seconds: what is left of this tap, in seconds; None while it is not online.
        day_seconds: what is left of the day, in seconds; None: without limit.
        day_bytes: what is left of the day, in bytes; None: without limit.
        may_go_online: whether a tap on the internet would open it.
        seats: how full the Wi-Fi is.
    """

    known: bool
    standing: str
    internet: bool
    session_seconds: int | None
    day_seconds: int | None
    day_bytes: int | None
    may_go_online: bool
    seats: Seats

    @property
    def let_in(self) -> bool:
        """Whether somebody tapped already, so that the phone hears that all is well."""
        return self.standing in {"welcomed", "online"}

    @property
    def surfing(self) -> bool:
        """Whether it is on the internet just now."""
        return self.standing == "online" and self.internet


@dataclass(frozen=True, slots=True)
class GateReport:
    """The gate itself, for those who look after the hub.

    Attributes:
        backhaul: `none`, `up`, `down`, `login` or `unknown`.
        seats: how full the Wi-Fi is.
        online: phones on the internet.
        welcomed: phones that were let in, without the internet.
        radio_state: what hostapd says of its state; empty where there is none.
        radio_trouble: what kind of trouble the radio has, a word of `radios.Trouble`; empty when it has none.
        radio_problem: the same as a sentence for technicians.
    """

    backhaul: str
    seats: Seats
    online: int
    welcomed: int
    radio_state: str
    radio_trouble: str
    radio_problem: str


class GateDesk:
    """Asks the gate for the pages.

    Args:
        ask: asks the gate.
        clock: seconds that only ever grow.
    """

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._silent_until = float("-inf")

    def phone(self, address: str) -> PhoneReport:
        """How the phone with that address stands.

        Raises:
            GateSilentError: the gate does not say.
        """
        status, answer = self._look(f"/phones/{_plain(address)}")
        if status != 200:
            raise GateSilentError(f"The gate answers with status {status}.")
        return phone_report(answer)

    def gate(self) -> GateReport:
        """How the gate is.

        Raises:
            GateSilentError: it does not say.
        """
        return gate_report(self._look("/status")[1])

    def tap(self, address: str, wish: Wish) -> PhoneReport:
        """Tell the gate what somebody tapped; returns how the phone stands now.

        Raises:
            TapRefusedError: the gate will not.
            GateSilentError: it does not say.
        """
        status, answer = self._ask("POST", f"/phones/{_plain(address)}/{wish}")
        problem = answer.get("problem")
        if status in {404, 409} and isinstance(problem, str):
            raise TapRefusedError(problem)
        if status != 200:
            raise GateSilentError(f"The gate answers with status {status}.")
        return phone_report(answer)

    def _look(self, target: str) -> tuple[int, dict[str, Any]]:
        if self._clock() < self._silent_until:
            raise GateSilentError("The gate kept silent a moment ago.")
        try:
            return self._ask("GET", target)
        except GateSilentError as error:
            self._silent_until = self._clock() + REST_S
            logger.warning("Pages do without the gate: %s", error.message)
            raise


def phone_report(answer: Mapping[str, Any]) -> PhoneReport:
    """Read what `GET /phones/<address>` answers.

    Raises:
        GateSilentError: nobody understands it.
    """
    try:
        report = PhoneReport(
            known=_flag(answer["known"]),
            standing=answer["standing"],
            internet=_flag(answer["internet"]),
            session_seconds=_optional_count(answer["session_seconds"]),
            day_seconds=_optional_count(answer["day_seconds"]),
            day_bytes=_optional_count(answer["day_bytes"]),
            may_go_online=_flag(answer["may_go_online"]),
            seats=_seats(answer["seats"]),
        )
    except (KeyError, TypeError) as error:
        raise GateSilentError("The gate says of a phone what nobody understands.") from error
    if report.standing not in _STANDINGS:
        raise GateSilentError("The gate says of a phone what nobody understands.")
    return report


def gate_report(answer: Mapping[str, Any]) -> GateReport:
    """Read what `GET /status` answers.

    Raises:
        GateSilentError: nobody understands it.
    """
    try:
        radio = answer.get("radio") or {}
        return GateReport(
            backhaul=str(answer["backhaul"]),
            seats=_seats(answer["seats"]),
            online=_count(answer["online"]),
            welcomed=_count(answer["welcomed"]),
            radio_state=str(radio.get("state", "")),
            radio_trouble=str(radio.get("trouble", "")),
            radio_problem=str(radio.get("problem", "")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise GateSilentError("The gate says of itself what nobody understands.") from error


def plain_address(text: str) -> str:
    """An address of IPv4, also when it stands inside one of IPv6 (RFC 4291, 2.5.5.2); "" for anything else."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return ""
        address = address.ipv4_mapped
    return str(address)


def _plain(address: str) -> str:
    plain = plain_address(address)
    if not plain:
        raise GateSilentError("A page was asked for without an address of IPv4, which every phone of the house has.")
    return plain


def _seats(value: Any) -> Seats:
    return Seats(_count(value["used"]), _optional_count(value["most"]))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("no whole number")
    return max(0, value)


def _optional_count(value: Any) -> int | None:
    return None if value is None else _count(value)
