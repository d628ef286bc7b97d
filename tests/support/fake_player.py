"""A strict stand-in for the player's HTTP interface: what the hub's pages say to it must be exactly what it takes.

It knows every address the pages may use, refuses fields that it does not know or whose values have the wrong kind, and
remembers what it was asked.
"""

from __future__ import annotations

import contextlib
import threading
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.serving import make_server

from player.schedule.config import ScheduleConfig

STATUS: dict[str, Any] = {
    "screen": "hidden", "state": "idle", "title": "", "film": "", "kind": "", "position_ms": 0, "length_ms": 0,
    "level": 60, "playlist": None, "pause_point": None, "announcement": None, "waiting": 0, "next": None,
    "clock_trusted": True, "quiet": False, "handouts": [], "quarantined": 0, "problem": None, "changed": 1,
}  # fmt: skip
FILMS: list[dict[str, Any]] = [
    {"film": "trau.mp4", "name": "trau", "title": "Nuôi trâu vỗ béo", "description": "Chuồng, cỏ, nước.",
     "language": "vi", "subjects": ["Chăn nuôi"], "kind": "film", "length_ms": 1_100_000, "screening": True,
     "loudspeaker": False, "subtitles": True, "pauses": [{"at_ms": 60_000, "question": "Nhà ai đã ủ chua cỏ?"}],
     "poster": "trau.jpg", "bad": None},
    {"film": "rung.mp4", "name": "rung", "title": "Trồng rừng gỗ lớn trên đất dốc, phần một: chọn giống keo",
     "description": "", "language": "vi", "subjects": [], "kind": "film", "length_ms": 640_000, "screening": True,
     "loudspeaker": False, "subtitles": False, "pauses": [], "poster": None, "bad": None},
    {"film": "nha.mp4", "name": "nha", "title": "Phim chỉ xem ở nhà", "description": "", "language": "vi",
     "subjects": [], "kind": "film", "length_ms": 90_000, "screening": False, "loudspeaker": False,
     "subtitles": False, "pauses": [], "poster": None, "bad": None},
    {"film": "hong.mp4", "name": "hong", "title": "Phim hỏng", "description": "", "language": "vi", "subjects": [],
     "kind": "film", "length_ms": None, "screening": True, "loudspeaker": False, "subtitles": False, "pauses": [],
     "poster": None, "bad": {"reason": "It ended after 12 ms.", "since": "2026-11-25T08:00"}},
    {"film": "then.m4a", "name": "then", "title": "Hát then mừng xuân", "description": "", "language": "tyz",
     "subjects": [], "kind": "sound", "length_ms": 240_000, "screening": True, "loudspeaker": True,
     "subtitles": False, "pauses": [], "poster": None, "bad": None},
]  # fmt: skip
SPEAKING: dict[str, type | tuple[type, ...]] = {
    "recording": str, "text": str, "microphone": bool, "priority": int, "scope": str, "headline": str,
    "level": (int, type(None)), "times": (int, type(None)), "at": (str, type(None)), "author": str,
}  # fmt: skip
FORM_OF: dict[str, dict[str, type | tuple[type, ...]]] = {
    "/play": {"film": str, "playlist": str, "place": int, "broadcast": str, "author": str},
    "/hold": {"held": bool},
    "/toggle": {},
    "/next": {},
    "/previous": {},
    "/seek": {"position_ms": int, "relative": bool},
    "/level": {"level": int},
    "/stop": {"everything": bool, "author": str},
    "/count": {"people": int, "hands": int},
    "/quarantine/forgive": {"film": str},
    "/speech": {"text": str},
    "/announcements": SPEAKING,
    "/announcements/x/confirm": {"author": str},
    "/announcements/x/withdraw": {"author": str},
    "/all-clear": {"author": str, "text": str},
}
ROLES = {"village-head", "technician", "content-editor", "digital-team"}
LARGEST = 32 << 20


class FakePlayer:
    """The player's interface in memory.

    Attributes:
        status: what ``GET /status`` answers.
        asked: every command, first first: its address and what was said with it.
        refusal: what the next command answers instead of obeying: a status and a JSON value.
        picture: what the television shows, as a JPEG; None for none.
        schedule: the text of schedule.toml.
    """

    def __init__(self, schedule: Path | None = None) -> None:
        self.schedule = schedule
        self.app = self._site()
        self.reset()

    def reset(self) -> None:
        """Be as new."""
        self.status = deepcopy(STATUS)
        self.films = deepcopy(FILMS)
        self.playlists: list[dict[str, Any]] = [
            {"name": "Chăn nuôi", "films": ["trau.mp4", "rung.mp4"], "repeat": "none"}
        ]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusal: tuple[int, Any] | None = None
        self.recordings: dict[str, bytes] = {}
        self.recordings_kept, self.received = True, 0
        self.picture: bytes | None = None
        self.waiting: list[dict[str, Any]] = []
        self.to_confirm: list[dict[str, Any]] = []
        self.speaking: dict[str, Any] | None = None
        self.microphone, self.all_clear = True, "granted"
        self.quarantine: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.week: list[dict[str, Any]] = []
        if self.schedule:
            self.schedule.unlink(missing_ok=True)

    def playing(self, film: str = "trau.mp4", **more: Any) -> None:
        """Let a film be on."""
        found = next(one for one in self.films if one["film"] == film)
        self.status |= {
            "state": "playing", "film": film, "title": found["title"], "kind": found["kind"],
            "position_ms": 65_000, "length_ms": found["length_ms"] or 0, "changed": self.status["changed"] + 1, **more,
        }  # fmt: skip

    @contextlib.contextmanager
    def serving(self, socket: Path) -> Iterator[FakePlayer]:
        """Answer on a UNIX socket."""
        socket.parent.mkdir(parents=True, exist_ok=True)
        server = make_server(f"unix://{socket}", 0, self.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            socket.unlink(missing_ok=True)

    def _site(self) -> Flask:
        app = Flask(__name__)
        read: dict[str, Callable[[], ResponseReturnValue]] = {
            "/healthz": lambda: jsonify(ok=True),
            "/status": lambda: jsonify(self.status),
            "/films": lambda: jsonify(films=self.films, playlists=self.playlists),
            "/quarantine": lambda: jsonify(self.quarantine),
            "/log": self._log,
            "/schedule": lambda: jsonify(self.week),
            "/recordings": lambda: jsonify([{"recording": key, "seconds": 12.3} for key in self.recordings]),
            "/announcements": lambda: jsonify(
                waiting=self.waiting,
                to_confirm=self.to_confirm,
                speaking=self.speaking,
                microphone=self.microphone,
            ),
            "/picture": self._picture,
        }
        for address, view in read.items():
            app.add_url_rule(address, view_func=view, endpoint=f"get {address}")
        for address in FORM_OF:
            pattern = address.replace("/x/", "/<key>/")
            app.add_url_rule(pattern, view_func=self._command(address), endpoint=f"post {address}", methods=["POST"])
        app.add_url_rule("/recordings", view_func=self._record, endpoint="record", methods=["POST"])
        app.add_url_rule("/recordings/<key>", view_func=self._listen, endpoint="listen")
        app.add_url_rule("/recordings/<key>", view_func=self._delete, endpoint="delete", methods=["DELETE"])
        app.add_url_rule("/schedule", view_func=self._plan, endpoint="plan", methods=["PUT"])
        return app

    def _command(self, address: str) -> Callable[..., ResponseReturnValue]:
        def obey(key: str = "") -> ResponseReturnValue:
            said = request.get_json()
            wrong = _wrong_with(address, said)
            if wrong:
                return jsonify(problem=wrong, hint=""), 400
            if self.refusal and address != "/recordings":
                status, value = self.refusal
                return jsonify(value), status
            self.asked.append((request.path, said))
            return self._obey(address, key, said)

        return obey

    def _obey(self, address: str, key: str, said: dict[str, Any]) -> ResponseReturnValue:
        status = self.status
        match address:
            case "/play":
                if film := said.get("film"):
                    known = next((one for one in self.films if one["film"] == film), None)
                    if known is None:
                        return jsonify(problem="There is no such film.", hint=""), 404
                    if not known["screening"]:
                        return jsonify(problem="This film may not be shown in public.", hint=""), 403
                    self.playing(film)
                else:
                    self.playing(self.playlists[0]["films"][0])
            case "/hold":
                if status["state"] not in {"playing", "paused"}:
                    return jsonify(problem="Nothing plays.", hint=""), 409
                status["state"] = "paused" if said["held"] else "playing"
            case "/level":
                status["level"] = said["level"]
            case "/seek":
                start = status["position_ms"] if said["relative"] else 0
                status["position_ms"] = max(0, start + said["position_ms"])
            case "/stop":
                status |= {"state": "idle", "title": "", "film": ""}
            case "/quarantine/forgive":
                self.quarantine = [one for one in self.quarantine if one["film"] != said["film"]]
            case "/speech":
                self.recordings["spoken"] = b"RIFF"
                return jsonify(recording="spoken", seconds=3.0, spoken=f"{said['text'].lower()} (đọc lên)"), 201
            case "/announcements":
                state = "needs confirmation" if said["priority"] == 3 else "granted"
                line = {"key": f"k{len(self.asked)}", "state": state} | said
                (self.to_confirm if said["priority"] == 3 else self.waiting).append(line)
                return jsonify(key=line["key"], state=state), 202
            case "/all-clear":
                return jsonify(key="c1", state=self.all_clear), 202
            case "/announcements/x/withdraw" | "/announcements/x/confirm":
                self.waiting = [one for one in self.waiting if one["key"] != key]
                left = [one for one in self.to_confirm if one["key"] == key and one.get("confirmations", 1) > 1]
                self.to_confirm = [one for one in self.to_confirm if one["key"] != key]
                return jsonify(key=key, state="needs confirmation" if left else "granted"), 202
        status["changed"] += 1
        return jsonify(status), 202

    def _record(self) -> ResponseReturnValue:
        size = request.content_length
        if size is None:
            return jsonify(problem="Say how long it is.", hint=""), 411
        if size > LARGEST:
            return jsonify(problem="A recording has 32 MB at most.", hint=""), 413
        data = request.stream.read(4)
        if data not in {b"RIFF", b"OggS"}:
            return jsonify(problem="This is no sound.", hint=""), 415
        key = f"r{len(self.recordings) + 1}"
        self.received = len(data)
        while piece := request.stream.read(1 << 16):
            self.received += len(piece)
            data += piece if self.recordings_kept else b""
        self.recordings[key] = data
        return jsonify(recording=key, seconds=12.3), 201

    def _listen(self, key: str) -> ResponseReturnValue:
        if key not in self.recordings:
            return jsonify(problem="There is no such recording.", hint=""), 404
        response = Response(self.recordings[key], mimetype="audio/wav")
        return response.make_conditional(request, accept_ranges=True, complete_length=len(self.recordings[key]))

    def _delete(self, key: str) -> ResponseReturnValue:
        self.recordings.pop(key, None)
        return jsonify(ok=True)

    def _picture(self) -> ResponseReturnValue:
        if self.picture is None:
            return jsonify(problem="Nothing can be seen.", hint=""), 404
        response = Response(self.picture, mimetype="image/jpeg")
        response.set_etag(str(len(self.picture)))
        return response.make_conditional(request)

    def _log(self) -> ResponseReturnValue:
        assert set(request.args) <= {"limit", "before"}
        return jsonify(self.log[-int(request.args.get("limit", 100)) :])

    def _plan(self) -> ResponseReturnValue:
        text = request.get_data(as_text=True)
        try:
            ScheduleConfig.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            return jsonify(problem=str(error), hint=""), 400
        except ValidationError as error:
            found = [f"{one['loc']}: {one['msg']}" for one in error.errors(include_url=False)]
            return jsonify(problem=found[0], problems=found, hint=""), 400
        assert self.schedule is not None
        self.schedule.write_text(text, "utf-8")
        self.asked.append(("/schedule", {"text": text}))
        return jsonify(self.week), 202


def _wrong_with(address: str, said: object) -> str:
    if not isinstance(said, dict):
        return "Send an object."
    known = FORM_OF[address]
    for name, value in said.items():
        if name not in known:
            return f"{name} is not known here."
        kinds = known[name] if isinstance(known[name], tuple) else (known[name],)
        if type(value) not in kinds:
            return f"{name} has the wrong kind."
    if "author" in known and said.get("author") not in ROLES:
        return "author is missing."
    needed = {"/hold": {"held"}, "/seek": {"position_ms", "relative"}, "/level": {"level"}, "/count": {"people"}}
    missing = needed.get(address, set()) - said.keys()
    if missing:
        return f"{missing.pop()} is missing."
    if address == "/announcements":
        if sum(name in said for name in ("recording", "text", "microphone")) != 1:
            return "Name a recording, a text or the microphone."
        if said.get("priority") not in {1, 2, 3} or said.get("scope") not in {"hall", "village"}:
            return "priority or scope is wrong."
    return ""
