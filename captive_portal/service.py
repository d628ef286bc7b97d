"""The gate's small site on its UNIX socket: says who may pass.

With mode `none` the machine has no Wi-Fi of its own, so there is nothing to open or to close and this says just that.
"""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from captive_portal.config import CaptivePortalConfig


def create_app(config: CaptivePortalConfig) -> Flask:
    """Build the gate's site: `GET /healthz` and `GET /status`."""
    app = Flask(__name__)

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        return jsonify(ok=True)

    @app.get("/status")
    def status() -> ResponseReturnValue:
        note = "No Wi-Fi of our own: everyone who reaches this machine may read."
        return jsonify(mode=config.mode, open=True, note=note)

    return app
