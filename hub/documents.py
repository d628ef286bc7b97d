"""Introduces the documents inside books to the website: where their packs lie, who writes them, where the sites are."""

from flask import Flask

from hub.config import HubConfig
from hub.hosts import Site
from hub.system import atomic_write
from hub.web import place_of_request
from library.documents.contents import DocumentContents, Origins
from library.documents.pages import DocumentPages
from library.documents.pdf_program import PdfProgram
from library.epub.epubs import Epubs
from library.shelf import Shelf


def install(app: Flask, config: HubConfig, shelf: Shelf) -> None:
    """Add the pages of documents, and what they hold, to the site."""
    epubs = Epubs(config.paths.run / "epub", atomic_write)
    program = PdfProgram()
    DocumentPages(shelf, epubs, program, lambda: place_of_request().books_origin).install(app)
    DocumentContents(shelf, epubs, program, _origins).install(app)


def _origins() -> Origins:
    place = place_of_request()
    return Origins(place.hub_origin, place.books_origin, shared=place.site is Site.ADDRESS)
