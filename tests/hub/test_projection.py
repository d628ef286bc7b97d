"""The player as the hub puts it together: one process's parts, from the site down to the files, without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from stage import described

from hub.config import HubConfig
from hub.demo import demo_config
from hub.projection import open_player, page_of
from player.films import Films

FILMS = {"a.mp4": '"hub", "public screening"', "b.mp4": '"public screening"', "song.mp3": '"hub", "loudspeaker"'}


@pytest.fixture
def config(tmp_path: Path) -> HubConfig:
    content = tmp_path / "content"
    content.mkdir()
    for name, uses in FILMS.items():
        (content / name).write_bytes(b"film")
        (content / name).with_suffix(".toml").write_text(described(uses=uses, name=name[:-4]), "utf-8")
    return demo_config(tmp_path)


@pytest.fixture
def client(config: HubConfig) -> Iterator[FlaskClient]:
    with open_player(config) as app:
        yield app.test_client()


def test_it_answers_for_engine_recordings_and_desk(client: FlaskClient) -> None:
    assert client.get("/status").get_json()["state"] == "idle"
    assert [film["film"] for film in client.get("/films").get_json()["films"]] == list(FILMS)
    assert client.get("/recordings").status_code == 200
    assert client.get("/announcements").status_code == 200
    assert client.get("/log").get_json() == []


def test_without_a_screen_a_film_is_refused_and_logged(client: FlaskClient) -> None:
    answer = client.post("/play", json={"film": "a.mp4", "author": "village-head"})
    assert answer.status_code == 503
    assert "no screen" in answer.get_json()["problem"]
    (line,) = client.get("/log").get_json()
    assert (line["item"], line["author"], line["result"]) == ("a.mp4", "village-head", "failed")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ('[[playlist]]\nname = "A"\n', ["playlist[0].films"]),
        ('[[weekly]]\ndays = ["monday"]\nat = "25:00"\nplaylist = "B"\n', ["weekly[0].at"]),
        ("[[playlist", ["no TOML"]),
        (b"\xff", ["no TOML"]),
        (
            '[[weekly]]\ndays = ["monday"]\nat = "08:00"\nplaylist = "B"\n'
            '[[weekly]]\ndays = ["monday"]\nat = "08:00"\nbroadcast = "http://x/"\n',
            ['there is no playlist "B"', "a broadcast does not end by itself", "in the same minute"],
        ),
    ],
)
def test_a_schedule_with_mistakes_is_refused_with_all_of_them(
    client: FlaskClient, config: HubConfig, text: str | bytes, problems: list[str]
) -> None:
    answer = client.put("/schedule", data=text)
    assert answer.status_code == 400
    said = "\n".join(one["problem"] for one in answer.get_json()["problems"])
    assert [problem for problem in problems if problem not in said] == []
    assert all(one["msgid"] for one in answer.get_json()["problems"])
    assert not (config.paths.state / "schedule.toml").exists()


def test_a_schedule_is_taken_and_kept(client: FlaskClient, config: HubConfig) -> None:
    day = WEEK[date.today().weekday()]  # noqa: DTZ011 - the zone of the house or this machine's: a week has both
    text = (
        f'[[playlist]]\nname = "Hội"\nfilms = ["a.mp4"]\n[[weekly]]\ndays = ["{day}"]\nat = "12:00"\nplaylist = "Hội"\n'
    )
    answer = client.put("/schedule", data=text.encode())
    assert answer.status_code == 202, answer.get_data(as_text=True)
    assert [one["plays"] for one in answer.get_json()] == ["Hội"]
    assert (config.paths.state / "schedule.toml").read_text("utf-8") == text
    assert client.get("/films").get_json()["playlists"][0]["name"] == "Hội"
    assert client.get("/status").get_json()["next"]["plays"] == "Hội"


WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def test_an_announcement_goes_from_the_desk_through_the_engine_into_the_log(client: FlaskClient) -> None:
    said: dict[str, Any] = {
        "text": "Họp thôn.", "priority": 1, "scope": "hall", "headline": "Họp thôn", "level": 70, "times": 1,
        "at": None, "author": "village-head",
    }  # fmt: skip
    answer = client.post("/announcements", json=said)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    lines = client.get("/log").get_json()
    assert [(line["source"], line["author"], line["result"]) for line in lines] == [("text", "village-head", "failed")]
    assert "no screen" in client.get("/status").get_json()["problem"]["text"]


def test_what_was_on_is_known_to_the_next_process(config: HubConfig) -> None:
    for lines in (1, 2):
        with open_player(config) as app:
            app.test_client().post("/play", json={"film": "a.mp4"})
            assert len(app.test_client().get("/log").get_json()) == lines


def test_the_code_of_a_film_leads_to_its_page_on_the_shelf(config: HubConfig) -> None:
    films = Films(config.paths.content)
    page = page_of(config)
    assert [page(films.find(name)) for name in FILMS] == ["/phim/a/", "", "/am-thanh/song/"]
