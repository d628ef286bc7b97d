"""The addresses of the catalogue for programs: ``/opds`` (OPDS 1.2) and ``/opds/v2`` (OPDS 2.0), feed for feed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final, Protocol

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from library.listing import Listed
from library.opds import atom_feeds, feeds, json_feeds, terms
from library.opds.catalogue import Acquisition, Document, Publication, document_publication, publication
from library.opds.feeds import Feed, Target
from library.sayings import one_line
from library.shelf import Shelf
from library.views import cover_version, item_address

ROOT: Final = "/opds"
ROOT_2: Final = "/opds/v2"
DESCRIPTION: Final = "/opds/tim.xml"
LONGEST_QUERY: Final = 200
_MOST_DOCUMENTS: Final = 2000
_LANGUAGES: Final = {"vi", "en"}


class Ways(Protocol):
    """Knows how some things of the shelf may be taken home."""

    def __call__(self, key: str, listed: Listed, origin: str) -> Sequence[Acquisition]:
        """The ways for one thing, with whole addresses; none where this is not its business or not permitted.

        Args:
            key: its slug.
            listed: the thing.
            origin: scheme, host and port of the hub's own site, for the request being answered.
        """


class Inside(Protocol):
    """Knows the documents inside books."""

    def __call__(self, key: str, listed: Listed) -> Sequence[Document]:
        """The documents of one book that may be taken home."""


@dataclass(frozen=True)
class House:
    """Whose catalogue it is: an identifier that no other hub has, and a name."""

    id: str
    title: str


class OpdsPages:
    """The catalogue of one shelf.

    Args:
        shelf: what is on it.
        house: whose it is.
        hub_origin: scheme, host and port of the hub's own site, for the request being answered.
        find: the slugs of what answers a query, the best first.
        ways: how things may be taken home.
        inside: the documents inside books; None where nobody knows.
    """

    def __init__(
        self,
        shelf: Shelf,
        house: House,
        hub_origin: Callable[[], str],
        find: Callable[[str], Sequence[str]],
        ways: Sequence[Ways],
        inside: Inside | None = None,
    ) -> None:
        self._shelf = shelf
        self._house = house
        self._origin = hub_origin
        self._find = find
        self._ways = ways
        self._inside = inside

    def install(self, app: Flask) -> None:
        """Add the feeds to a site."""
        app.add_url_rule(DESCRIPTION, "opds_description", self.show_description)
        for root, writer, name in ((ROOT, atom_feeds, "opds"), (ROOT_2, json_feeds, "opds2")):
            app.add_url_rule(root, name, self._view(writer, self.root), strict_slashes=False)
            rooms: list[tuple[str, Callable[[], Feed]]] = [
                (feeds.ALL, self.everything),
                (feeds.NEW, self.newest),
                (feeds.DOCUMENTS, self.documents),
                (feeds.FOUND, self.found),
                (feeds.KINDS, lambda: self.section(feeds.KINDS)),
                (feeds.LANGUAGES, lambda: self.section(feeds.LANGUAGES)),
                (feeds.SUBJECTS, lambda: self.section(feeds.SUBJECTS)),
            ]
            for path, room in rooms:
                app.add_url_rule(f"{root}/{path}", f"{name}_{path}", self._view(writer, room))

    def root(self) -> Feed:
        """The first feed."""
        title = _("Bookcase of %(house)s", house=self._house.title)
        return feeds.root(self._shelf.everything(), title, with_documents=self._inside is not None)

    def section(self, name: str) -> Feed:
        """The choices of one kind."""
        return feeds.section(self._shelf.everything(), name)

    def everything(self) -> Feed:
        """All things, or those that are asked for."""
        wish = {name: request.args.get(name, "")[:200] for name in (feeds.KINDS, feeds.LANGUAGES, feeds.SUBJECTS)}
        target = Target(feeds.ALL, tuple((name, said) for name, said in wish.items() if said), holds_things=True)
        return self._page(target, feeds.wish_title(wish), list(feeds.narrowed(self._shelf.everything(), wish)))

    def newest(self) -> Feed:
        """What came last."""
        target = Target(feeds.NEW, holds_things=True)
        return self._page(target, _("New on the shelf"), feeds.newest(self._shelf.everything()))

    def found(self) -> Feed:
        """What answers a query; ``query`` in OPDS 2.0, ``q`` in OPDS 1.2, and each takes the other's."""
        typed = one_line(request.args.get("query") or request.args.get("q", ""), LONGEST_QUERY)
        name = "query" if request.path.startswith(f"{ROOT_2}/") else "q"
        shelved = self._shelf.everything()
        keys = [key for key in dict.fromkeys(self._find(typed)) if key in shelved] if typed else []
        target = Target(feeds.FOUND, ((name, typed),), holds_things=True)
        return self._page(target, _("Found: %(typed)s", typed=typed), keys, typed)

    def documents(self) -> Feed:
        """The documents inside all books."""
        if self._inside is None:
            abort(404)
        shelved = self._shelf.ready()
        things = [
            document_publication(listed, document, self._origin() + item_address(listed.kind, key))
            for key, listed in shelved.items()
            if listed.facts and listed.facts.may_be_taken_home()
            for document in self._inside(key, listed)
        ][:_MOST_DOCUMENTS]
        page, first, last = self._span(len(things))
        target = Target(feeds.DOCUMENTS, holds_things=True)
        return feeds.holding(target, _("Documents"), things[first:last], page, len(things), self._shelf.everything())

    def show_description(self) -> ResponseReturnValue:
        """How programs search here."""
        root = self._origin()
        templates = [
            (terms.ACQUISITION_TYPE, f"{root}{ROOT}/{feeds.FOUND}?q={{searchTerms}}{_marked('&')}"),
            ("text/html", f"{root}/tim?q={{searchTerms}}{_marked('&')}"),
        ]
        about = _("Books, films and sounds of %(house)s", house=self._house.title)
        return _answer(atom_feeds.write_description(_("Bookcase"), about, templates), terms.DESCRIPTION_TYPE)

    def _page(self, target: Target, title: str, keys: Sequence[str], typed: str = "") -> Feed:
        shelved = self._shelf.everything()
        page, first, last = self._span(len(keys))
        things = [self._publication(key, shelved[key]) for key in keys[first:last]]
        return feeds.holding(target, title, things, page, len(keys), shelved, typed)

    def _span(self, total: int) -> tuple[int, int, int]:
        """The page that is asked for, and which things are on it; one that is too far is the last one."""
        most = max(1, -(-total // feeds.PER_PAGE))
        page = min(max(1, request.args.get(feeds.PAGE, 1, type=int)), most)
        return page, (page - 1) * feeds.PER_PAGE, page * feeds.PER_PAGE

    def _publication(self, key: str, listed: Listed) -> Publication:
        origin = self._origin()
        facts = listed.facts
        page_url = origin + item_address(listed.kind, key)
        cover = f"{page_url}bia/{cover_version(facts)}" if facts and facts.has_cover else ""
        ways = [way for one in self._ways for way in one(key, listed, origin)]
        return publication(listed, page_url, cover, ways)

    def _view(self, writer: ModuleType, room: Callable[[], Feed]) -> Callable[[], ResponseReturnValue]:
        second = writer is json_feeds

        def show() -> ResponseReturnValue:
            feed = room()
            origin = self._origin()
            roots = (ROOT_2, ROOT) if second else (ROOT, ROOT_2)
            search = f"{origin}{ROOT_2}/{feeds.FOUND}{{?query}}" if second else f"{origin}{DESCRIPTION}{_marked('?')}"
            frame = terms.Frame(
                house=self._house.title,
                house_id=self._house.id,
                root=origin + roots[0],
                other_root=origin + roots[1],
                page_url=f"{origin}/tu-sach",
                search=search,
                mark=_mark(),
            )
            kinds = (terms.NAVIGATION_TYPE, terms.ACQUISITION_TYPE)
            media_type = terms.JSON_TYPE if second else kinds[feed.target.holds_things]
            return _answer(writer.write_feed(feed, frame), media_type)

        return show


def _answer(data: bytes, media_type: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _mark() -> tuple[tuple[str, str], ...]:
    """The language of the answer, where it was asked for by address: programs keep no cookies."""
    language = request.args.get("lang", "")
    return (("lang", language),) if language in _LANGUAGES else ()


def _marked(joint: str) -> str:
    return "".join(f"{joint}{name}={value}" for name, value in _mark())
