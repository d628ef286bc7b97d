"""The answer that phones get which ask over HTTP whether they are captive (RFC 8908). Pure."""

from __future__ import annotations

from typing import Final

from captive_portal.asking import PhoneReport

MEDIA_TYPE: Final = "application/captive+json"


def answer(phone: PhoneReport, portal_url: str, venue_url: str) -> dict[str, object]:
    """What RFC 8908, section 5, wants to be said of a phone.

    It says what the replies to its probes say, too: a phone that was let in is not captive, with or without a way out,
    so that it stays on the Wi-Fi; whose time is over, is captive again.

    Args:
        phone: how it stands.
        portal_url: the welcome page.
        venue_url: the house's own page.
    """
    captive = phone.known and not phone.let_in
    told: dict[str, object] = {"captive": captive, "user-portal-url": portal_url, "venue-info-url": venue_url}
    if phone.surfing and phone.session_seconds is not None:
        told["seconds-remaining"] = phone.session_seconds
        told["can-extend-session"] = phone.day_seconds is None or phone.day_seconds > phone.session_seconds
    if phone.surfing and phone.day_bytes is not None:
        told["bytes-remaining"] = phone.day_bytes
    return told
