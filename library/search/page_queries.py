"""The queries that find pages: built from words, never parsed, from the one that agrees best to that which finds all.

Every word must be found, without regard to marks; pages that also have the typed marks come first, and among these the
ones in which the words stand side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import tantivy
from tantivy import Occur, Query

from library.search.folding import Word, is_unspaced, pairs, without_tone

MARKED_TIER: Final = 2
"""Pages of this tier and lower ones have all marks that were typed."""
LAST_TIER: Final = 4
COMMON: Final = 20_000
"""Pages; to weigh so many for one word or pair takes longer than to look first at those that have it in their title."""
COMMON_TOGETHER: Final = 5_000
"""The same where each of several words is on so many."""
_TITLE_WEIGHT: Final = 3.0

HowMany = Callable[[str, str], int]
"""How many pages have a term, by field and letters."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One query, and how well its pages agree with what was typed.

    Attributes:
        number: a lower one agrees better; several queries may have the same.
        query: finds the pages.
        counts: whether it tells how many pages it finds as quickly as which are the best: it looks at all of them
            anyway, and all of them hold all words.
        is_last: whether it finds all pages that hold all words.
    """

    number: int
    query: Query
    counts: bool = False
    is_last: bool = False


def tiers(schema: tantivy.Schema, words: Sequence[Word], how_many: HowMany) -> Iterator[Tier]:
    """The queries that find what was typed, from the one that agrees best to that which finds all.

    Args:
        schema: of the index.
        words: what was typed.
        how_many: tells which words are common.
    """
    several = len(words) > 1
    together = several and not any(is_unspaced(word) for word in words)
    typed_marked = [word for word in words if word.has_marks]
    if typed_marked and all(how_many("marked", word.marked) for word in typed_marked):
        if len(typed_marked) == len(words) or all(how_many("marked", word.marked) for word in words):
            if together:
                yield from _side_by_side(schema, words, 0, how_many, marked=words)
            yield from _all_words(schema, words, 1, how_many, "marked")
        if len(typed_marked) < len(words):
            if together:
                yield from _side_by_side(schema, words, MARKED_TIER, how_many, marked=typed_marked)
            yield from _all_words(schema, words, MARKED_TIER, how_many, "either")
    if together:
        yield from _side_by_side(schema, words, 3, how_many)
    yield from _all_words(schema, words, LAST_TIER, how_many, "body")


def begun_title(schema: tantivy.Schema, words: Sequence[Word]) -> Query:
    """Titles that hold every word, the last one perhaps not typed to its end.

    The best are those in which the words are whole, and few others stand beside; then those that agree with the marks
    typed so far. A tone stands at the end of a marked word, so whatever is typed later stands before it.
    """
    *whole, last = words
    parts = [(Occur.Must, _term(schema, "title", word.folded)) for word in whole]
    parts.append((Occur.Must, Query.regex_query(schema, "title", f"{last.folded}.*")))
    parts.append((Occur.Should, _term(schema, "title", last.folded)))
    parts += [(Occur.Should, _term(schema, "marked_title", word.marked)) for word in whole if word.has_marks]
    if last.has_marks:
        bare = without_tone(last.marked)
        parts.append((Occur.Should, Query.regex_query(schema, "marked_title", f"{bare}.*{last.marked[len(bare) :]}")))
    if whole and not is_unspaced(last):
        side_by_side = Query.regex_query(schema, "title_pairs", f"{whole[-1].folded}_{last.folded}.*")
        parts.append((Occur.Should, side_by_side))
    return Query.boolean_query(parts)


def _all_words(
    schema: tantivy.Schema, words: Sequence[Word], number: int, how_many: HowMany, field: str
) -> Iterator[Tier]:
    """Every word must be there; ``either`` minds the marks of those that were typed with marks.

    Where all words are common it takes long to weigh all pages that hold them, so the likely best ones are looked at
    first: those that have the one word in their title, since a title counts extra, or some of the words side by side.
    """
    marked = field == "marked"
    names = [
        ("marked", word.marked) if marked or (field == "either" and word.has_marks) else ("body", word.folded)
        for word in words
    ]
    texts = [_term(schema, *name) for name in names]
    titles = _title_words(schema, words, marked=marked)
    parts = [(_occur(words), text) for text in texts]
    if len(words) == 1 and how_many(*names[0]) > COMMON:
        yield Tier(number, Query.boolean_query([(Occur.Must, titles[0]), (Occur.Should, texts[0])]))
    found = pairs(words)
    if len(found) > 1 and min(how_many(*name) for name in names) > COMMON_TOGETHER:
        some = Query.boolean_query([(Occur.Should, _term(schema, "pairs", pair)) for pair in found])
        yield Tier(number, Query.boolean_query([(Occur.Must, some), *parts]), counts=True)
    parts += [(Occur.Should, title) for title in titles]
    yield Tier(number, Query.boolean_query(parts), counts=len(words) > 1, is_last=number == LAST_TIER)


def _side_by_side(
    schema: tantivy.Schema, words: Sequence[Word], number: int, how_many: HowMany, marked: Sequence[Word] = ()
) -> Iterator[Tier]:
    """Each word must stand before the next one somewhere, and those of ``marked`` somewhere with their marks.

    Of a common pair those pages come first that have it in their title, as of a common word.
    """
    found = pairs(words)
    as_typed = [(Occur.Must, Query.term_query(schema, "marked", word.marked, "basic")) for word in marked]

    def held(parts: list[tuple[Occur, Query]]) -> Query:
        query = Query.boolean_query(parts)
        if not marked:
            return query
        marks = Query.const_score_query(Query.boolean_query(as_typed), 0.0)
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, marks)])

    texts = [_term(schema, "pairs", pair) for pair in found]
    titles = [Query.boost_query(_term(schema, "title_pairs", pair), _TITLE_WEIGHT) for pair in found]
    if len(found) == 1 and how_many("pairs", found[0]) > COMMON:
        yield Tier(number, held([(Occur.Must, titles[0]), (Occur.Should, texts[0])]))
    parts = [(_occur(found), query) for query in texts] + [(Occur.Should, query) for query in titles]
    yield Tier(number, held(parts), counts=len(found) > 1 or bool(marked))


def _occur(parts: Sequence[object]) -> Occur:
    """How the parts of a query must be there that stand beside the same parts of the title.

    What is in a title is in the text as well. So where there is only one part, it is enough that either has it, which
    the engine finds without weighing all pages.
    """
    return Occur.Must if len(parts) > 1 else Occur.Should


def _title_words(schema: tantivy.Schema, words: Sequence[Word], *, marked: bool) -> list[Query]:
    names = [("marked_title", word.marked) if marked else ("title", word.folded) for word in words]
    return [Query.boost_query(_term(schema, *name), _TITLE_WEIGHT) for name in names]


def _term(schema: tantivy.Schema, field: str, letters: str) -> Query:
    return Query.term_query(schema, field, letters, "freq")
