"""The player's site on its UNIX socket: what it does, its films, its commands, its log; every error as JSON.

The hub's website is the only client that villagers reach. It has looked at the PIN, and says whose it was.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from player import requests, site_values
from player.alerts.play_log import PlayLogError, lines
from player.answers import problem_json
from player.engine import commands
from player.engine.commands import Command
from player.engine.conductor import Conductor
from player.engine.counts import CountError, CountFileError, Counts
from player.engine.refusals import UnknownListError
from player.engine.thread import Engine, EngineBusyError
from player.errors import PlayerError, ScreenError, Sentence
from player.films import FilmRefusedError, Films, UnknownFilmError
from player.schedule.due import Occurrence
from player.sidecar import SidecarError

logger = logging.getLogger(__name__)

LARGEST_SCHEDULE_BYTES: Final = 256 << 10
"""No schedule.toml is larger."""

MOST_LOG_LINES: Final = 1000
"""So many lines of the log are told at once."""

_STATUS_OF: Final[tuple[tuple[type[PlayerError], int], ...]] = (
    (requests.BadRequestError, 400),
    (CountError, 400),
    (requests.TooLargeError, 413),
    (FilmRefusedError, 403),
    (SidecarError, 403),
    (UnknownFilmError, 404),
    (UnknownListError, 404),
    (ScreenError, 503),
    (EngineBusyError, 503),
    (PlayLogError, 503),
    (CountFileError, 503),
)
"""Which status an error has; every other one is a refusal for now."""


class ScheduleRefusedError(PlayerError):
    """A schedule.toml that is not taken; `problems` are all that is wrong with it."""

    def __init__(self, problems: Sequence[str], hint: str = "") -> None:
        super().__init__(problems[0] if problems else Sentence("The schedule cannot be taken."), hint)
        self.problems = tuple(problems)


SaveSchedule = Callable[[bytes], None]
"""Checks a schedule.toml and puts it into the place of the old one; raises `ScheduleRefusedError`, OSError."""


def create_app(
    engine: Engine,
    films: Films,
    *,
    screen: str = "none",
    log: Path,
    counts: Counts,
    save_schedule: SaveSchedule,
    blueprints: Iterable[Blueprint] = (),
) -> Flask:
    """Build the player's site.

    Args:
        engine: what it asks.
        films: the content folder.
        screen: what the player shows films on, as hub.toml says it.
        log: the file of the play log.
        counts: what was counted in the hall.
        save_schedule: takes a new schedule.toml.
        blueprints: the sites of recordings and of announcements.
    """
    app = Flask(__name__)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    _tell_errors(app)
    _read(app, engine, films, screen, log, counts)
    _obey(app, engine, screen)
    _plan(app, engine, save_schedule)
    return app


def problem(error: PlayerError, status: int | None = None) -> ResponseReturnValue:
    """Answer an error as JSON, with its status."""
    if status is None:
        status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 409)
    return jsonify(problem_json(error)), status


def _tell_errors(app: Flask) -> None:
    @app.errorhandler(PlayerError)
    def refused(error: PlayerError) -> ResponseReturnValue:
        return problem(error)

    @app.errorhandler(HTTPException)
    def unknown(error: HTTPException) -> ResponseReturnValue:
        response = jsonify(problem=error.name, msgid=error.name, arguments={}, hint="")
        response.headers.extend(  # such as Allow
            (name, value)
            for name, value in error.get_headers()
            if name.lower() not in {"content-type", "content-length"}
        )
        return response, error.code or 500

    @app.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        logger.error("%s %s", request.method, request.path, exc_info=error)
        failure = PlayerError(Sentence("The player has made a mistake."), Sentence("Try again in a moment."))
        return problem(failure, 500)


def _read(app: Flask, engine: Engine, films: Films, screen: str, log: Path, counts: Counts) -> None:
    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        alive = engine.alive
        return jsonify(ok=alive), 200 if alive else 503

    @app.get("/status")
    def status() -> ResponseReturnValue:
        return jsonify(site_values.status_json(engine.status, screen))

    @app.get("/films")
    def all_films() -> ResponseReturnValue:
        left_out, lengths, schedule = engine.ask(
            lambda conductor: (
                conductor.programme.playable.quarantined,
                dict(conductor.programme.lengths),
                conductor.house.planner.schedule,
            )
        )
        return jsonify(site_values.films_json(films.all(), left_out, lengths, schedule))

    @app.get("/quarantine")
    def quarantine() -> ResponseReturnValue:
        left_out = engine.ask(lambda conductor: conductor.programme.playable.quarantined)
        return jsonify(site_values.quarantine_json(left_out))

    @app.get("/log")
    def play_log() -> ResponseReturnValue:
        limit = max(1, min(request.args.get("limit", 100, int), MOST_LOG_LINES))
        going_on = engine.ask(lambda conductor: conductor.going_on)
        found = lines(log, limit, request.args.get("before", None, int))
        return jsonify(site_values.log_json(found, going_on))

    @app.get("/counts")
    def counted() -> ResponseReturnValue:
        return jsonify(site_values.counts_json(counts.newest()))

    @app.get("/picture")
    def picture() -> ResponseReturnValue:
        seen = engine.photograph()
        if seen is None:
            dark = PlayerError(Sentence("Nothing can be seen just now."), Sentence("Look again when something plays."))
            return problem(dark, 404)
        response = Response(seen, mimetype="image/jpeg")
        response.set_etag(hashlib.blake2b(seen, digest_size=12).hexdigest())
        response.headers["Cache-Control"] = "no-cache"
        return response.make_conditional(request)

    @app.get("/schedule")
    def week() -> ResponseReturnValue:
        return jsonify(site_values.week_json(engine.ask(lambda conductor: conductor.house.planner.ahead())))


def _obey(app: Flask, engine: Engine, screen: str) -> None:
    def obeyed(command: Command) -> ResponseReturnValue:
        engine.command(command)
        return jsonify(site_values.status_json(engine.status, screen)), 202

    @app.post("/play")
    def play() -> ResponseReturnValue:
        wish = requests.said(requests.PlaySaid)
        if wish.film is not None:
            return obeyed(commands.Play(wish.film, author=wish.author))
        if wish.playlist is not None:
            return obeyed(commands.PlayList(wish.playlist, wish.place, author=wish.author))
        return obeyed(commands.PlayBroadcast(wish.broadcast or "", author=wish.author))

    @app.post("/toggle")
    def toggle() -> ResponseReturnValue:
        requests.said(requests.Nothing)
        return obeyed(commands.TogglePause())

    @app.post("/hold")
    def hold() -> ResponseReturnValue:
        return obeyed(commands.Hold(requests.said(requests.HoldSaid).held))

    @app.post("/next")
    def following() -> ResponseReturnValue:
        requests.said(requests.Nothing)
        return obeyed(commands.Step())

    @app.post("/previous")
    def previous() -> ResponseReturnValue:
        requests.said(requests.Nothing)
        return obeyed(commands.Step(forward=False))

    @app.post("/seek")
    def seek() -> ResponseReturnValue:
        wish = requests.said(requests.SeekSaid)
        return obeyed(commands.Seek(wish.position_ms, wish.relative))

    @app.post("/level")
    def level() -> ResponseReturnValue:
        return obeyed(commands.SetLevel(requests.said(requests.LevelSaid).level))

    @app.post("/stop")
    def stop() -> ResponseReturnValue:
        wish = requests.said(requests.StopSaid)
        return obeyed(commands.Stop(wish.everything, author=wish.author))

    @app.post("/count")
    def count() -> ResponseReturnValue:
        counted = requests.said(requests.CountSaid)
        return obeyed(commands.Count(counted.people, counted.hands))

    @app.post("/quarantine/forgive")
    def forgive() -> ResponseReturnValue:
        return obeyed(commands.Forgive(requests.said(requests.ForgiveSaid).film))


def _plan(app: Flask, engine: Engine, save_schedule: SaveSchedule) -> None:
    @app.put("/schedule")
    def plan() -> ResponseReturnValue:
        text = requests.body(LARGEST_SCHEDULE_BYTES)
        try:
            save_schedule(text)
        except ScheduleRefusedError as error:
            problems = [problem_json(PlayerError(one)) for one in error.problems]
            return jsonify(**problem_json(error), problems=problems), 400
        except OSError as error:
            full = Sentence("The schedule cannot be written: %(reason)s.", reason=error.strerror)
            return problem(PlayerError(full, Sentence("Is the card full or read-only?")), 503)
        return jsonify(site_values.week_json(engine.ask(_planned_anew))), 202


def _planned_anew(conductor: Conductor) -> list[Occurrence]:
    conductor.house.planner.reload()
    conductor.tick()
    return conductor.house.planner.ahead()
