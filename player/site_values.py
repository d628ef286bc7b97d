"""What the player's site tells of its engine, as values for JSON."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from player.alerts.play_log import Line
from player.alerts.priorities import Programme
from player.answers import problem_json
from player.engine.counts import Counted
from player.engine.quarantine import Failure
from player.engine.status import Status
from player.films import Film
from player.schedule.config import ScheduleConfig
from player.schedule.due import Occurrence

Json = dict[str, Any]


def status_json(status: Status, screen: str) -> Json:
    """What the player does."""
    following = status.following
    return {
        "screen": screen,
        "state": status.state.value,
        "title": status.title,
        "film": status.film,
        "kind": status.kind,
        "position_ms": status.position_ms,
        "length_ms": status.length_ms,
        "level": status.level,
        "playlist": (
            {"name": status.playlist.name, "place": status.playlist.place, "films": status.playlist.films}
            if status.playlist
            else None
        ),
        "pause_point": (
            {
                "number": status.pause_point.number,
                "at_ms": status.pause_point.at_ms,
                "question": status.pause_point.question,
            }
            if status.pause_point
            else None
        ),
        "announcement": (
            {
                "key": status.announcement.key,
                "priority": status.announcement.priority,
                "headline": status.announcement.headline,
                "source": status.announcement.source,
            }
            if status.announcement
            else None
        ),
        "waiting": status.waiting,
        "next": (
            {"starts": _minute(following.starts), "plays": following.plays, "broadcast": following.broadcast}
            if following
            else None
        ),
        "clock_trusted": status.clock_trusted,
        "quiet": status.quiet,
        "handouts": [
            {"title": one.title, **({"code": one.code} if one.code else {"book": one.book, "page": one.page})}
            for one in status.handouts
        ],
        "quarantined": status.quarantined,
        "problem": {"text": status.problem.message, **problem_json(status.problem)} if status.problem else None,
        "changed": status.changed,
    }


def films_json(
    films: Iterable[Film], quarantined: Mapping[str, Failure], lengths: Mapping[str, int], schedule: ScheduleConfig
) -> Json:
    """Every film of the content folder and every playlist, with what may be done with each.

    Args:
        films: the content folder.
        quarantined: those that are left out.
        lengths: in milliseconds, of those that have been played since the start.
        schedule: has the playlists.
    """
    return {
        "films": [film_json(film, quarantined.get(film.file), lengths.get(film.file)) for film in films],
        "playlists": [{"name": one.name, "films": list(one.films), "repeat": one.repeat} for one in schedule.playlist],
    }


def film_json(film: Film, failure: Failure | None, length_ms: int | None = None) -> Json:
    """One film; its length is known once it was played."""
    heard = film.kind is Programme.SOUND and film.loudspeaker
    return {
        "film": film.file,
        "name": film.name,
        "title": film.title,
        "description": film.description,
        "language": film.language,
        "subjects": list(film.subjects),
        "kind": film.kind.value,
        "length_ms": length_ms or None,
        "screening": film.refusal is None and (film.screening or heard),
        "loudspeaker": film.loudspeaker,
        "subtitles": film.subtitles is not None,
        "pauses": [{"at_ms": pause.at_ms, "question": pause.question} for pause in film.pauses],
        "poster": film.poster or None,
        "bad": {"reason": failure.reason, "since": _moment(failure.since)} if failure else None,
        "refusal": problem_json(film.refusal) if film.refusal else None,
    }


def quarantine_json(quarantined: dict[str, Failure]) -> list[Json]:
    """The films that are left out."""
    return [
        {"film": film, "reason": one.reason, "failures": one.failures, "since": _moment(one.since)}
        for film, one in quarantined.items()
    ]


def log_json(lines: Iterable[Line], going_on: Container[int] = ()) -> list[Json]:
    """Lines of the play log; those that go on just now are "playing", and not cut."""
    return [
        {
            "number": line.number,
            "item": line.entry.item,
            "source": line.entry.source,
            "priority": int(line.entry.priority) if line.entry.priority else None,
            "author": line.entry.author,
            "approver": line.entry.approver,
            "ground": line.entry.ground,
            "planned": _second(line.entry.planned),
            "started": _second(line.started),
            "clock_trusted": line.clock_trusted,
            "ended": _second(line.ended),
            "result": "playing" if line.number in going_on else line.result.value,
            "share": line.share,
        }
        for line in lines
    ]


def counts_json(counts: Iterable[Counted]) -> list[Json]:
    """What was counted in the hall."""
    return [
        {
            "at": _second(one.at),
            "clock_trusted": one.clock_trusted,
            "film": one.film,
            "question": one.question,
            "people": one.people,
            "hands": one.hands,
        }
        for one in counts
    ]


def week_json(occurrences: Iterable[Occurrence]) -> list[Json]:
    """What the schedule starts within the next days."""
    return [
        {
            "starts": _minute(one.start),
            "ends": _minute(one.end) if one.end else None,
            "plays": one.item.plays,
            "broadcast": one.item.is_broadcast,
            "back": one.item.goes_back,
        }
        for one in occurrences
    ]


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def _second(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
