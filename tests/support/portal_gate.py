"""A gate for tests of the portal's pages: speaks the gate's JSON and keeps its rules, in memory, with one phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from captive_portal.asking import GateSilentError


@dataclass
class OnePhoneGate:
    """Answers as `hub run gate` does; can be told to be silent.

    Attributes:
        address: of the only phone it knows.
        backhaul: as in the gate's `/status`.
        standing: how the phone stands.
        asked: every method and target it was asked with.
    """

    address: str = "10.10.10.7"
    backhaul: str = "up"
    standing: str = "captive"
    session_seconds: int | None = None
    day_seconds: int | None = 45 * 60
    day_bytes: int | None = 480_000_000
    used: int = 7
    most: int | None = 8
    radio_trouble: str = ""
    radio_problem: str = ""
    silent: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, method: str, target: str) -> tuple[int, dict[str, Any]]:
        """Answer one question."""
        if self.silent:
            raise GateSilentError("The gate is silent, as the test wants it.")
        self.asked.append((method, target))
        match (method, target.split("/")[1:]):
            case ("GET", ["status"]):
                return 200, self._status()
            case ("GET", ["phones", address]):
                return 200, self._phone(address)
            case ("POST", ["phones", address, wish]) if address == self.address:
                return self._tap(wish)
            case ("POST", ["phones", _, _]):
                return 404, {"problem": "unknown"}
        return 404, {}

    def _tap(self, wish: str) -> tuple[int, dict[str, Any]]:
        day_over = 0 in {self.day_seconds, self.day_bytes}
        if wish == "internet":
            if self.backhaul != "up" or day_over:
                return 409, {"problem": "day-over" if day_over else "no-backhaul"}
            self.standing = "online"
            self.session_seconds = 3600 if self.day_seconds is None else min(3600, self.day_seconds)
        elif (self.standing == "online") == (wish == "leave"):  # the library closes no internet that is open
            self.standing, self.session_seconds = "welcomed", None
        return 200, self._phone(self.address)

    def _phone(self, address: str) -> dict[str, Any]:
        known, up = address == self.address, self.backhaul == "up"
        return {
            "known": known,
            "standing": self.standing if known else "captive",
            "internet": up,
            "session_seconds": self.session_seconds if known else None,
            "day_seconds": self.day_seconds,
            "day_bytes": self.day_bytes,
            "may_go_online": known and up and 0 not in {self.day_seconds, self.day_bytes},
            "seats": {"used": self.used, "most": self.most},
        }

    def _status(self) -> dict[str, Any]:
        return {
            "mode": "access-point",
            "open": False,
            "backhaul": self.backhaul,
            "phones": self.used,
            "seats": {"used": self.used, "most": self.most},
            "welcomed": 3,
            "online": int(self.standing == "online"),
            "radio": {"state": "ENABLED", "trouble": self.radio_trouble, "problem": self.radio_problem},
            "lease_log": "none",
            "keep_days": 90,
        }
