"""Description files: the documented one is right, all mistakes are told at once, no file leads out of the folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from films import describe
from hypothesis import given
from hypothesis import strategies as st

from library import reasons
from library.details import told
from library.errors import RefusedError
from library.inspection import inspect
from library.media.sidecar import LARGEST_SIDECAR, SidecarError, parse_sidecar
from library.media.sidecar_inspection import inspect_sidecar
from library.rights import Use

LEAST = """name = "x"
title = "X"
language = "vi"
[rights]
holder = "A"
licence = "CC0"
uses = ["hub"]
"""


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(SidecarError) as caught:
        parse_sidecar(text.encode() if isinstance(text, str) else text, "x")
    return caught.value.problems


def test_the_documented_example_is_right_and_shows_everything(project: Path) -> None:
    data = (project / "docs" / "film.example.toml").read_bytes()
    sidecar = parse_sidecar(data, "trong-vai-thieu")
    said = sidecar.model_dump(exclude_defaults=True)
    assert set(said) == set(type(sidecar).model_fields)
    for table in ("subtitles", "pause", "handout"):
        model = type(getattr(sidecar, table)[0])
        assert set().union(*(one.keys() for one in said[table])) == set(model.model_fields)
    assert set(said["rights"]) == {"holder", "licence", "uses", "proof"}
    assert sidecar.pause[0].at == 250.0
    assert {f'"{use}"' for use in Use} <= set(re.findall(r'"[^"\n]+"', data.decode()))


def test_all_problems_at_once_with_what_was_meant() -> None:
    found = problems(
        'name = "Vải"\ntitel = "X"\nlanguage = "Tiếng Việt"\npostre = "x.jpg"\n'
        '[[pause]]\nat = "5 phút"\nquestion = ""\n[[handout]]\n[rights]\nholder = 3\nuses = ["takehome", "hub"]\n'
    )
    text = "\n".join(found)
    for part in (
        'titel: unknown entry; did you mean "title"?',
        'postre: unknown entry; did you mean "poster"?',
        "title: is missing",
        "rights.licence: is missing",
        'did you mean "take-home"?',
        "pause[1].at: is no moment",
        "pause[1].question: is empty",
        "handout[1]: needs either a code or a book",
        "language: is no language tag",
        "name: may have letters without marks",
        "rights.holder: ",
    ):
        assert part in text, text


@pytest.mark.parametrize("tag", ["vi", "tyz", "km-KH", "zh-Hant-TW", "x-san-chay", "cmo-Khmr", "en-x-simple", "vi-VN"])
def test_language_tags(tag: str) -> None:
    assert parse_sidecar(LEAST.replace('"vi"', f'"{tag}"').encode(), "x").language == tag


@pytest.mark.parametrize("tag", ["", "v", "tiếng", "vi_VN", "x", "x-", "vi--VN", "vi-toolonganything", "a" * 200])
def test_what_is_no_language_tag(tag: str) -> None:
    assert len(problems(LEAST.replace('"vi"', f'"{tag}"'))) == 1


@pytest.mark.parametrize(
    "file", ["../../etc/passwd", "/etc/passwd", "a/x.jpg", "..", ".", "", ".x.jpg", "..\\\\x.jpg", "passwd", "y.jpg"]
)
def test_files_stay_in_the_folder(file: str) -> None:
    assert (
        "poster" in problems(f'poster = "{file}"\n' + LEAST)[0]
        or "must begin with x" in problems(f'poster = "{file}"\n' + LEAST)[0]
    )


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"=", b"[" * 30_000, b"a = " + b"[" * 20_000, b"a" * LARGEST_SIDECAR + b"=1", b"\0",
     b"a = 1e99999999", b"name = " + b"9" * 5000, b"a." * 3_000 + b"b = 1", b"title = 1979-05-27T07:32:00Z"],
)  # fmt: skip
def test_what_is_no_description(data: bytes) -> None:
    assert all(len(problem) < 500 for problem in problems(data))


@given(st.recursive(st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_values_of_every_kind_are_told(value: object) -> None:
    shown = repr(value).replace("'", '"') if not isinstance(value, str) else '"x y"'
    for key in ("subjects", "poster", "pause", "date"):
        try:
            parse_sidecar(f"{key} = {shown}\n{LEAST}".encode("utf-8", "replace"), "x")
        except SidecarError as error:
            assert error.problems


def refused(path: Path) -> str:
    with pytest.raises(RefusedError) as caught:
        inspect_sidecar(path)
    assert caught.value.reason == reasons.BAD_DESCRIPTION
    return told(caught.value.detail)


def test_companions_are_looked_into(tmp_path: Path) -> None:
    more = 'poster = "x.jpg"\n[[subtitles]]\nlanguage = "vi"\nfile = "x.vi.srt"\n'
    path = describe(tmp_path / "x.mp4", more=more)
    assert refused(path) == "x.jpg: the file is not there; x.vi.srt: the file is not there"
    (tmp_path / "x.jpg").write_bytes(b"<html>")
    (tmp_path / "x.vi.srt").write_bytes(b"nothing")
    assert "no JPEG" in refused(path)
    assert "no subtitles" in refused(path)
    secret = tmp_path.parent / "secret"
    secret.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01")
    (tmp_path / "x.jpg").unlink()
    (tmp_path / "x.jpg").symlink_to(secret)
    assert "x.jpg: " in refused(path)
    (tmp_path / "x.jpg").unlink()
    os.mkfifo(tmp_path / "x.jpg")
    assert "x.jpg: it is not an ordinary file" in refused(path)
    (tmp_path / "x.jpg").unlink()
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8\xff" + bytes(2_000_000))
    assert "x.jpg: it is larger than 1024 kB" in refused(path)


def test_a_description_is_no_link_and_of_modest_size(tmp_path: Path) -> None:
    (tmp_path / "x.toml").symlink_to("/etc/passwd")
    verdict = inspect(tmp_path / "x.toml", whole=True)
    assert (verdict.facts, verdict.reason) == (None, reasons.UNREADABLE)
    assert "root:x" not in verdict.detail
    with (tmp_path / "y.toml").open("wb") as file:
        file.truncate(10 * 1024 * 1024)
    assert inspect(tmp_path / "y.toml", whole=True).reason == reasons.UNREADABLE
