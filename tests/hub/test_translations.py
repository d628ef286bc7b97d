"""The catalogues are complete, fresh and in the right words; and their keeper notices when they are not."""

import re
import unicodedata
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from hub import catalogue, i18n


def test_catalogues_are_in_order() -> None:
    assert list(catalogue.problems()) == [], "run `./run translate`, then translate what is new"


def test_every_language_but_the_sources_own_has_a_catalogue() -> None:
    assert {po.parent.parent.name for po in catalogue.catalogues()} == {lang.code for lang in i18n.LANGUAGES} - {"en"}


def test_sentences_of_modules_and_of_templates_are_found() -> None:
    template = catalogue.extract()
    files = {file for message in template for file, _ in message.locations}
    assert "hub/explanations.py" in files
    assert "hub/templates/base.html" in files
    assert "library/templates/library/book.html" in files


def test_english_sentences_are_in_nfc_too() -> None:
    assert all(unicodedata.is_normalized("NFC", str(message.id)) for message in catalogue.extract())


@pytest.mark.parametrize("word", ["video", "lỗi", "error", "thất bại", "không hợp lệ"])
def test_vietnamese_is_a_neighbours_not_an_offices(word: str) -> None:
    po = next(po for po in catalogue.catalogues() if po.parent.parent.name == "vi")
    texts = [str(message.string) for message in catalogue.read(po) if message.id]
    assert [text for text in texts if re.search(rf"\b{word}\b", text, re.IGNORECASE)] == []


def test_update_keeps_translations_and_drops_guesses_and_what_is_gone() -> None:
    template = Catalog()
    template.add("Open", locations=[("b.py", 0)])
    template.add("Read")
    template.add(("%(n)s book", "%(n)s books"))
    old = Catalog(locale="vi")
    old.add("Open", "Mở")
    old.add("Read", "Đọc", flags=["fuzzy"])
    old.add(("%(n)s book", "%(n)s books"), ("%(n)s cuốn",))
    old.add("Gone", "Đã bỏ")
    new = catalogue.merged(template, old)
    assert {str(message.id): message.string for message in new if message.id} == {
        "Open": "Mở",
        "Read": "",
        "('%(n)s book', '%(n)s books')": ("%(n)s cuốn",),
    }


def test_files_hold_no_date_and_are_the_same_when_written_again(tmp_path: Path) -> None:
    (tmp_path / "vi" / "LC_MESSAGES").mkdir(parents=True)
    po = tmp_path / "vi" / "LC_MESSAGES" / "messages.po"
    fresh = Catalog(locale="vi")
    fresh.add("Open", "Mở")
    po.write_bytes(catalogue.po_bytes(catalogue.merged(fresh, fresh)))
    assert b"Date" not in po.read_bytes()
    assert b"Babel" not in po.read_bytes()
    again = catalogue.merged(fresh, catalogue.read(po))
    assert catalogue.po_bytes(again) == po.read_bytes()
    assert b"Babel" not in catalogue.mo_bytes(again)


def test_keeper_names_every_kind_of_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "translations" / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    package = tmp_path / "hub"
    package.mkdir()
    (package / "words.py").write_text(
        "_('Open')\n_('Read')\n_('Home')\n_('%(n)s pages')\n_('Search')\n", encoding="utf-8"
    )
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Open"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "Read"\nmsgstr "Đọc"\n\nmsgid "Home"\nmsgstr "Trang chu\u0309"\n\n'
        '#, python-format\nmsgid "%(n)s pages"\nmsgstr "%(m)s trang"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    monkeypatch.setattr(catalogue, "TRANSLATIONS", tmp_path / "translations")
    monkeypatch.setattr(catalogue, "PACKAGES", ("hub",))
    said = "\n".join(catalogue.problems())
    assert "not translated: 'Open'" in said
    assert "not translated: 'Search'" in said
    assert "marked as a guess: 'Read'" in said
    assert "NFC" in said
    assert "%(n)s pages" in said
    assert "not those of the sources" in said
    assert "messages.mo is older" in said
    assert catalogue.main(["check"]) == 1
    assert catalogue.main(["update"]) == 1  # what only a person can do is still to be done
    assert (folder / "messages.mo").exists()
    assert "update it" not in "\n".join(catalogue.problems())


def test_other_verbs_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert catalogue.main([]) == 2
    assert "update|check" in capsys.readouterr().err
