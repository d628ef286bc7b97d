"""The page of the administration on which labels and posters are made: forms, and the PDF they answer with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from hub.config import HubConfig
from hub.guard import require_role
from hub.print_shop import ROLES, house_of, warnings
from library.errors import LibraryError
from library.page import ContentsLine
from library.printing.choosing import Chooser
from library.printing.errors import (
    NothingToPrintError,
    PageNumbersError,
    PressBusyError,
    PressFailedError,
    TooManyLabelsError,
    TooSmallError,
    UnknownChoiceError,
)
from library.printing.orders import House, Order
from library.printing.press import Press
from library.printing.sheets import SHEETS

PAGE: Final = "/quan-tri/nhan"
STICKERS: Final = "/quan-tri/nhan/tem.pdf"
POSTERS: Final = "/quan-tri/nhan/ap-phich.pdf"
_LINES_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class PrintPanel:
    """The way to the page, for the administration's frame."""

    key: str
    title: str
    roles: frozenset[str]

    def render(self) -> Markup:
        """Its content."""
        return Markup(render_template("labels_panel.html"))  # noqa: S704 - our own template, which escapes


class PrintRoom:
    """The page and its PDFs.

    Args:
        config: the hub's settings.
        chooser: chooses what of the shelf is printed.
        origin: scheme, host and port by which the reader who asks now reached the hub.
        press: prints.
    """

    def __init__(self, config: HubConfig, chooser: Chooser, origin: Callable[[], str], press: Press) -> None:
        self._config = config
        self._chooser = chooser
        self._origin = origin
        self._press = press

    def install(self, app: Flask) -> None:
        """Add the page to a site that is guarded by `hub.guard`."""
        inside = require_role(*ROLES)
        app.add_url_rule(PAGE, view_func=inside(self.show), endpoint="print_room")
        app.add_url_rule(STICKERS, view_func=inside(self.stickers), endpoint="print_stickers", methods=["POST"])
        app.add_url_rule(POSTERS, view_func=inside(self.posters), endpoint="print_posters", methods=["POST"])

    def panel(self) -> PrintPanel:
        """Its place in the administration."""
        return PrintPanel("print", _("Labels and posters"), frozenset(ROLES))

    def show(self) -> ResponseReturnValue:
        """The forms; with a book's key also the numbers of its pages."""
        key = request.args.get("sach", "")
        try:
            lines = self._chooser.contents(key)[:_LINES_SHOWN] if key else []
        except LibraryError as error:
            return self._page(self._house(), problem=_words(error), status=_status(error))
        return self._page(self._house(), looked_up=key, lines=lines)

    def stickers(self) -> ResponseReturnValue:
        """A PDF of stickers."""
        form, house = request.form, self._house()
        sheet, key, pages = form.get("sheet", "24"), form.get("book", ""), form.get("pages", "").strip()
        skipped = form.get("skip", "").strip() or "0"
        if sheet not in SHEETS:
            return self._page(house, problem=_("Choose a kind of sheet."), status=400)
        if not (skipped.isascii() and skipped.isdecimal() and len(skipped) < 4 and int(skipped) < SHEETS[sheet].count):
            return self._page(house, problem=_("Write how many stickers of the first sheet are gone."), status=400)
        if pages and not key:
            return self._page(house, problem=_("Choose the book whose pages you want."), status=400)

        def order() -> Order:
            choose = self._chooser
            chosen = choose.pages(key, pages) if pages else choose.books([key]) if key else choose.everything()
            cut_marks = form.get("cut_marks") == "yes"
            return Order(house, sheet=sheet, stickers=chosen, skip=int(skipped), cut_marks=cut_marks)

        return self._pdf(house, order, "tem")

    def posters(self) -> ResponseReturnValue:
        """A PDF of posters."""
        form, house = request.form, self._house()
        kind, key, pages = form.get("kind", ""), form.get("book", ""), form.get("pages", "").strip()

        def order() -> Order:
            subject = form.get("subject", "")
            match kind:
                case "shelf":
                    return Order(house, shelves=self._chooser.shelves([subject] if subject else []))
                case "class":
                    chosen = self._chooser.pages(key, pages) if pages else self._chooser.books([key])
                    return Order(house, lessons=chosen)
            return Order(house, wifi=True)

        return self._pdf(house, order, "ap-phich")

    def _house(self) -> House:
        return house_of(self._config, self._origin())

    def _pdf(self, house: House, order: Callable[[], Order], name: str) -> ResponseReturnValue:
        try:
            document = self._press.print(order())
        except LibraryError as error:
            return self._page(house, problem=_words(error), status=_status(error))
        response = Response(document, mimetype="application/pdf")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
        return response

    def _page(
        self,
        house: House,
        *,
        problem: str = "",
        status: int = 200,
        looked_up: str = "",
        lines: list[ContentsLine] | None = None,
    ) -> ResponseReturnValue:
        try:
            choices, subjects = self._chooser.choices(), self._chooser.subjects()
        except LibraryError as error:
            choices, subjects, problem = [], (), problem or _words(error)
        page = render_template(
            "labels.html",
            choices=choices,
            subjects=subjects,
            problem=problem,
            notices=[_(sentence) for sentence in warnings(self._config, house)],
            ssid=house.network.ssid,
            looked_up=looked_up,
            lines=lines or [],
            form=request.form,
        )
        response = make_response(page, status)
        if status == 503:
            response.headers["Retry-After"] = "60"
        return response


def _status(error: LibraryError) -> int:
    return 404 if isinstance(error, UnknownChoiceError) else error.status


def _words(error: LibraryError) -> str:
    """What went wrong, in the reader's language."""
    words: dict[type[LibraryError], str] = {
        NothingToPrintError: _("There is nothing on the shelf yet. Copy books into it first."),
        UnknownChoiceError: _("This is not on the shelf any more. Choose again."),
        PageNumbersError: _("The book has no such pages. Write numbers of its table of contents, such as 1-8, 12."),
        TooManyLabelsError: _("These are too many for one file. Choose fewer books or pages."),
        TooSmallError: _("The codes do not fit on such small stickers. Choose larger ones, 24 a sheet."),
        PressBusyError: _("Something else is being printed. Wait a minute, then try again."),
        PressFailedError: _(
            "The printing failed. Choose fewer books or pages; if it fails again, tell the technician."
        ),
    }
    otherwise: str = _("The shelf cannot be read just now. Wait a minute, then try again.")
    return words.get(type(error), otherwise)
