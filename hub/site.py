"""The website's part of the composition root: introduces library, portal, accounts and pages to each other."""

import os
import time
from collections.abc import Callable

from captive_portal.web import TAPS
from hub import admin, documents, guard, opds, openings, status, unix_sockets
from hub.accounts import Accounts
from hub.config import SERVICES, HubConfig
from hub.hosts import Hosts
from hub.kept import KeptByEdge
from hub.pages import Panel
from hub.portal import create_portal
from hub.print_room import PrintRoom
from hub.remote.pages import RemotePages
from hub.statics import Statics
from hub.turnstile import Turnstile
from hub.web import Door, create_pages, place_of_request, problem_page
from library.book import limit_cluster_cache
from library.clusters import Clusters
from library.codes.code_book import CodeBook
from library.media import picture_folder
from library.media.pages import MediaPages
from library.openings.pages import OpeningsPages
from library.printing.choosing import Chooser
from library.printing.press import Press
from library.search.page_index import PageIndex
from library.search.pages import SearchPages
from library.search.searching import Search
from library.serving.pages import BookPages
from library.serving.texts import PackedPages
from library.shelf import Shelf
from library.web import LibraryPages

_MEGABYTE = 1024 * 1024


def create_site(config: HubConfig, clock: Callable[[], float] = time.monotonic) -> Turnstile:
    """Put the whole website together for one web process.

    Args:
        config: the hub's settings.
        clock: seconds that only go forward.
    """
    paths, web = config.paths, config.web
    limit_cluster_cache(_MEGABYTE)  # what the hub unpacks itself, libzim need not keep
    clusters = Clusters(config.library.cluster_cache_mb * _MEGABYTE, at_once=os.cpu_count() or 2)
    shelf = Shelf(paths.content, paths.state / "shelf.json", clusters)
    codes = CodeBook(paths.state / "codes.sqlite")
    library = LibraryPages(
        shelf,
        codes,
        picture_folder.folder_in(paths.state),
        books_origin=lambda: place_of_request().books_origin,
        hub_origin=lambda: place_of_request().hub_origin,
        reading_origin=lambda: place_of_request().reading_origin,
    )
    search = Search(shelf, PageIndex(paths.index, paths.run))
    search_pages = SearchPages(shelf, search)
    remote = RemotePages(config, shelf, clock)
    films = MediaPages(
        shelf,
        books_origin=lambda: place_of_request().books_origin,
        hub_origin=lambda: place_of_request().hub_origin,
        offer=remote.television.offer,
    )
    counting = OpeningsPages(shelf, openings.spool_of(config), openings.file_of(config))
    accounts = Accounts(paths.state, paths.run)
    sockets = {name: paths.socket(name) for name in SERVICES if name != "web"}
    portal = create_portal(config)
    print_room = PrintRoom(config, Chooser(shelf, codes), lambda: place_of_request().hub_origin, Press())
    panels: list[Callable[[], Panel]] = [
        remote.workshop.remote_panel,
        library.panel,
        print_room.panel,
        counting.panel,
        remote.workshop.technician_panel,
    ]
    if portal:
        panels.append(portal.panel)
    pages = create_pages(
        config.house,
        library,
        shelf,
        look=lambda: status.look(sockets, paths.data, unix_sockets.ask, search.progress),
        install=[
            remote.install_uploads,
            search_pages.install,
            films.install,
            lambda site: opds.install(site, config, shelf, search),
            lambda site: counting.install(site, guard.require_role),
            lambda site: admin.install(site, accounts, panels, open_forms=TAPS),
            lambda site: documents.install(site, config, shelf),
            print_room.install,
            remote.install,
            *([portal.install] if portal else []),
        ],
        tiles=[library.tile, films.tile, remote.television.tile],
        leads=[*([portal.lead] if portal else []), remote.television.on_air],
    )
    books = BookPages(
        shelf,
        PackedPages(_text_cache_mb(config) * _MEGABYTE),
        problem=lambda asked, wrong: problem_page(pages, asked, wrong),
        script=Statics().address("reading-in-book.js"),
    )
    gated = config.captive_portal.gated
    port = 80 if gated else config.edge.port or web.port  # where readers come in
    secure_name = config.captive_portal.certificate.name if gated else ""
    door = Door(Hosts(web.name, web.other_names, port, secure_name), pages, books, behind_nginx=config.behind_edge)
    return Turnstile(KeptByEdge(door) if config.behind_edge else door, web.threads, door.say_busy)


def _text_cache_mb(config: HubConfig) -> int:
    """Where nginx keeps what was sent, keeping it twice would only take memory."""
    return 0 if config.behind_edge else config.library.text_cache_mb
