"""The library's small rooms: languages, folding, sizes and slugs."""

from __future__ import annotations

import unicodedata

from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from library.languages import language_names, told_apart
from library.search.folding import fold
from library.serving.pages import decode_path, entry_address
from library.slugs import slug


def test_languages_are_called_by_their_names() -> None:
    vietnamese = Locale("vi")
    assert language_names("vie", vietnamese) == "Tiếng Việt"
    assert language_names("vi-VN", vietnamese) == "Tiếng Việt"
    assert language_names("tyz,mww;rad", vietnamese).startswith("Tiếng Tày, ")
    assert language_names("", vietnamese) == ""
    assert language_names("xxxx", vietnamese) == "xxxx"
    assert language_names("eng", Locale("en")) == "English"
    assert language_names("vie,vi,mng,cmo", vietnamese) == "Tiếng Việt, Tiếng Mnông"


def test_one_language_is_one_however_it_is_written() -> None:
    assert told_apart("vie") == told_apart("vi") == told_apart("vi-VN,vie") == told_apart("VI") == ["vi"]
    assert told_apart("mng") == told_apart("cmo")
    assert told_apart("x-bih") == ["x-bih"]
    assert told_apart("khm;eng") == ["km", "en"]
    assert told_apart("") == told_apart(" ,; ") == []


@given(st.text())
def test_any_stated_language_is_shown(stated: str) -> None:
    language_names(stated, Locale("vi"))


def test_marks_and_capitals_do_not_count() -> None:
    assert fold("Đường về TRẠI MỚI") == "duong ve trai moi"
    assert fold(unicodedata.normalize("NFD", "ướt ĐẪM")) == fold("UOT dam")


@given(st.text(min_size=1))
def test_a_slug_can_stand_in_any_address(name: str) -> None:
    key = slug(name)
    assert 0 < len(key) <= 120
    assert key.isascii()
    assert not set(key) & set("/?#% \\")
    assert key not in {".", ".."}
    assert slug(name) == key


def test_plain_names_are_their_own_slugs() -> None:
    assert slug("wikipedia_vi_all") == "wikipedia_vi_all"
    assert slug("Tủ sách/bản") != slug("Tủ sách bản")
    assert len(slug("..")) == 7
    assert len(slug("a" * 121)) == 7


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300))
def test_an_address_leads_to_its_page(path: str) -> None:
    from urllib.parse import unquote_to_bytes, urlsplit

    address = entry_address("book", path)
    parts = urlsplit(f"http://sach.localhost{address}")
    assert (parts.query, parts.fragment) == ("", "")
    assert decode_path(unquote_to_bytes(parts.path).decode("latin-1")) == f"/trang/book/{path}"
