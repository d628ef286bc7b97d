"""The search's benchmark: the whole shelf searched by the hub and by kiwix-serve, in turns.

Both hold the same books, whose pages are the paragraphs of LibreOffice's Vietnamese help in an order drawn by lot; both
are asked over HTTP for the best 25 pages of the same words, one question after the other, each on a connection of its
own. All questions differ, so neither side can keep an answer for the next one (the hub keeps none). They are asked in
turns of thirty, the hub first in one turn and kiwix-serve in the next, after a turn that only warms both. The words are
typed without marks but with đ, since kiwix-serve 3.3 finds nothing for a marked word, and no version finds đ for d; the
hub is asked without đ and with all marks as well. The hub runs as on a card, ``hub run shelf`` and ``hub run web``, and
takes the books in by itself, which is measured too. Recall and marks are judged by words that this bench cuts out of
the pages by itself, in the first two books.
"""

from __future__ import annotations

import contextlib
import html
import http.client
import random
import re
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "support"))

import help_texts
import kiwix
from house import House, furnish
from rows import Bench, Benchmark, Row, load_average, no_slower, row
from servers import MemoryWatch, ServerFailedError, fetch, free_port, running, wait_until_served

from library.book import Book
from library.errors import IndexUnusableError
from library.page import Page
from library.search.folding import typed_words
from library.search.index_place import edition_number
from library.search.page_index import PageIndex
from library.shelf import Shelf

_SEED: Final = 20261125
_BOOKS: Final = {False: 50, True: 8}
_PAGES: Final = 4000
_QUERIES: Final = {False: 300, True: 100}
_JUDGED: Final = {False: 1000, True: 200}
_JUDGED_BOOKS: Final = 2
_BEST: Final = 25
_TURN: Final = 30
_BUILD_S: Final = 3600
_EVERYTHING: Final = 10_000_000
_AT_MOST: Final = 0.2
_WORD: Final = re.compile(r"[^\W_]+")


def measure(bench: Bench) -> list[Row]:
    """Run the benchmark."""
    count = _BOOKS[bench.quick]
    try:
        files = list(help_texts.shuffled_books(count, _PAGES))
    except help_texts.TextsMissingError as error:
        raise SystemExit(str(error)) from error
    size = sum(file.stat().st_size for file in files) / 1e6
    found = kiwix.newest(bench)
    bench.console.print(
        f"{count} books of {_PAGES} pages, {size:.0f} MB; {_QUERIES[bench.quick]} different questions of 1 to 3"
        f" words, best {_BEST}, none answered from a cache of answers; kiwix-serve {found.version}"
        f"{f', --quick: {count} books, not 50; rough figures' if bench.quick else ''}."
    )
    house = furnish(bench, "hub", {file.name: file for file in files})
    lot = random.Random(_SEED)
    pages = _words_of_pages(files[:_JUDGED_BOOKS])
    questions = _different(pages, _TURN + _QUERIES[bench.quick], lot)
    with contextlib.ExitStack() as stack:
        port, services, build_s, watch = stack.enter_context(_hub(bench, house, count))
        kiwix_port, other = stack.enter_context(_kiwix(bench, files, found))
        ours, theirs = _ask_both(bench, port, kiwix_port, files, [_for_kiwix(question) for question in questions])
        with_marks = _ask_hub(port, "/api/search", questions[_TURN:])
        without = _ask_hub(port, "/api/search", [help_texts.unmarked(question) for question in questions[_TURN:]])
        begun = [help_texts.unmarked(question)[:-1] for question in questions[_TURN:] if len(question) > 3]
        suggested = _ask_hub(port, "/api/suggest", begun)
        reading = MemoryWatch(services[1:])
        reading.start()
        time.sleep(0.6)
        reading.end()
        kiwix_memory = MemoryWatch([other])
        kiwix_memory.start()
        time.sleep(0.6)
        kiwix_memory.end()
    recall, marks = _judge(house.folder, files, pages, list(_questions(pages, _JUDGED[bench.quick], lot)))
    index_mb = sum(path.stat().st_size for path in (house.folder / "index").rglob("*") if path.is_file()) / 1e6
    mine, other_p95 = _both(ours, theirs, 95)
    p95 = row("search p95, the same", mine, other_p95, "ms")
    holds = mine <= _AT_MOST * other_p95
    return [
        no_slower(f"search p50, over HTTP : kiwix-serve {found.version}", *_both(ours, theirs, 50), "ms"),
        Row(p95.case, p95.ours, p95.anchor, p95.ratio, p95.unit, f"≤ {_AT_MOST:g}", holds),
        row("search p50, all marks typed", _percentile(with_marks, 50), None, "ms"),
        row("search p95, all marks typed", _percentile(with_marks, 95), None, "ms"),
        row("search p95, no marks and no đ typed", _percentile(without, 95), None, "ms"),
        row("suggestions p50", _percentile(suggested, 50), None, "ms"),
        row("suggestions p95", _percentile(suggested, 95), None, "ms"),
        Row("recall of words typed without marks", recall, None, None, "%", "hub = 100", recall == 100),
        Row("first ten have the typed marks, if as many do", marks, None, None, "%", "hub ≥ 99", marks >= 99),
        row("index", index_mb, None, "MB"),
        row("checking and taking in all books", build_s, None, "s"),
        row("peak memory meanwhile, shelf and its children, PSS", watch.peak_pss_mb, None, "MB"),
        row("memory of the website's processes, anonymous", reading.peak_anonymous_mb, None, "MB"),
        row("memory, PSS", reading.peak_pss_mb, kiwix_memory.peak_pss_mb, "MB"),
    ]


@contextlib.contextmanager
def _hub(bench: Bench, house: House, count: int) -> Iterator[tuple[int, tuple[int, int], float, MemoryWatch]]:
    """The hub with all books taken in: port, processes, how long that took (s), and the memory of it."""
    with contextlib.ExitStack() as stack:
        begun = time.monotonic()
        shelf = stack.enter_context(house.serving("shelf"))
        watch = MemoryWatch([shelf])
        watch.start()
        index = PageIndex(house.folder / "index")
        while _taken_in(index) < count:
            if time.monotonic() - begun > _BUILD_S:
                raise ServerFailedError(
                    f"The books were not taken in.\n{house.log.read_text('utf-8', 'replace')[-2000:]}"
                )
            time.sleep(0.25)
        took = time.monotonic() - begun
        watch.end()
        bench.console.print(f"  all books are in after {took:.0f} s ({load_average()})")
        web = stack.enter_context(house.serving("web"))
        wait_until_served(house.port, "/healthz", f"localhost:{house.port}", house.log)
        yield house.port, (shelf, web), took, watch


def _taken_in(index: PageIndex) -> int:
    try:
        return len(index.indexed().whole)
    except IndexUnusableError:
        return 0


@contextlib.contextmanager
def _kiwix(bench: Bench, files: list[Path], found: kiwix.Kiwix) -> Iterator[tuple[int, int]]:
    """kiwix-serve with the same books: its port and process."""
    port, log = free_port(), bench.work / "kiwix-serve.log"
    command = [*found.command, "--address=127.0.0.1", f"--port={port}", *map(str, files)]
    with running(command, log) as process:
        wait_until_served(port, "/", f"127.0.0.1:{port}", log)
        yield port, process


def _ask_both(
    bench: Bench, port: int, kiwix_port: int, files: list[Path], questions: list[str]
) -> tuple[list[float], list[float]]:
    """Milliseconds of every answer, the hub's and kiwix-serve's; the first turn only warms both."""
    names = [("books.name", file.stem) for file in files]
    times: tuple[list[float], list[float]] = ([], [])
    empty = [0, 0]
    for number, at in enumerate(range(0, len(questions), _TURN)):
        for side in (0, 1) if number % 2 else (1, 0):
            for question in questions[at : at + _TURN]:
                ours = f"/api/search?{urlencode({'q': question, 'limit': _BEST})}"
                theirs = f"/search?{urlencode([('pattern', question), ('pageLength', str(_BEST)), *names])}"
                took, body = _answer((port, kiwix_port)[side], (ours, theirs)[side])
                found = body.count((b'"url"', b"<cite>")[side])
                if side == 0 and not found:
                    raise ServerFailedError(f"The hub finds nothing for {question!r}.")
                if number:
                    times[side].append(took)
                    empty[side] += not found
    bench.console.print(f"  questions without any page: hub {empty[0]}, kiwix-serve {empty[1]} ({load_average()})")
    return times


def _ask_hub(port: int, path: str, questions: list[str]) -> list[float]:
    return [_answer(port, f"{path}?{urlencode({'q': question, 'limit': _BEST})}")[0] for question in questions]


def _answer(port: int, target: str) -> tuple[float, bytes]:
    """How long an answer took (ms), and what it says."""
    begun = time.perf_counter()
    try:
        status, body = fetch(port, target, f"localhost:{port}")
    except (OSError, http.client.HTTPException) as error:
        raise ServerFailedError(f"No answer to {target!r}: {error}") from error
    if status != 200:
        raise ServerFailedError(f"{target}: status {status}")
    return 1000 * (time.perf_counter() - begun), body


def _both(ours: list[float], theirs: list[float], percent: int) -> tuple[float, float]:
    return _percentile(ours, percent), _percentile(theirs, percent)


def _for_kiwix(question: str) -> str:
    """Without the marks that Unicode parts from their letters, as Xapian's index in a ZIM file has it."""
    decomposed = unicodedata.normalize("NFD", question)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _percentile(times: list[float], percent: int) -> float:
    return round(sorted(times)[min(len(times) - 1, len(times) * percent // 100)], 2)


def _words_of_pages(files: list[Path]) -> dict[tuple[str, str], list[str]]:
    """The words of every page as they are marked, by file and path."""
    found = {}
    for file in files:
        book = Book(file)
        for line in book.contents(0, _PAGES):
            page = book.page(line.path)
            if isinstance(page, Page):
                text = html.unescape(re.sub(r"<[^>]*>", " ", page.read().decode().partition("<body>")[2]))
                found[file.name, line.path] = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    return found


def _questions(pages: dict[tuple[str, str], list[str]], count: int, lot: random.Random) -> Iterator[list[str]]:
    """One to three words that stand side by side on a page, at least one of them marked."""
    texts = [words for words in pages.values() if len(words) > 10]
    while count:
        words = lot.choice(texts)
        length = lot.randint(1, 3)
        chosen = words[(at := lot.randrange(len(words) - length)) : at + length]
        if any(help_texts.unmarked(word) != word for word in chosen) and all(
            re.fullmatch("[a-zà-ỹđ]+", word) for word in chosen
        ):
            count -= 1
            yield chosen


def _different(pages: dict[tuple[str, str], list[str]], count: int, lot: random.Random) -> list[str]:
    """So many questions that differ even without their marks."""
    found: dict[str, str] = {}
    for words in _questions(pages, 20 * count, lot):
        question = " ".join(words)
        found.setdefault(help_texts.unmarked(question), question)
        if len(found) == count:
            break
    return list(found.values())


def _judge(
    data: Path, files: list[Path], pages: dict[tuple[str, str], list[str]], questions: list[list[str]]
) -> tuple[float, float]:
    """Percent of pages that are found without their marks, and of questions whose first ten have the typed marks."""
    shelf = Shelf(data / "content", data / "state" / "shelf.json")
    names = {
        edition_number(line.facts.edition): line.file
        for line in shelf.ready().values()
        if line.facts and (line.file, "00000.html") in pages
    }
    index = PageIndex(data / "index")
    holding: dict[str, set[tuple[str, str]]] = {}
    for place, words in pages.items():
        for word in words:
            holding.setdefault(help_texts.placed(word), set()).add(place)
    wanted = found = agreeing = 0
    for question in questions:
        expected = set.intersection(*(holding[help_texts.placed(word)] for word in question))
        typed = typed_words(" ".join(map(help_texts.unmarked, question)), 8)
        hits = index.find(typed, _EVERYTHING, _EVERYTHING, names, narrowed=True).pages
        got = {(names[hit.edition], hit.path) for hit in hits}
        wanted += len(expected)
        found += len(expected & got)
        first = index.find(typed_words(" ".join(question), 8), 10, 10, names, narrowed=True).pages
        agreeing += all((names[hit.edition], hit.path) in expected for hit in first[: len(expected)])
    return 100 * found / wanted, 100 * agreeing / len(questions)


BENCHMARK: Final = Benchmark(
    anchor="kiwix-serve", needs={"kiwix-serve": "kiwix-tools", "dpkg-deb": "dpkg"}, measure=measure
)
