"""Gathers the best pages, tier by tier, so that no book takes more than its share while others have pages too."""

from collections import Counter
from collections.abc import Collection
from typing import Final

import tantivy
from tantivy import DocAddress, Occur, Query

from library.search.page_queries import Tier

_MOST_ROUNDS: Final = 4
_SPARE: Final = 20

Chosen = tuple[DocAddress, int, int]
"""A page: its address, edition and tier."""


class Hunt:
    """One hunt in one state of the index.

    Args:
        searcher: of the index.
        schema: of the index.
        narrow: the only editions to look into; None for all.
        among: editions from which pages may come.
        most: how many pages are enough.
        each: after so many pages of one edition come those of others, as long as these have any.

    Attributes:
        is_over: whether there are no pages but those that were seen.
        all: how many pages there are; None where nothing told it on the way.
        least: how many pages there are at least.
    """

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        narrow: Collection[int] | None,
        among: Collection[int],
        most: int,
        each: int,
    ) -> None:
        self._searcher, self._schema = searcher, schema
        self._narrow, self._among, self._most, self._each = narrow, among, most, each
        self.is_over = False
        self.all: int | None = None
        self.least = 0
        self._seen: set[tuple[int, int]] = set()
        self._counts: Counter[int] = Counter()
        self._taken: list[Chosen] = []
        self._over: list[Chosen] = []

    @property
    def seen(self) -> int:
        """How many pages were seen, of editions that may be searched."""
        return len(self._seen)

    def take(self, tier: Tier) -> bool:
        """Take what this query finds; tells whether there is enough."""
        full: set[int] = set()
        for _ in range(_MOST_ROUNDS):
            window = self._most + len(self._seen) + _SPARE
            count = tier.counts and not full
            found = self._searcher.search(self._without(self._within(tier.query), full), window, count=count)
            hits = found.hits
            if count:
                self._note(int(found.count or 0), tier)  # type: ignore[attr-defined]
            self._weigh([address for _, address in hits], tier.number, to_the_end=len(hits) < window)
            self.is_over = tier.is_last and not full and len(hits) < window
            if len(self._taken) >= self._most:
                return True
            now_full = {edition for edition, pages in self._counts.items() if pages >= self._each}
            if len(hits) < window or now_full <= full:
                break
            full = now_full
        return False

    def chosen(self, most: int) -> list[Chosen]:
        """The pages, the best first; where editions ran short, those beyond their share follow."""
        return (self._taken + self._over)[:most]

    def _note(self, count: int, tier: Tier) -> None:
        self.least = max(self.least, count)
        if tier.is_last:
            self.all = count

    def _within(self, query: Query) -> Query:
        """The query, in the editions that may be searched."""
        if self._narrow is None:
            return query
        inside = Query.const_score_query(Query.term_set_query(self._schema, "edition", sorted(self._narrow)), 0.0)
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, inside)])

    def _weigh(self, addresses: list[DocAddress], tier: int, *, to_the_end: bool) -> None:
        """Take these pages, as many as are enough unless all must be seen."""
        seen, counts = self._seen, self._counts
        for address, edition in zip(addresses, editions_of(self._searcher, addresses), strict=True):
            place = (address.segment_ord, address.doc)
            if place in seen or edition not in self._among:
                continue
            seen.add(place)
            counts[edition] += 1
            if counts[edition] > self._each:
                self._over.append((address, edition, tier))
                continue
            self._taken.append((address, edition, tier))
            if len(self._taken) >= self._most and not to_the_end:
                return

    def _without(self, query: Query, full: set[int]) -> Query:
        if not full:
            return query
        parts = [(Occur.MustNot, Query.term_query(self._schema, "edition", edition)) for edition in sorted(full)]
        return Query.boolean_query([(Occur.Must, query), *parts])


def editions_of(searcher: tantivy.Searcher, addresses: list[DocAddress]) -> list[int]:
    """The numbers of the editions to which pages belong."""
    return [int(value or 0) for value in searcher.fast_field_values("edition", addresses)] if addresses else []
