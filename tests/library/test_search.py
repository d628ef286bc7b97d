"""Search over a real index: nothing is lost without marks, marks come first, and nothing that is typed breaks it."""

from __future__ import annotations

import os
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import help_texts
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search import page_queries
from library.search.folding import fold, typed_words
from library.search.index_folder import open_index
from library.search.index_place import edition_number, folder_in
from library.search.page_index import PageIndex
from library.search.searching import Search, Wish, tidied
from library.testing import Entry, bake_zim, shelve, take_in

LONG = os.environ.get("HUB_LONG") == "1"
EVERYTHING = 1_000_000
Shelf = Callable[..., Search]


def page(text: str) -> str:
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><p>{text}</p></body></html>'


@pytest.fixture
def searched(tmp_path: Path) -> Shelf:
    """Bakes books (name → title of page → text), has them checked and taken in, and searches them."""
    content, state = tmp_path / "content", tmp_path / "state"
    content.mkdir()
    state.mkdir()

    def bake(books: dict[str, dict[str, str]], language: str = "vie", **metadata: str) -> Search:
        for name, pages in books.items():
            entries = {f"{title}.html": Entry(page(text), title) for title, text in pages.items()}
            first = next(iter(entries))
            facts = {"main_path": first, "language": language, "metadata": metadata}
            bake_zim(content / f"{name}.zim", entries, name=name, title=f"Sách {name}", **facts)  # type: ignore[arg-type]
        shelf = shelve(content, state)
        assert take_in(content, state, tmp_path / "index")
        return Search(shelf, PageIndex(tmp_path / "index"))

    return bake


def titles(search: Search, typed: str, most: int = 50, **wish: str) -> list[str]:
    return [hit.title for hit in search.find(Wish(tidied(typed), **wish), most, most).pages]


def test_marks_capitals_forms_and_places_of_tones_do_not_count(searched: Shelf) -> None:
    search = searched(
        {"a": {"đường": "Con đường về bản, hòa thuận, thủy lợi, Đất ĐỎ", "dương": "Dương Phố và đương quy"}}
    )
    for typed in ("duong", "DUONG", "đường", unicodedata.normalize("NFD", "đường"), "Đường"):
        assert set(titles(search, typed)) == {"đường", "dương"}, typed
    assert titles(search, "đường")[0] == "đường"
    assert titles(search, "dương")[0] == "dương"
    for typed in ("hoà thuận", "hòa thuận", "hoa thuan", "thuỷ lợi", "thủy lợi", "thuy loi", "dat do", "đất đỏ"):
        assert titles(search, typed) == ["đường"], typed


def test_typed_marks_in_either_place_come_first(searched: Shelf) -> None:
    search = searched(
        {"a": {"1": "hoa hoa hoa hoa hoa hoa", "2": "hoà bình", "3": "hoá chất hoá chất", "4": "hòa mạng"}}
    )
    for typed in ("hoà", "hòa", unicodedata.normalize("NFD", "hoà")):
        assert set(titles(search, typed)[:2]) == {"2", "4"}, typed
        assert len(titles(search, typed)) == 4


def test_words_side_by_side_come_before_words_apart(searched: Shelf) -> None:
    apart = "gà ở chuồng kia, còn bò thì lên đồi cao; gà gà đồi gà"
    search = searched({"a": {"apart": apart, "together": "giống gà đồi Yên Thế nuôi thả trong vườn rộng quanh nhà"}})
    assert titles(search, "gà ở đồi")[0] == "apart"
    assert titles(search, "đồi yên")[0] == "together"


def test_two_syllables_come_together_first_however_common_they_are(searched: Shelf) -> None:
    apart = {f"apart {number}": "thể thao thì có có có có thể" if number % 9 else "có thể" for number in range(90)}
    search = searched({"a": {**apart, "title": "thể, có có"}})
    for typed in ("co the", "có thể", "CÓ THỂ"):
        found = titles(search, typed)
        assert set(found[:10]) == {f"apart {number}" for number in range(0, 90, 9)}, typed
        assert search.find(Wish(typed), 5, 5).total == 91


def test_common_words_are_found_as_completely_as_rare_ones(searched: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    lot = random.Random(5)
    spoken = ["có", "co", "thể", "the", "đồng", "dong", "ruộng", "lúa", "nương", "ngo"]
    texts = {f"{number} {lot.choice(spoken)}": " ".join(lot.choices(spoken, k=6)) for number in range(300)}
    search = searched({"a": texts, "b": {"title có thể": "nữa"}})
    asked = ["co", "có", "co the", "có thể", "có the", "lua nuong", "dong lua ngo", "đồng lúa ngo", "có đồng lua"]
    asked.append("x co")

    def answers() -> dict[str, tuple[set[str], int]]:
        found = {typed: search.find(Wish(typed), EVERYTHING, EVERYTHING) for typed in asked}
        return {typed: ({hit.title for hit in each.pages}, each.total) for typed, each in found.items()}

    as_rare = answers()
    assert all(len(found) == total for found, total in as_rare.values())
    assert {typed: search.find(Wish(typed), 5, 5).total for typed in asked} == {
        typed: total for typed, (_, total) in as_rare.items()
    }
    monkeypatch.setattr(page_queries, "COMMON", 3)
    monkeypatch.setattr(page_queries, "COMMON_TOGETHER", 3)
    assert answers() == as_rare
    for typed in asked:
        first, total = titles(search, typed, 10), search.find(Wish(typed), 10, 10).total
        assert (len(first), total) == (min(10, as_rare[typed][1]), as_rare[typed][1]), typed
    assert titles(search, "co the")[0] == titles(search, "có thể")[0] == "title có thể"
    assert all(fold(title).endswith(" co") for title in titles(search, "co", 20))


def test_where_only_some_marks_are_typed_these_count_and_words_side_by_side_come_first(searched: Shelf) -> None:
    others = {f"{number}": "con đương bản; đường ta đi qua bản, ta ở con gì" for number in range(30)}
    search = searched({"a": {**others, "best": "con đường bản ta", "unmarked": "con duong ban ta"}})
    assert titles(search, "con đường ban")[0] == "best"
    assert titles(search, "con đường ban").index("unmarked") == 31


def test_pages_that_were_taken_out_are_not_counted(searched: Shelf, tmp_path: Path) -> None:
    search = searched({"a": {"1": "lúa xoá", "2": "lúa", "3": "lúa"}})
    assert search.find(Wish("lua"), 5, 5).total == 3
    writer = open_index(folder_in(tmp_path / "index")).writer(15_000_000, 1)
    writer.delete_documents_by_term("body", "xoa")
    writer.commit()
    assert (search.find(Wish("lua"), 5, 5).total, titles(search, "lua")) == (2, ["2", "3"])


HIGHLAND = {
    "Ƀuôn": "Ƀuôn sang hrŏ mơ̆ng êlan anei, ayŏng adei ƀhiăn hriê kơ čư̆ čhiăng",
    "ia": "Ñu mă ia mơ̆ng čơ̆r, krŏ̆ng ia jŭ mơ̆ng ŏi asei mlei",
    "jrai": "Ơi adai pơjing rai adai hăng lŏn tơnah, plei pla anai ƀudah",
}
"""Letters and marks of Ê Đê, Gia Rai and Ba Na; composed for this test, so no sentence of anybody's."""


def test_highland_letters_are_found_by_the_letters_of_any_keyboard(searched: Shelf) -> None:
    search = searched({"rad": HIGHLAND}, language="rad")
    queries = {
        word: {title for title, text in HIGHLAND.items() if word in [*re.findall(r"[^\s,]+", text), title]}
        for text in HIGHLAND.values()
        for word in re.findall(r"[^\s,]+", text)
    }
    for word, expected in queries.items():
        plain = unicodedata.normalize("NFD", word.lower()).replace("ƀ", "b").replace("đ", "d")
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
        assert plain.isascii()
        assert expected <= set(titles(search, plain)), (word, plain)
        assert expected <= set(titles(search, word.upper())), word
        assert titles(search, word)[0] in expected


KHMER = {
    "ទឹក": "ទឹកស្អាតសំខាន់ណាស់សម្រាប់សុខភាពរបស់យើង",
    "ស្រូវ": "កសិករដាំស្រូវនៅក្នុងវាលស្រែក្បែរភូមិ",
    "សៀវភៅ": "កុមារអានសៀវភៅនៅបណ្ណាល័យភូមិ\u200bរាល់ថ្ងៃ",
}
"""Khmer words; composed for this test."""


def test_khmer_is_found_without_spaces_between_words(searched: Shelf) -> None:
    search = searched({"khm": KHMER}, language="khm")
    for typed, expected in {
        "ស្អាត": {"ទឹក"},
        "សុខភាព": {"ទឹក"},
        "ភូមិ": {"ស្រូវ", "សៀវភៅ"},
        "ភូមិរាល់ថ្ងៃ": {"សៀវភៅ"},  # the page has a space of no width in between
        "ភូមិ\u200bរាល់": {"សៀវភៅ"},
        "ក": {"ស្រូវ", "ទឹក"},
        "វាលស្រែ": {"ស្រូវ"},
        "ស្រូវសៀវភៅ": set(),
    }.items():
        found = set(titles(search, typed))
        assert found >= expected, typed
        assert not expected or len(typed) == 1 or found == expected, typed
    assert "<mark>សុខភាព</mark>" in search.find(Wish("សុខភាព"), 5, 5).pages[0].snippet


def test_books_of_all_languages_answer_together_and_can_be_told_apart(searched: Shelf) -> None:
    search = searched({"a": {"vi": "nước"}}, Tags="Sức khỏe;_category:Nước")
    search = searched({"b": {"en": "nuoc means water"}}, language="eng")
    assert set(titles(search, "nuoc")) == {"vi", "en"}
    for code in ("eng", "en", "en-GB"):
        assert titles(search, "nuoc", language=code) == ["en"]
    assert titles(search, "nuoc", language="vi") == ["vi"]
    assert titles(search, "nuoc", subject="suc khoe") == ["vi"]
    assert titles(search, "nuoc", book="b") == ["en"]
    assert titles(search, "nuoc", kind="film") == []
    found = search.find(Wish("nuoc", language="eng"), 10, 10)
    assert found.total == 1


def test_one_large_book_does_not_drown_the_others(searched: Shelf) -> None:
    search = searched(
        {"big": {f"lúa {number}": "lúa lúa lúa lúa" for number in range(280)}, "small": {"x": "ruộng lúa"}}
    )
    found = search.find(Wish("lúa"), 10, 3)
    assert "small" in {hit.key for hit in found.pages[:4]}
    assert len(found.pages) == 10  # where others run short, the large one fills the list
    assert found.total == 281


def test_more_than_three_hundred_places_are_said_to_be_more(searched: Shelf) -> None:
    search = searched({"a": {f"{number}": "lúa nương" if number else "lúa" for number in range(301)}})
    for typed, total, at_least in (("lua", 300, True), ("lúa nương", 300, False), ("sách a", 1, False)):
        found = search.find(Wish(typed), 5, 5)
        assert (found.total, found.at_least) == (total, at_least), typed


def test_snippets_light_up_what_was_typed_and_nothing_runs(searched: Shelf) -> None:
    text = f"{'mở đầu ' * 60} &lt;script&gt;alert(1)&lt;/script&gt; cây vải thiều &amp; nhãn {'cuối ' * 60}"
    search = searched({"a": {"<b>x</b>": text}})
    (hit,) = search.find(Wish("vai thieu"), 5, 5).pages
    assert "<mark>vải</mark> <mark>thiều</mark> &amp; nhãn" in hit.snippet
    assert "<script" not in hit.snippet
    assert hit.snippet.startswith("… ")
    assert "&lt;b&gt;" in hit.lit_title


def test_a_book_is_found_by_its_own_words_before_it_is_in_the_index(tmp_path: Path) -> None:
    content, state = tmp_path / "content", tmp_path / "state"
    content.mkdir()
    state.mkdir()
    bake_zim(
        content / "a.zim",
        {"a.html": Entry(page("chữ trong trang"), "Trồng vải")},
        name="a",
        title="Cẩm nang nông dân",
        main_path="a.html",
        metadata={"Description": "Chăm cây đúng mùa"},
    )
    search = Search(shelve(content, state), PageIndex(tmp_path / "index"))
    assert [key for key, _ in search.find(Wish("dung mua"), 5, 5).items] == ["a"]
    found = search.find(Wish("trong vai"), 5, 5)
    assert ([hit.title for hit in found.pages], found.waiting, found.total) == (["Trồng vải"], 1, 1)
    assert search.suggest("cam na", 5)[0] == ("a", "Cẩm nang nông dân", "")


def test_a_book_that_lacks_the_typed_marks_comes_after_the_pages_that_have_them(searched: Shelf) -> None:
    search = searched({"a": {"x": "thật hoà thuận"}}, Tags="_category:Văn hóa")
    search = searched({"b": {"y": "trang khác"}}, Tags="_category:Hoà bình")
    for typed, leading in (("hoà", ["b"]), ("hoa", ["a", "b"]), ("hóa", ["a", "b"])):  # no page has hóa
        found = search.find(Wish(typed), 10, 3)
        assert sorted(key for key, _ in found.items[: found.leading]) == leading, typed
        assert sorted(key for key, _ in found.items) == ["a", "b"], typed


def test_suggestions_are_titles_that_begin_to_be_typed(searched: Shelf) -> None:
    search = searched({"a": {"Đường về bản": "x", "Dưỡng da": "y", "Bán đường": "z"}})
    found = {title for _, title, path in search.suggest("duo", 8) if path}
    assert found == {"Đường về bản", "Dưỡng da", "Bán đường"}
    assert [title for _, title, _ in search.suggest("ve bả", 8)] == ["Đường về bản"]
    assert search.suggest("", 8) == search.suggest("***", 8) == []


def test_one_large_book_does_not_drown_suggestions_either(searched: Shelf) -> None:
    many = {f"Anh Đường số {number:03}": "x" for number in range(300)}
    search = searched({"big": many, "a": {"Đường": "x", "Về đường làng": "x"}, "b": {"Dưỡng da": "x"}})
    found = [title for _, title, _ in search.suggest("duon", 6)]
    assert {"Đường", "Về đường làng", "Dưỡng da"} < set(found)
    assert len(found) == 6  # where others run short, the large one fills the list
    assert search.suggest("duong", 6)[0][1] == "Đường"


def test_suggestions_agree_with_the_marks_typed_so_far(searched: Shelf) -> None:
    pages = ("Dương xỉ", "Đường về", "Đương quy", "Đượng", "Bến đường", "Đến bương")
    search = searched({"a": dict.fromkeys(pages, "x")})
    assert {title for _, title, _ in search.suggest("đườ", 2)} == {"Đường về", "Bến đường"}
    assert {title for _, title, _ in search.suggest("dươ", 9)} == set(pages[:5])
    assert search.suggest("dươ", 9)[0][1] == "Dương xỉ"
    assert search.suggest("bến đ", 9)[0][1] == "Bến đường"


ODD = [
    *(
        "",
        " ",
        "\0",
        "\x01\x1b[31m",
        '"',
        "'",
        "*",
        "NEAR",
        "a NEAR/3 b",
        "lúa AND",
        "OR",
        "NOT lúa",
        "title:lúa",
        "(",
        ")",
    ),
    *("[a TO b]", "lúa^9", "\\", "/.*/", "😀", "漢字", "ひらがな", "العربية", "ខ្មែរ", "ꨌꩌ", "%", "_", "ﬁ", "İ", "ß"),
    *("x" * 10_000, "\u0301" * 500, "a\u0301" * 500, "\ud800", "<script>alert(1)</script>"),
]
RICE = [
    "-lúa",
    "+lúa",
    '"lúa"',
    "'lúa",
    "lúa(",
    "lúa~",
    "lúa*",
    "[lúa]",
    "👩\u200d🌾 lúa",
    "lúa " * 2_500,
    "\x01lúa\x02",
]


@pytest.fixture(scope="module")
def odd_search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "content").mkdir()
    (folder / "state").mkdir()
    bake_zim(folder / "content" / "a.zim", {"a": Entry(page("ruộng lúa"), "Lúa")}, name="a", main_path="a")
    shelf = shelve(folder / "content", folder / "state")
    assert take_in(folder / "content", folder / "state", folder / "index")
    return Search(shelf, PageIndex(folder / "index"))


@pytest.mark.parametrize("typed", ODD + RICE, ids=range(len(ODD + RICE)))
def test_whatever_is_typed_gets_an_answer(odd_search: Search, typed: str) -> None:
    found = odd_search.find(Wish(tidied(typed)), 10, 3)
    odd_search.suggest(typed, 8)
    assert bool(found.pages) == (typed in RICE)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(odd_search: Search, typed: str) -> None:
    odd_search.find(Wish(tidied(typed)), 10, 3)
    odd_search.suggest(typed, 8)


@given(st.text(max_size=60))
def test_what_was_typed_without_marks_finds_what_has_them(typed: str) -> None:
    assert [word.folded for word in typed_words(fold(typed), 8)] == list(
        dict.fromkeys(word.folded for word in typed_words(typed, 50) if word.folded)
    )[:8] or not fold(typed).isascii()


def test_most_words_are_read_in_linear_time() -> None:
    assert len(typed_words("a" * 10_000, 8)) == 1


# ── Texts that nobody here wrote ─────────────────────────────────────────────────────────────────────────────────────


class Oracle:
    """Knows by itself which words stand on which page: HTML read by lxml, words cut by a plain expression."""

    def __init__(self, pages: list[help_texts.HelpPage]) -> None:
        self.marked: dict[str, set[str]] = {}
        self.order: dict[str, list[str]] = {}
        for each in pages:
            body = lxml.html.document_fromstring(each.html).body
            for hidden in body.xpath(".//script|.//style|.//noscript|.//svg|.//textarea|.//select"):
                hidden.drop_tree()
            text = " ".join(body.xpath(".//text()[normalize-space()]"))
            words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
            self.order[each.path] = [
                help_texts.placed(word) for word in words if re.fullmatch(r"[a-zà-ỹđ]{1,12}", word)
            ]
            self.marked[each.path] = set(self.order[each.path])

    def queries(self, count: int, lot: random.Random) -> Iterator[list[str]]:
        """One to three words that stand side by side on some page, at least one of them with marks."""
        paths = [path for path, words in self.order.items() if len(words) > 20]
        while count:
            words = self.order[lot.choice(paths)]
            length = lot.randint(1, 3)
            at = lot.randrange(len(words) - length)
            chosen = words[at : at + length]
            if any(help_texts.unmarked(word) != word for word in chosen):
                count -= 1
                yield chosen

    def holding(self, words: list[str]) -> set[str]:
        wanted = set(words)
        return {path for path, marked in self.marked.items() if wanted <= marked}


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Search, Oracle]:
    """The help texts in three books, taken in; everyday every eighth page."""
    try:
        pages = help_texts.pages()
    except help_texts.TextsMissingError as error:
        pytest.skip(str(error))
    if not LONG:
        pages = random.Random(8).sample(pages, len(pages) // 8)
    folder = tmp_path_factory.mktemp("help")
    (folder / "content").mkdir()
    (folder / "state").mkdir()
    for number in range(3):
        help_texts.help_book(folder / "content", pages[number::3], f"help{number}")
    shelf = shelve(folder / "content", folder / "state")
    assert take_in(folder / "content", folder / "state", folder / "index")
    return Search(shelf, PageIndex(folder / "index")), Oracle(pages)


QUERIES = 2000 if LONG else 1000


def test_nothing_is_lost_when_marks_are_not_typed(helped: tuple[Search, Oracle]) -> None:
    """Recall 100 %: every page that holds the marked words is found by the words without marks."""
    search, oracle = helped
    index, shelf = search._index, search._shelf
    among = {edition_number(line.facts.edition) for line in shelf.ready().values() if line.facts}
    asked = 0
    for words in oracle.queries(QUERIES, random.Random(1)):
        typed = typed_words(" ".join(map(help_texts.unmarked, words)), 8)
        found = index.find(typed, EVERYTHING, EVERYTHING, among, narrowed=False)
        missing = oracle.holding(words) - {hit.path for hit in found.pages}
        assert missing == set(), words
        assert found.total == len(found.pages)
        asked += 1
    assert asked == QUERIES


def test_typed_marks_come_first_when_any_page_has_them(helped: tuple[Search, Oracle]) -> None:
    """At least 99 % of queries: as many of the first ten have the typed marks as pages there are that have them."""
    search, oracle = helped
    good = 0
    for words in oracle.queries(QUERIES, random.Random(2)):
        pages = search.find(Wish(" ".join(words)), 10, 10).pages
        having = oracle.holding(words)
        first = [hit.path in having for hit in pages[: min(10, len(having))]]
        good += bool(first) and all(first)
    assert good / QUERIES >= 0.99, good
