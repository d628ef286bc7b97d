"""Text out of HTML: whole words, nothing hidden, and no page that takes long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search.folding import tidy
from library.search.plain_text import decode, parts_at_seams, text_of


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Con <b>đ</b>ường</p><p>làng</p>", "Con đường làng"),
        ("<title>x</title><script>var a = '<b>no</b>';</script><style>p{}</style>có", "có"),
        ("<!-- không <b>có</b> -->có<!---->thật", "cóthật"),
        ("a<!-- </b>--> b", "a b"),
        ("<a title='1 > 2' href=\"x>y\">đọc</a>", "đọc"),
        ("1 < 2 &amp; 3 &gt; 2 &#273;", "1 < 2 & 3 > 2 đ"),
        ("<td>một</td><td>hai</td><br>ba", "một hai ba"),
        ("<!DOCTYPE html><?xml x?>chữ</khong", "chữ"),
        ("<script src=x />sau", "sau"),
        ("<script>mãi mãi", ""),
        (
            "<header>☰ Mục lục</header><main><p>Nuôi gà</p></main><NAV><a>Bài sau</a></nav><footer>CC</footer>",
            "Nuôi gà",
        ),
        ("<article><header>Ông Tám kể</header>chuyện<footer>1975</footer></article>", "Ông Tám kể chuyện 1975"),
        ("<header>Lời đầu</header><p>thân</p><footer>hết</footer>", "Lời đầu thân hết"),
        ("<main><nav>một<nav>hai</nav>ba</nav>bốn</main>", "bốn"),
        ("<nav>không đóng<main>chữ", "không đóng chữ"),
        ("</nav></main><main>chữ</main></header>", "chữ"),
        ("<nav>Chỉ có mục lục</nav>", "Chỉ có mục lục"),
    ],
)
def test_readers_see_this(page: str, text: str) -> None:
    assert tidy(text_of(page)) == text


def test_words_that_marks_of_style_stick_together_are_found_apart_too() -> None:
    assert parts_at_seams(text_of("vào nút<span>Chèn</span>, đ<b>ường</b>")).split() == ["nút", "Chèn", "đ", "ường"]
    assert parts_at_seams(text_of("<b>một</b> hai")) == ""


@given(st.text(st.sampled_from("<>/!-\"'= abđ&;#scripthrefo\n"), max_size=400))
def test_any_page_has_a_text(page: str) -> None:
    text_of(page)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("đường".encode(), "đường"),
        ("\ufeffđường".encode(), "đường"),
        (b"<meta charset=windows-1258>" + "được".encode("cp1258", "replace"), None),
        (b"<meta charset=nonsense>\xff", "<meta charset=nonsense>\ufffd"),
        (b"\xff\xfe\x00", "\ufffd\ufffd\0"),
    ],
)
def test_letters_are_read_as_the_page_says(data: bytes, text: str | None) -> None:
    assert text is None or decode(data) == text
