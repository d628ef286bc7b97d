"""The player's small site on its UNIX socket: what it does now, and the remote's commands."""

from dataclasses import asdict

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue

from player.config import PlayerConfig
from player.engine.commands import Stop
from player.engine.thread import Engine


def create_app(config: PlayerConfig, engine: Engine, *blueprints: Blueprint) -> Flask:
    """Build the player's site: `GET /healthz`, `GET /status`, `POST /stop`, and what the blueprints add."""
    app = Flask(__name__)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        return jsonify(ok=engine.alive), 200 if engine.alive else 503

    @app.get("/status")
    def status() -> ResponseReturnValue:
        return jsonify(screen=config.screen, **asdict(engine.status))

    @app.post("/stop")
    def stop() -> ResponseReturnValue:
        engine.post(Stop())
        return jsonify(ok=True), 202

    return app
