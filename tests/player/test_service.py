"""The player's site: what it tells, what it takes, and what it says to what it cannot take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from stage import described

from player.alerts.play_log import PlayLog
from player.engine.counts import Counts
from player.engine.house import House
from player.engine.thread import Engine
from player.errors import Sentence
from player.films import Films
from player.schedule.config import ScheduleConfig
from player.screen import Tell
from player.service import ScheduleRefusedError, create_app
from player.testing import FakeClock, FakeScreen, pretend_house

LISTS = ScheduleConfig.model_validate(
    {
        "playlist": [{"name": "Chăn nuôi", "films": ["a.mp4", "b.mp4"]}],
        "weekly": [{"days": ["thursday"], "at": "19:30", "until": "20:30", "playlist": "Chăn nuôi"}],
    }
)
EMPTY = {"playlist": None, "pause_point": None, "announcement": None, "waiting": 0, "problem": None}


class Picturesque(FakeScreen):
    seen: bytes | None = None

    def photograph(self) -> bytes | None:
        return self.seen


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.screen = Picturesque()
        self.saved: list[bytes] = []
        for name in ("a.mp4", "b.mp4", "home.mp4"):
            path = folder / "content" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"film")
        path.with_suffix(".toml").write_text(described("Phim nhà", '"hub"'), "utf-8")
        self.engine = Engine(self._house)
        films, counts = Films(folder / "content", undescribed=True), Counts(folder / "state" / "counts.sqlite")
        app = create_app(
            self.engine,
            films,
            screen="hidden",
            log=folder / "plays.sqlite",
            counts=counts,
            save_schedule=self._save,
        )
        self.client: FlaskClient = app.test_client()

    def get(self, target: str, status: int = 200) -> Any:
        answer = self.client.get(target)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def post(self, target: str, said: Any = None, status: int = 202) -> Any:
        answer = self.client.post(target, json=said) if said is not None else self.client.post(target)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def _house(self, tell: Tell) -> House:
        self.screen.tell = tell
        return pretend_house(
            self.folder, self.screen, FakeClock(), schedule=LISTS, log=lambda: PlayLog(self.folder / "plays.sqlite")
        )

    def _save(self, data: bytes) -> None:
        if b"no" in data:
            raise ScheduleRefusedError([Sentence("%(path)s: wrong", path="a"), Sentence("also wrong")], "Look.")
        if b"full" in data:
            raise OSError(28, "No space left on device")
        self.saved.append(data)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.engine.start()
    assert site.engine.settle()
    yield site
    site.engine.close()


def test_it_is_well_while_the_engine_passes_its_loop(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.get("/healthz", 503) == {"ok": False}
    site.engine.start()
    assert site.engine.settle()
    assert site.get("/healthz") == {"ok": True}
    site.engine.close()
    assert site.get("/healthz", 503) == {"ok": False}
    assert site.post("/stop", {}, 503)["msgid"] == "The player does not answer."


def test_the_status_tells_everything(site: Site) -> None:
    status = site.get("/status")
    assert status == {
        **EMPTY,
        "screen": "hidden", "state": "idle", "title": "", "film": "", "kind": "", "position_ms": 0, "length_ms": 0,
        "level": 80, "next": {"starts": "2026-11-26T19:30", "plays": "Chăn nuôi", "broadcast": False},
        "clock_trusted": True, "quiet": False, "handouts": [], "quarantined": 0, "changed": status["changed"],
    }  # fmt: skip
    playing = site.post("/play", {"playlist": "Chăn nuôi", "place": 1, "author": "village-head"})
    assert playing["film"] == "b.mp4"
    assert playing["playlist"] == {"name": "Chăn nuôi", "place": 1, "films": 2}
    assert playing["changed"] > status["changed"]


def test_commands_are_obeyed_before_they_are_answered(site: Site) -> None:
    assert site.post("/play", {"film": "a.mp4", "author": "village-head"})["title"] == "a"
    assert site.post("/hold", {"held": True})["state"] == "paused"
    assert site.post("/toggle", {})["state"] == "starting"
    assert site.post("/level", {"level": 30})["level"] == 30
    assert site.post("/seek", {"position_ms": 5000, "relative": False})["position_ms"] == 5000
    assert site.post("/stop")["state"] == "idle"
    assert site.post("/stop", {"everything": True})["state"] == "idle"
    site.post("/play", {"playlist": "Chăn nuôi"})
    assert site.post("/next", {})["film"] == "b.mp4"
    assert site.post("/previous", {})["film"] == "a.mp4"
    site.post("/quarantine/forgive", {"film": "a.mp4"})


@pytest.mark.parametrize(
    ("target", "said", "status", "problem"),
    [
        ("/play", {"film": "nowhere.mp4"}, 404, "There is no film nowhere.mp4."),
        ("/play", {"playlist": "Trồng trọt"}, 404, "There is no playlist Trồng trọt."),
        ("/play", {"film": "home.mp4"}, 403, "may not be shown in public"),
        ("/play", {}, 400, "mistake at the whole"),
        ("/play", {"film": "a.mp4", "playlist": "b"}, 400, "mistake"),
        ("/play", {"film": "a.mp4", "colour": 1}, 400, "mistake at colour"),
        ("/play", {"film": 3}, 400, "mistake at film"),
        ("/play", {"film": "a" * 5000}, 400, "mistake at film"),
        ("/play", {"broadcast": "file:///etc/passwd"}, 400, "mistake at broadcast"),
        ("/play", {"broadcast": "http://a b/"}, 400, "mistake at broadcast"),
        ("/play", {"film": "a.mp4", "author": "Nguyễn Văn A"}, 400, "mistake at author"),
        ("/play", ["film"], 400, "mistake"),
        ("/play", {"film": "x" * 20_000}, 413, "larger than 16 kB"),
        ("/hold", {"held": True}, 409, "Nothing plays just now."),
        ("/toggle", {}, 409, "Nothing plays just now."),
        ("/next", {}, 409, "no other film"),
        ("/seek", {"position_ms": 1}, 409, "Nothing plays just now."),
        ("/seek", {"position_ms": "1"}, 400, "mistake at position_ms"),
        ("/level", {"level": 101}, 400, "mistake at level"),
        ("/count", {"people": 20}, 409, "no film that the count"),
        ("/count", {"people": -1}, 400, "mistake at people"),
    ],
)
def test_what_cannot_be_done_is_told(site: Site, target: str, said: Any, status: int, problem: str) -> None:
    answer = site.post(target, said, status)
    assert problem in answer["problem"]
    assert answer["hint"]
    assert answer["msgid"] % {
        key: value["text"] if isinstance(value, dict) else value for key, value in answer["arguments"].items()
    } in {answer["problem"], answer["msgid"]}
    assert site.get("/status")["state"] == "idle"


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 5000, b"NaN"])
def test_what_is_no_json_is_told(site: Site, data: bytes) -> None:
    assert site.client.post("/play", data=data).status_code == 400


def test_other_addresses_and_methods(site: Site) -> None:
    assert site.get("/nowhere", 404)["problem"] == "Not Found"
    assert site.client.get("/play").status_code == 405
    assert set(site.client.get("/play").headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_films_and_lists(site: Site) -> None:
    said = site.get("/films")
    assert [(film["film"], film["screening"]) for film in said["films"]] == [
        ("a.mp4", True),
        ("b.mp4", True),
        ("home.mp4", False),
    ]
    assert said["films"][2]["title"] == "Phim nhà"
    assert "may not be shown" in said["films"][2]["refusal"]["problem"]
    assert said["playlists"] == [{"name": "Chăn nuôi", "films": ["a.mp4", "b.mp4"], "repeat": "none"}]


def test_the_log_and_the_counts(site: Site) -> None:
    for _ in range(3):
        site.post("/play", {"film": "a.mp4", "author": "technician"})
    site.post("/count", {"people": 20, "hands": 12})
    assert site.post("/count", {"people": 20, "hands": 21}, 400)["problem"] == "There cannot be more hands than people."
    lines = site.get("/log?limit=2")
    assert [(line["item"], line["author"], line["result"]) for line in lines] == [
        ("a.mp4", "technician", "playing"),
        ("a.mp4", "technician", "stopped"),
    ]
    assert [line["number"] for line in site.get(f"/log?before={lines[-1]['number']}")] == [1]
    assert len(site.get("/log?limit=x")) == 3
    assert len(site.get(f"/log?before={10**30}")) == 3
    assert site.get(f"/log?before=-{10**30}") == []
    (count,) = site.get("/counts")
    assert (count["film"], count["people"], count["hands"], count["question"]) == ("a.mp4", 20, 12, None)


def test_what_is_seen(site: Site) -> None:
    assert site.get("/picture", 404)["problem"] == "Nothing can be seen just now."
    site.screen.seen = b"\xff\xd8\xff"
    answer = site.client.get("/picture")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert site.client.get("/picture", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_schedule(site: Site) -> None:
    week = site.get("/schedule")
    assert week == [
        {
            "starts": "2026-11-26T19:30",
            "ends": "2026-11-26T20:30",
            "plays": "Chăn nuôi",
            "broadcast": False,
            "back": True,
        }
    ]
    assert site.client.put("/schedule", data=b"# new").status_code == 202
    assert site.saved == [b"# new"]
    answer = site.client.put("/schedule", data=b"no")
    assert (answer.status_code, [one["problem"] for one in answer.get_json()["problems"]]) == (
        400,
        ["a: wrong", "also wrong"],
    )
    assert site.client.put("/schedule", data=b"full").status_code == 503
    assert site.client.put("/schedule", data=b"#" * 300_000).status_code == 413


def test_the_quarantine(site: Site) -> None:
    assert site.get("/quarantine") == []
    film = Films(site.folder / "content", undescribed=True).find("a.mp4")

    def spoil(conductor: Any) -> None:
        for _ in range(2):
            reason = Sentence("It stands still.")
            conductor.programme.playable.failed(film, reason, datetime(2026, 11, 25, tzinfo=UTC).timestamp())

    site.engine.ask(spoil)
    assert site.get("/quarantine") == [
        {"film": "a.mp4", "reason": "It stands still.", "failures": 2, "since": "2026-11-25T00:00:00+00:00"}
    ]
    assert site.get("/films")["films"][0]["bad"]["reason"] == "It stands still."
    assert "twice" in site.post("/play", {"film": "a.mp4"}, 409)["problem"]
    site.post("/quarantine/forgive", {"film": "a.mp4"})
    assert site.get("/quarantine") == []
