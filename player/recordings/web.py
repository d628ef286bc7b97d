"""Recordings on the player's socket: sent, listed, listened to, deleted, and made of a text."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request, send_file
from flask.typing import ResponseReturnValue

from player.answers import problem_json
from player.errors import (
    NotAudioError,
    PlayerError,
    ProgramMissingError,
    RecordingInUseError,
    RecordingMissingError,
    RecordingsBusyError,
    RecordingsFullError,
    RecordingTooLargeError,
    Sentence,
    VoiceError,
)
from player.recordings.store import Recording, Recordings
from player.recordings.studio import MOST_BYTES, Studio, too_many_bytes
from player.speech.wording import LONGEST_TEXT

_STATUSES: dict[type[PlayerError], int] = {
    NotAudioError: 415,
    ProgramMissingError: 503,
    RecordingInUseError: 409,
    RecordingMissingError: 404,
    RecordingTooLargeError: 413,
    RecordingsBusyError: 429,
    RecordingsFullError: 507,
    VoiceError: 503,
}
_MOST_TEXT_BYTES = 64 * 1024
_RETRY_S = "10"
LARGEST_BODY = MOST_BYTES + 1024 * 1024
"""The most bytes that whoever serves this lets in, so that what is a little too large is refused in a friendly way."""


def create_blueprint(studio: Studio, recordings: Recordings) -> Blueprint:
    """Build `POST` and `GET /recordings`, `GET` and `DELETE /recordings/<id>`, `POST /speech`.

    Args:
        studio: makes recordings.
        recordings: holds them.
    """
    pages = Blueprint("recordings", __name__)

    @pages.errorhandler(PlayerError)
    def failed(error: PlayerError) -> Response:
        answer = _answer(error, _STATUSES.get(type(error), 400))
        if answer.status_code == 429:
            answer.headers["Retry-After"] = _RETRY_S
        return answer

    @pages.post("/recordings")
    def take_in() -> ResponseReturnValue:
        size = request.content_length
        if size is None:
            return _answer(PlayerError(Sentence("The length of the recording is missing.")), 411)
        if size > MOST_BYTES:
            raise too_many_bytes()
        recording = studio.take_in(request.stream, size)
        return jsonify(recording=recording.id, seconds=recording.seconds), 201

    @pages.get("/recordings")
    def listing() -> ResponseReturnValue:
        return jsonify([_told(recording) for recording in recordings.all()])

    @pages.get("/recordings/<name>")
    def listen(name: str) -> ResponseReturnValue:
        answer = send_file(recordings.find(name).path, mimetype="audio/wav", conditional=True, max_age=0)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @pages.delete("/recordings/<name>")
    def remove(name: str) -> ResponseReturnValue:
        recordings.remove(name)
        return "", 204

    @pages.post("/speech")
    def read_out() -> ResponseReturnValue:
        if (request.content_length or 0) > _MOST_TEXT_BYTES:
            return _answer(
                PlayerError(
                    Sentence("The announcement is longer than %(most)d characters.", most=LONGEST_TEXT),
                    Sentence("Split it into shorter ones."),
                ),
                413,
            )
        wish = request.get_json(silent=True, force=True) if request.content_length else None
        text = wish.get("text") if isinstance(wish, dict) else None
        if not isinstance(text, str):
            return _answer(
                PlayerError(Sentence("There is nothing to read out."), Sentence("Write what is to be said.")), 400
            )
        recording, words = studio.read_out(text)
        return jsonify(recording=recording.id, seconds=recording.seconds, spoken=words), 201

    return pages


def _told(recording: Recording) -> dict[str, object]:
    made = datetime.fromtimestamp(recording.made, UTC).isoformat(timespec="seconds")
    return {"recording": recording.id, "kind": recording.kind, "seconds": recording.seconds, "made": made}


def _answer(error: PlayerError, status: int) -> Response:
    answer = jsonify(problem_json(error))
    answer.status_code = status
    return answer
