"""Which file is which book, and which of its editions is the newest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.editions import newest_of_each, stem_without_date


@dataclass(frozen=True)
class File:
    name: str
    date: str
    file: str
    mtime_ns: int = 0


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("wikibooks_vi_all_2017-02.zim", "wikibooks_vi_all"),
        ("wikibooks_vi_all_2018-05-31.zim", "wikibooks_vi_all"),
        ("wikibooks_vi_all_20180531.zim", "wikibooks_vi_all"),
        ("wikibooks_vi_all_201805.zimaa", "wikibooks_vi_all"),
        ("Sách-2024-05.ZIM", "Sách"),
        ("sách2024-05.zim", "sách"),
        ("bài_000001.zim", "bài_000001"),
        ("bài_000002.zim", "bài_000002"),
        ("scan_20241399.zim", "scan_20241399"),
        ("phone0912345678.zim", "phone0912345678"),
        ("2024-05.zim", "2024-05"),
        ("a.b.zim", "a.b"),
        ("truyện.zim", "truyện"),
        (".zim", ".zim"),
        ("x_2017-02_splitted.zimaa", "x_2017-02_splitted"),
    ],
)
def test_a_book_without_a_name_is_its_file_without_the_date(file: str, name: str) -> None:
    assert stem_without_date(Path(file)) in {name, ""} if file == ".zim" else stem_without_date(Path(file)) == name


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_any_file_has_a_name(stem: str) -> None:
    assert stem_without_date(Path(f"{stem}.zim"))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (File("a", "2024-01", "a_9.zim", 9), File("a", "2024-02", "a_1.zim", 1)),
        (File("a", "2024", "b.zim"), File("a", "2024-02-01", "a.zim")),
        (File("a", "", "z.zim", 9), File("a", "2001-01-01", "a.zim", 1)),
        (File("a", "next year", "z.zim"), File("a", "2001", "a.zim")),
        (File("a", "2024-01", "a_2024-01.zim", 9), File("a", "2024-01", "a_2024-01b.zim", 1)),
        (File("a", "", "a_2023-12.zim", 9), File("a", "", "a_2024-01.zim", 1)),
    ],
)
def test_the_newer_edition_is_served(older: File, newer: File) -> None:
    other = File("b", "1999", "b.zim")
    for files in permutations([older, newer, other]):
        assert newest_of_each(files) == {"a": newer, "b": other}


@given(
    st.lists(
        st.builds(File, st.sampled_from("ab"), st.text(), st.text(), st.integers()),
        max_size=5,
        unique_by=lambda file: file.file,
    )
)
def test_every_book_keeps_one_edition_whatever_the_order(files: list[File]) -> None:
    newest = newest_of_each(files)
    assert set(newest) == {file.name for file in files}
    assert newest_of_each(reversed(files)) == newest
