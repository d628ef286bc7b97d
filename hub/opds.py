"""Introduces the catalogue for programs to the website: whose it is, what finds things, what is given."""

from flask import Flask

from hub.config import HubConfig
from hub.web import place_of_request
from library.opds.pages import House, OpdsPages
from library.search.searching import Search, Wish, tidied
from library.serving.take_home import DocumentsToTake, Takeaway, media_ways
from library.shelf import Shelf

_MOST_PAGES = 100


def install(app: Flask, config: HubConfig, shelf: Shelf, search: Search) -> None:
    """Add the catalogue, and the addresses at which whole books are given, to the site."""
    takeaway = Takeaway(shelf)
    takeaway.install(app)
    catalogue = OpdsPages(
        shelf,
        House(config.house.id, config.house.title),
        hub_origin=lambda: place_of_request().hub_origin,
        find=lambda typed: _things(search, typed),
        ways=[takeaway.ways, media_ways],
        inside=DocumentsToTake(shelf, lambda: place_of_request().books_origin),
    )
    catalogue.install(app)


def _things(search: Search, typed: str) -> list[str]:
    """The slugs of what answers a query: things by their own words, then books by their pages."""
    found = search.find(Wish(tidied(typed)), _MOST_PAGES, 1)
    return list(dict.fromkeys([*(key for key, _line in found.items), *(hit.key for hit in found.pages)]))
