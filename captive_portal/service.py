"""The gate's small site on its UNIX socket: says how phones stand, and hears what somebody tapped.

With mode `none` the machine has no Wi-Fi of its own, so there is nothing to open or to close and this says just that.
"""

import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from captive_portal import gate
from captive_portal.config import CaptivePortalConfig, RetentionConfig
from captive_portal.errors import WallError
from captive_portal.gate import Stage
from captive_portal.gatekeeper import Crowd, Gatekeeper, PhoneView, RefusedError, UnknownPhoneError

_STANDINGS = {Stage.NEW: "captive", Stage.OFFLINE_OK: "online"}


@dataclass(frozen=True, slots=True)
class Radio:
    """What the gate's site says of the radio.

    Attributes:
        state: hostapd's word, such as "ENABLED"; empty without a radio of one's own.
        problem: what is wrong with it, as a sentence; empty when nothing is.
        trouble: the problem's kind, a word of `radios.Trouble`; empty when nothing is wrong.
        seats: phones on it and how many it carries (None: nobody knows); None when the phones that spoke are counted.
    """

    state: str = ""
    problem: str = ""
    trouble: str = ""
    seats: tuple[int, int | None] | None = None


def create_app(
    config: CaptivePortalConfig,
    gatekeeper: Gatekeeper | None = None,
    radio: Callable[[], Radio] = Radio,
    retention: RetentionConfig | None = None,
) -> Flask:
    """Build the gate's site: `GET /healthz`, `GET /status`, `GET /phones/ADDRESS` and `POST /phones/ADDRESS/WISH`,
    where a wish is `internet`, `library` or `leave`.

    Args:
        config: the portal's settings.
        gatekeeper: keeps the gate; None in mode `none`.
        radio: tells how the radio is; raises nothing.
        retention: what is kept about phones; None for nothing.
    """
    app = Flask(__name__)
    keeping = retention or RetentionConfig()

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        return jsonify(ok=True)

    @app.get("/status")
    def status() -> ResponseReturnValue:
        crowd = gatekeeper.crowd() if gatekeeper else Crowd(0, 0, 0)
        now = radio()
        answer: dict[str, Any] = {
            "mode": config.mode,
            "open": gatekeeper is None,
            "backhaul": gatekeeper.backhaul if gatekeeper else "none",
            "phones": crowd.phones,
            "seats": seats_json(now, crowd),
            "welcomed": crowd.welcomed,
            "online": crowd.online,
            "radio": {"state": now.state, "trouble": now.trouble, "problem": now.problem},
            "lease_log": keeping.lease_log,
            "keep_days": keeping.keep_days,
        }
        if gatekeeper is None:
            answer["note"] = "No Wi-Fi of our own: everyone who reaches this machine may read."
        return jsonify(answer)

    if gatekeeper is not None:
        _install_phones(app, gatekeeper, radio)
    return app


def phone_json(view: PhoneView, seats: dict[str, int | None]) -> dict[str, Any]:
    """How a phone stands, as `GET /phones/ADDRESS` says it; times in whole seconds, null where there is no limit.

    `session_seconds` is what is left of the session (null without one), `offer_seconds` what a tap on the internet
    would open, with a link.
    """
    visit, limits = view.visit, view.limits
    offer_s = gate.offer_s(visit, limits)
    day_s = None if limits.day_s is None else max(0, math.ceil(limits.day_s - visit.used_s))
    return {
        "known": view.known,
        "standing": _STANDINGS.get(visit.stage, visit.stage.value),
        "internet": view.link,
        "session_seconds": math.ceil(visit.left_s) if visit.wants_internet else None,
        "offer_seconds": math.ceil(offer_s),
        "day_seconds": day_s,
        "day_bytes": None if limits.day_bytes is None else max(0, limits.day_bytes - visit.used_bytes),
        "may_go_online": view.known and gate.refusal(visit, limits, link=view.link) is None,
        "seats": seats,
    }


def seats_json(radio: Radio, crowd: Crowd) -> dict[str, int | None]:
    """How many phones are on the Wi-Fi, and how many it carries (null: nobody knows)."""
    used, most = radio.seats or (crowd.phones, None)
    return {"used": used, "most": most}


def _install_phones(app: Flask, gatekeeper: Gatekeeper, radio: Callable[[], Radio]) -> None:
    wishes = {
        "internet": gatekeeper.open_internet,
        "library": gatekeeper.open_library,
        "leave": gatekeeper.leave,
    }

    def said(view: PhoneView) -> ResponseReturnValue:
        return jsonify(phone_json(view, seats_json(radio(), gatekeeper.crowd())))

    @app.get("/phones/<address>")
    def phone(address: str) -> ResponseReturnValue:
        if not _is_address(address):
            return _problem("address", 400)
        return said(gatekeeper.look(address))

    @app.post("/phones/<address>/<wish>")
    def tap(address: str, wish: str) -> ResponseReturnValue:
        if wish not in wishes:
            return _problem("wish", 404)
        if not _is_address(address):
            return _problem("address", 400)
        try:
            return said(wishes[wish](address))
        except UnknownPhoneError:
            return _problem("unknown", 404)
        except RefusedError as error:
            return _problem(error.refusal.value, 409)
        except WallError:
            return _problem("wall", 503)


def _is_address(text: str) -> bool:
    """Whether it is an IPv4 address in the one way of writing it."""
    try:
        return str(ipaddress.IPv4Address(text)) == text
    except ValueError:
        return False


def _problem(word: str, status: int) -> ResponseReturnValue:
    return jsonify(problem=word), status
