"""Details of refusals are told in the reader's language, and never break a page, whatever lies in the list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.interpreter import said
from library.details import LONGEST_DETAIL, about, kept, told
from library.errors import Sentence
from library.media.sidecar import SidecarError, parse_sidecar


def vietnamese(msgid: str) -> str:
    return said(Sentence(msgid), "vi")


def problems(text: str) -> list[Sentence]:
    with pytest.raises(SidecarError) as caught:
        parse_sidecar(text.encode(), "x")
    return caught.value.problems


def test_mistakes_in_a_description_are_told_in_vietnamese() -> None:
    detail = kept(
        problems(
            'titel = "X"\nname = "Vải"\nlanguage = 3\nsubjects = "a"\n'
            '[[handout]]\n[rights]\nholder = "A"\nlicence = "B"\nuses = ["takehome", "100 %s"]\n'
        )
    )
    spoken = told(about("x.toml", detail), vietnamese)
    assert spoken.startswith("x.toml: ")
    for part in (
        'titel: không có mục tên này; có phải là "title" không?',
        "title: còn thiếu",
        "name: chỉ gồm chữ không dấu",
        'language: phải là chữ, đặt trong ngoặc kép: "…"',
        "subjects: phải là danh sách",
        "handout[1]: cần có mã",
        'rights.uses[1]: từ không dùng được; có phải là "take-home" không?',
        "rights.uses[2]: từ không dùng được; các tên dùng được: hub, take-home",
    ):
        assert part in spoken, spoken
    assert 'titel: unknown entry; did you mean "title"?' in told(detail)


def test_a_hundred_mistakes_are_told_as_far_as_there_is_room() -> None:
    detail = kept(problems("\n".join(f'{"k" * 90}{number} = "{"x" * 200}"' for number in range(100))))
    assert len(detail) <= LONGEST_DETAIL
    assert "kkk" in told(detail, vietnamese)


@pytest.mark.parametrize(
    "detail", ["", "checksum or tables", '{"file":', '{"file": ""}', '{"file":1,"problems":[["%(a)s",{}]]}']
)
def test_anything_else_is_told_as_it_stands(detail: str) -> None:
    assert told(detail, vietnamese) == detail


@given(st.text(max_size=60))
def test_names_with_odd_letters_come_through(name: str) -> None:
    assert told(about(name, kept([Sentence("%(where)s: gone", where=name)]))) in {f"{name}: {name}: gone", ": gone"}
