"""Draws sheets of stickers: on each ① the Wi-Fi's code, ② the book's with its letters below, beside them the title."""

from collections.abc import Callable
from dataclasses import dataclass

from library.codes.qr import QUIET_ZONE, modules
from library.errors import Sentence
from library.printing.errors import TooSmallError
from library.printing.orders import House, Label, Order, address
from library.printing.paper import DOT, INK, SMALLEST_MODULE, SOFT, Paper
from library.printing.sheets import PAGE_HEIGHT, PAGE_WIDTH, SHEETS, Box, Sheet
from library.printing.typesetting import line_height
from library.printing.wifi_code import payload

_SMALLEST_COLUMN = 0.24
"""Of a sticker's width: what the title needs at least."""
_LETTERS = {True: (9.0, 4.2), False: (7.0, 3.4)}
"""On large and small stickers: points of the code's letters, millimetres of their line."""


@dataclass(frozen=True)
class Layout:
    """How two codes share a sticker.

    Attributes:
        wifi: dots of a module of the Wi-Fi's code.
        book: the same of the book's.
        column: millimetres left for the title.
        large: whether letters are.
    """

    wifi: int
    book: int
    column: float
    large: bool


def layout(sheet: Sheet, wifi_text: str, book_text: str) -> Layout:
    """The largest modules with which both codes, the white around them and a title fit.

    Raises:
        TooSmallError: they do not fit.
    """
    inside, large = sheet.box(0).inside(sheet.across, sheet.down), sheet.height > 30
    wifi, book = len(modules(wifi_text)), len(modules(book_text))
    found: list[Layout] = []
    for dots in range(SMALLEST_MODULE, 9):
        height = inside.height - _LETTERS[large][1] - QUIET_ZONE * dots * DOT / 2
        for wifi_dots in range(SMALLEST_MODULE, dots + 1):
            column = inside.width - (book * dots + wifi * wifi_dots + 2 * QUIET_ZONE * dots) * DOT
            fits = max(book * dots, wifi * wifi_dots) * DOT <= height
            if fits and column >= _SMALLEST_COLUMN * sheet.width:
                found.append(Layout(wifi_dots, dots, column, large))
    if found:
        return max(found, key=lambda plan: (min(plan.wifi, plan.book), plan.wifi + plan.book))
    raise TooSmallError(
        Sentence(
            "The codes do not fit on stickers of this size: the Wi-Fi's password or the hub's address is too long."
        ),
        Sentence("Choose larger stickers (24 a sheet), or set a shorter password."),
    )


def draw_labels(paper: Paper, order: Order, progress: Callable[[int], None]) -> None:
    """Draw all stickers of an order.

    Args:
        paper: where.
        order: what.
        progress: hears how many are drawn.

    Raises:
        TooSmallError: the codes do not fit.
    """
    sheet = SHEETS[order.sheet]
    texts = [address(order.house.origin, label.code) for label in order.stickers]
    plan = layout(sheet, payload(order.house.network), max(texts, key=len, default=""))
    for number, label in enumerate(order.stickers):
        place = (number + order.skip) % sheet.count
        if number == 0 or place == 0:
            paper.new_page()
            if order.cut_marks:
                _draw_cut_marks(paper, sheet)
        box = sheet.box(place).inside(sheet.across, sheet.down)
        _draw(paper, box, plan, order.house, label)
        progress(number + 1)


def _draw(paper: Paper, box: Box, plan: Layout, house: House, label: Label) -> None:
    size, line = _LETTERS[plan.large]
    wifi_side = paper.code(box.x, box.y, payload(house.network), plan.wifi)
    white = QUIET_ZONE * plan.book * DOT
    x = box.x + wifi_side + white
    book_side = paper.code(x, box.y, address(house.origin, label.code), plan.book)
    below = white / 2
    captions = ((box.x, wifi_side, "1", "Wi-Fi"), (x, book_side, "2", label.code))
    for left, side, numeral, words in captions:
        radius = line * 0.42
        top = box.y + max(wifi_side, book_side) + below if plan.large else box.y + side + below
        paper.disc(left + radius, top + line / 2, radius, numeral)
        letters = Box(left + 2 * radius + 0.6, top, side - 2 * radius - 0.6 + white / 2, line_height(size) * 1.01)
        paper.write(letters, words, (size, 5.0), bold=True)
    x += book_side + white
    column = Box(x, box.y - 0.4, box.x + box.width - x, box.height + 0.4)
    if house.home and plan.large:
        column = _draw_home(paper, column, address(house.home, label.code))
    foot = column.height * 0.22
    title = paper.printable(label.title) or label.code
    largest = 10.0 if plan.large else 7.5
    setting = Box(column.x, column.y, column.width, column.height - foot)
    end = paper.write(setting, title, (largest, 4.5), bold=True)
    rest = Box(column.x, end, column.width, column.y + column.height - end)
    paper.write(rest, label.note, (largest * 0.72, 4.5), colour=SOFT)


def _draw_home(paper: Paper, column: Box, text: str) -> Box:
    """The smaller code for home at the column's foot, where it fits; returns what is left of the column."""
    dots, caption = min(SMALLEST_MODULE + 1, paper.dots_for(text, column.width)), line_height(6.5)
    if dots < SMALLEST_MODULE:
        return column
    side = len(paper.modules(text)) * dots * DOT
    top = column.y + column.height - side
    paper.code(column.x, top, text, dots)
    words = Box(column.x, top - caption - 1.0, column.width, caption * 1.01)
    paper.write(words, "Đọc ở nhà:", (6.5, 5.0), colour=INK)
    return Box(column.x, column.y, column.width, column.height - side - caption - 1.5)


def _draw_cut_marks(paper: Paper, sheet: Sheet) -> None:
    """Fine lines at the ends of each cut; short, so that they do not spoil a sticker that lies a little aside."""
    boxes = list(sheet.boxes())
    xs = sorted({round(edge, 3) for box in boxes for edge in (box.x, box.x + box.width)})
    ys = sorted({round(edge, 3) for box in boxes for edge in (box.y, box.y + box.height)})
    for x in (x for x in xs if 0.5 < x < PAGE_WIDTH - 0.5):
        paper.line([(x, ys[0] - 3), (x, ys[0] + 1)], 0.1, SOFT)
        paper.line([(x, ys[-1] - 1), (x, ys[-1] + 3)], 0.1, SOFT)
    for y in (y for y in ys if 0.5 < y < PAGE_HEIGHT - 0.5):
        paper.line([(xs[0] - 3, y), (xs[0] + 1, y)], 0.1, SOFT)
        paper.line([(xs[-1] - 1, y), (xs[-1] + 3, y)], 0.1, SOFT)
