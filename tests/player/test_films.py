"""The content folder as the player sees it: the example both wings read, rights, names that lead elsewhere."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from stage import described

from library.media.sidecar import parse_sidecar as parse_of_the_library
from player.alerts.priorities import Programme
from player.errors import PlayerError
from player.films import Film, Films, UnknownFilmError
from player.sidecar import LARGEST_SIDECAR_BYTES, SidecarError, parse_sidecar


def test_both_wings_read_the_one_example_alike(project: Path) -> None:
    data = (project / "docs" / "film.example.toml").read_bytes()
    ours, theirs = parse_sidecar(data), parse_of_the_library(data, "trong-vai-thieu")
    assert (ours.name, ours.title, ours.language) == (theirs.name, theirs.title, theirs.language)
    assert (ours.description, ours.subjects, ours.poster) == (theirs.description, theirs.subjects, theirs.poster)
    assert ours.rights.uses == theirs.rights.uses
    assert [(one.language, one.file) for one in ours.subtitles] == [
        (one.language, one.file) for one in theirs.subtitles
    ]
    assert [(one.at_ms / 1000, one.question) for one in ours.pause] == [(one.at, one.question) for one in theirs.pause]
    assert [(one.title, one.code.replace("-", ""), one.book, one.page) for one in ours.handout] == [
        (one.title or "", (one.code or "").replace("-", ""), one.book or "", one.page or "") for one in theirs.handout
    ]
    assert ours.words == "trong-vai-thieu.vi.vtt"


def put(folder: Path, name: str, description: str | bytes | None = None) -> Film:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"film")
    if description is not None:
        data = description if isinstance(description, bytes) else description.encode()
        path.with_suffix(".toml").write_bytes(data)
    return Films(folder).find(name)


@pytest.mark.parametrize(
    ("description", "refusal"),
    [
        (described(), ""),
        (described(uses='"hub"'), "may not be shown in public"),
        (None, "has no description"),
        ("title = ", "no TOML"),
        (b"\xff\xfe", "no TOML in UTF-8"),
        (described(uses="3"), "a mistake at rights.uses"),
        (described().replace("[rights]", "[recht]"), "a mistake at rights"),
        (described(more='poster = "../../etc/passwd"'), "a mistake at poster"),
        (described() + '[[pause]]\nat = "soon"\nquestion = "?"\n', "a mistake at pause.0.at"),
        ("#" * (LARGEST_SIDECAR_BYTES + 1), "too large"),
        ("x = " + "[" * 20_000, "no TOML"),
    ],
)
def test_what_its_description_does_not_permit_is_not_done(
    tmp_path: Path, description: str | bytes | None, refusal: str
) -> None:
    film = put(tmp_path, "x.mp4", description)
    if refusal:
        assert film.refusal is not None
        assert refusal in film.refusal.message
        assert film.refusal.hint
    else:
        assert film.refusal is None


def test_the_house_may_answer_for_films_without_a_description(tmp_path: Path) -> None:
    put(tmp_path, "quay ở làng.mp4")
    put(tmp_path, "x.mp4", "wrong")
    films = Films(tmp_path, undescribed=True)
    assert films.find("quay ở làng.mp4").refusal is None
    assert not films.find("quay ở làng.mp4").loudspeaker
    assert films.find("x.mp4").refusal is not None, "a mistyped right permits nothing"


def test_a_changed_description_is_read_again(tmp_path: Path) -> None:
    put(tmp_path, "x.mp4", described())
    films = Films(tmp_path)
    assert films.find("x.mp4").title == "Nuôi gà"
    (tmp_path / "x.toml").write_text(described("Nuôi vịt trời"), "utf-8")
    assert films.find("x.mp4").title == "Nuôi vịt trời"
    (tmp_path / "x.toml").unlink()
    assert films.find("x.mp4").refusal is not None


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x.mp4", "/x.mp4", "a/../../x.mp4", "out/x.mp4", "link.mp4", "x.txt", "\0.mp4", "x" * 9000],
)
def test_names_that_lead_elsewhere_are_no_films(tmp_path: Path, name: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "content"
    put(outside, "x.mp4")
    folder.mkdir()
    (folder / "out").symlink_to(outside)
    (folder / "link.mp4").symlink_to(outside / "x.mp4")
    (folder / "x.txt").write_text("")
    with pytest.raises(UnknownFilmError) as caught:
        Films(folder).find(name)
    assert isinstance(caught.value, PlayerError)
    assert Films(folder).all() == []


def test_a_name_that_is_none_is_told_without_its_steering_letters(tmp_path: Path) -> None:
    with pytest.raises(UnknownFilmError) as caught:
        Films(tmp_path).find("gà\0\u202e\x1b.mp4")
    assert str(caught.value.message) == f"There is no film gà{'…' * 3}.mp4."


def test_names_may_be_written_apart(tmp_path: Path) -> None:
    name = "nuôi gà.mp4"
    put(tmp_path, unicodedata.normalize("NFD", name))
    assert Films(tmp_path).find(name).title == "nuôi gà"


def test_all_films_are_listed_in_their_order(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.MP3", "chan-nuoi/trau.mp4", "._a.mp4", ".tạm/x.mp4", "x.toml", "x.zim"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert [(film.file, film.kind) for film in Films(tmp_path).all()] == [
        ("a.MP3", Programme.SOUND),
        ("b.mp4", Programme.FILM),
        ("chan-nuoi/trau.mp4", Programme.FILM),
    ]
    assert Films(tmp_path / "nowhere").all() == []


@pytest.mark.parametrize(
    ("languages", "shown"), [("vi", "vi"), ("tyz", "tyz"), ("tyz en vi", "vi"), ("en vi-VN", "vi-VN"), ("", None)]
)
def test_a_hall_sees_vietnamese_subtitles_or_the_first(tmp_path: Path, languages: str, shown: str | None) -> None:
    text = described()
    for language in languages.split():
        (tmp_path / f"x.{language}.srt").write_text("1")
        text += f'[[subtitles]]\nlanguage = "{language}"\nfile = "x.{language}.srt"\n'
    assert put(tmp_path, "x.mp4", text).subtitles == (tmp_path / f"x.{shown}.srt" if shown else None)
    if shown:
        (tmp_path / f"x.{shown}.srt").unlink()
        assert put(tmp_path, "x.mp4", text + "#").subtitles is None


def test_a_description_that_is_read_says_its_mistake_once() -> None:
    with pytest.raises(SidecarError):
        parse_sidecar(b"")
