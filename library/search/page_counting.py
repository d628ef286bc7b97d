"""Counts how many pages hold all words, as far as anybody wants to know: to three hundred, and then no further.

An exact count of common words goes through every page that holds the rarest of them, which took more time than finding
the best pages. So they are counted in one book, and then in as many more as seem to be needed until there are enough:
the engine skips to the pages of a book, since these lie side by side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import tantivy
from tantivy import Occur, Query

from library.search.folding import Word, pairs
from library.search.page_queries import HowMany

COUNTED: Final = 300
"""Pages; where there are more, how many more is not counted."""
_COUNTED_AT_ONCE: Final = 4_000
_LARGEST_GROUP: Final = 16
_MARGIN: Final = 1.2


@dataclass(frozen=True)
class Count:
    """How many pages there are; ``at_least`` says that there may be more, which were not counted."""

    pages: int
    at_least: bool = False


def count_pages(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    words: Sequence[Word],
    editions: Sequence[int],
    how_many: HowMany,
    *,
    narrowed: bool,
) -> Count:
    """How many pages hold every word without regard to marks.

    Args:
        searcher: of the index.
        schema: of the index.
        words: at least one.
        editions: whose pages count, the largest first.
        how_many: pages that have a term, by field and letters.
        narrowed: whether the index holds other editions too.
    """
    held = [Query.term_query(schema, "body", word.folded, "basic") for word in words]
    counted, until = 0, 0
    group = 1 if min(how_many("body", word.folded) for word in words) > _COUNTED_AT_ONCE else 0
    while group:
        counted += _count(searcher, [*held, _of_any(schema, editions[until : until + group])])
        until += group
        if counted > COUNTED:
            return Count(counted, at_least=True)
        group = _next_group(counted, until, len(editions))
    if narrowed:
        held.append(Query.term_set_query(schema, "edition", sorted(editions)))
    return Count(_count(searcher, held))


def at_least(all_pages: int, words: Sequence[Word], how_many: HowMany) -> int:
    """How many pages hold every word at least, by numbers that the engine keeps; only true where nothing was taken out.

    A page that holds two words side by side holds both. And of a hundred pages, if one word is on eighty and another on
    seventy, fifty at least have both.

    Args:
        all_pages: of the index.
        words: at least one.
        how_many: pages that have a term, by field and letters.
    """
    overlapping = sum(how_many("body", word.folded) for word in words) - (len(words) - 1) * all_pages
    pair = pairs(words) if len(words) == 2 else []
    return max(0, overlapping, *(how_many("pairs", both) for both in pair))


def _next_group(counted: int, until: int, editions: int) -> int:
    """How many editions to count in next so that there will be enough; none where counting all of them is as quick."""
    needed = math.ceil(_MARGIN * (COUNTED + 1 - counted) * until / counted) if counted else editions
    return needed if needed <= min(_LARGEST_GROUP, (editions - until) // 3) else 0


def _of_any(schema: tantivy.Schema, editions: Sequence[int]) -> Query:
    """Any of a few editions; a set of terms is slower to begin with."""
    return Query.boolean_query(
        [(Occur.Should, Query.term_query(schema, "edition", edition, "basic")) for edition in editions]
    )


def _count(searcher: tantivy.Searcher, parts: Sequence[Query]) -> int:
    query = Query.boolean_query([(Occur.Must, part) for part in parts])
    found = searcher.search(Query.const_score_query(query, 1.0), 1, count=True)
    return int(found.count or 0)  # type: ignore[attr-defined]
