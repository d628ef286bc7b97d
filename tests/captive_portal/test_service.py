"""The gate's site says who may pass."""

from captive_portal.config import CaptivePortalConfig
from captive_portal.service import create_app


def test_without_wifi_everyone_may_pass() -> None:
    client = create_app(CaptivePortalConfig()).test_client()
    assert client.get("/healthz").json == {"ok": True}
    status = client.get("/status").get_json()
    assert (status["mode"], status["open"]) == ("none", True)
    assert status["note"]
