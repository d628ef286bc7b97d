"""Draws posters: the Wi-Fi with its three steps, a subject's books with their codes, one book large for a class.

A poster speaks both languages at once, so its words stand here and not in the catalogues of the pages.
"""

from collections.abc import Callable

from library.printing.orders import House, Label, Order, Shelf, address
from library.printing.paper import DOT, INK, SMALLEST_MODULE, SOFT, Paper
from library.printing.poster_pictures import draw_joining, draw_reading, draw_scanning
from library.printing.sheets import PAGE_HEIGHT, PAGE_WIDTH, Box
from library.printing.typesetting import line_height
from library.printing.wifi_code import payload

_EDGE = 12.0
_WIDE = PAGE_WIDTH - 2 * _EDGE
_BAND = 7.0
_COLUMNS, _ROWS = 2, 5
_KINDS = {"book": "", "film": "Phim", "sound": "Âm thanh"}


def draw_posters(paper: Paper, order: Order, progress: Callable[[int], None]) -> None:
    """Draw all posters of an order.

    Args:
        paper: where.
        order: what.
        progress: hears how many books have been drawn.
    """
    done = 0
    if order.wifi:
        _draw_wifi(paper, order.house)
        done += 1
        progress(done)
    for shelf in order.shelves:
        each = _COLUMNS * _ROWS
        pages = [shelf.labels[start : start + each] for start in range(0, len(shelf.labels), each)]
        for number, labels in enumerate(pages, start=1):
            of = f"{number}/{len(pages)}" if len(pages) > 1 else ""
            _draw_shelf(paper, order.house, Shelf(shelf.subject, labels), of)
            done += len(labels)
            progress(done)
    for label in order.lessons:
        _draw_lesson(paper, order.house, label)
        done += 1
        progress(done)


def pages_of(shelf: Shelf) -> int:
    """How many pages a subject's poster has."""
    return -(-len(shelf.labels) // (_COLUMNS * _ROWS))


def _begin(paper: Paper) -> None:
    paper.new_page()
    for y in (_EDGE, PAGE_HEIGHT - _EDGE - _BAND):
        paper.band(Box(_EDGE, y, _WIDE, _BAND))


def _draw_code(paper: Paper, box: Box, text: str) -> Box:
    """A code in the middle of a space, as large as it fits; returns where it lies."""
    dots = max(SMALLEST_MODULE, paper.dots_for(text, min(box.width, box.height)))
    side = len(paper.modules(text)) * dots * DOT
    x, y = box.x + (box.width - side) / 2, box.y + (box.height - side) / 2
    paper.code(x, y, text, dots)
    return Box(x, y, side, side)


def _pair(paper: Paper, box: Box, vietnamese: str, english: str, size: float) -> float:
    """Vietnamese, and English small below; returns where it ends."""
    upper = Box(box.x, box.y, box.width, box.height * 0.68)
    end = paper.write(upper, vietnamese, (size, 8.0), bold=True)
    lower = Box(box.x, end, box.width, box.y + box.height - end)
    return paper.write(lower, english, (min(size * 0.62, 12.0), 7.0), colour=SOFT)


def _draw_wifi(paper: Paper, house: House) -> None:
    _begin(paper)
    network, y = house.network, _EDGE + _BAND + 4
    paper.write(Box(_EDGE, y, _WIDE, 15), house.title, (30, 12), bold=True, align="C", place="middle")
    paper.write(Box(_EDGE, y + 15, _WIDE, 7.5), house.place, (14, 8), align="C", colour=SOFT)
    y += 25
    frame = Box(_EDGE, y, _WIDE, 46 if network.passphrase else 34)
    paper.frame(frame, radius=4, width=1.0)
    inside = frame.inside(5, 1.5)
    words = Box(inside.x, inside.y, inside.width, 8)
    paper.write(words, "Wi-Fi của bà con / The village Wi-Fi", (14, 9), align="C", colour=SOFT)
    name = Box(inside.x, inside.y + 7.5, inside.width, 22)
    paper.write(name, network.ssid, (46, 12), bold=True, align="C", place="middle")
    if network.passphrase:
        secret = Box(inside.x, inside.y + 31, inside.width, 11)
        paper.write(secret, f"Mật khẩu / Password: {network.passphrase}", (22, 7), bold=True, align="C", place="middle")
    y = frame.y + frame.height + 5
    _draw_steps(paper, house, y)
    _draw_addresses(paper, house)


def _draw_steps(paper: Paper, house: House, y: float) -> None:
    high = PAGE_HEIGHT - _EDGE - _BAND - 66 - y
    side = min(84.0, high - 10)
    paper.disc(_EDGE + 5, y + 5, 5, "1")
    heading = Box(_EDGE + 12, y, side - 8, 10)
    paper.write(heading, "Vào Wi-Fi / Join the Wi-Fi", (15, 8), bold=True, place="middle")
    _draw_code(paper, Box(_EDGE + 2, y + 13, side, side), payload(house.network))
    steps = (
        (draw_scanning, "Mở máy ảnh của điện thoại, chiếu vào mã 1.", "Point your phone's camera at code 1."),
        (draw_joining, "Chạm vào tên Wi-Fi, rồi chạm “Kết nối”.", "Tap the Wi-Fi's name, then “Connect”."),
        (draw_reading, "Trang chào mở ra. Đọc sách, xem phim miễn phí.", "The welcome page opens: read and watch."),
    )
    left = _EDGE + side + 11
    each = min(40.0, high / 3)
    for number, (draw, vietnamese, english) in enumerate(steps):
        top = y + number * each
        draw(paper, Box(left, top + 0.5, (each - 3) * 0.6, each - 3))
        x = left + (each - 3) * 0.6 + 4
        _pair(paper, Box(x, top + 1, PAGE_WIDTH - _EDGE - x, each - 3), vietnamese, english, 15)


def _draw_addresses(paper: Paper, house: House) -> None:
    """The foot of the Wi-Fi's poster: what to type, and the code of the hub's first page."""
    y = PAGE_HEIGHT - _EDGE - _BAND - 64
    paper.line([(_EDGE, y), (PAGE_WIDTH - _EDGE, y)], 0.6)
    codes = [("2", "Mở trang / Open", f"{house.origin}/")]
    if house.home:
        codes.append(("", "Ở nhà / At home", f"{house.home}/"))
    right = PAGE_WIDTH - _EDGE
    for numeral, words, text in codes:
        side = 44.0 if numeral else 33.0
        right -= side
        code = _draw_code(paper, Box(right, y + 5, side, side), text)
        caption = Box(code.x, y + 7 + side, side, 7)
        if numeral:
            paper.disc(code.x + 3, caption.y + 3.4, 3, numeral)
            caption = Box(code.x + 7.5, caption.y, side - 7.5, 7)
        paper.write(caption, words, (12, 6.5), bold=True, place="middle")
        right -= 9
    advice = "Trang không tự mở? Mở Chrome hoặc Safari, gõ:", "No page? Open Chrome or Safari, and type:"
    _pair(paper, Box(_EDGE, y + 4, right - _EDGE, 14), *advice, 14)
    wide = right - _EDGE
    paper.write(Box(_EDGE, y + 19, wide, 19), f"{house.name}/", (44, 14), bold=True, place="middle")
    if house.number:
        paper.write(Box(_EDGE, y + 37, wide, 7), "hoặc / or", (12, 9), colour=SOFT, place="middle")
        paper.write(Box(_EDGE, y + 44, wide, 17), house.number, (38, 14), bold=True, place="middle")


def _draw_heading(paper: Paper, house: House, title: str, small: str) -> float:
    """Title and house at the left, the Wi-Fi's code at the right; returns where it ends."""
    y, side = _EDGE + _BAND + 4, 35.0
    code = _draw_code(paper, Box(PAGE_WIDTH - _EDGE - side - 1, y + 1, side, side), payload(house.network))
    left = code.x - 36
    paper.disc(left + 4, y + 6, 4, "1")
    paper.write(Box(left + 9.5, y + 1, 24, 10), "Wi-Fi", (16, 10), bold=True, place="middle")
    name = Box(left, y + 12, 33, 24)
    paper.write(name, house.network.ssid, (13, 6.5), bold=True)
    wide = left - _EDGE - 6
    paper.write(Box(_EDGE, y, wide, 23), title, (32, 13), bold=True, place="middle")
    paper.write(Box(_EDGE, y + 23, wide, 7), small, (13, 8), colour=SOFT)
    paper.write(Box(_EDGE, y + 30, wide, 7), house.title, (12, 8), bold=True)
    return y + side + 3


def _draw_hint(paper: Paper, y: float) -> float:
    box = Box(_EDGE, y, _WIDE, 10)
    paper.frame(box, radius=2.5, width=0.5)
    words = "Chiếu mã 1 để vào Wi-Fi, rồi chiếu mã 2 để đọc. / Scan code 1 to join the Wi-Fi, then code 2 to read."
    paper.write(box.inside(4, 1), words, (11.5, 8), place="middle", align="C")
    return y + 13


def _draw_shelf(paper: Paper, house: House, shelf: Shelf, of: str) -> None:
    _begin(paper)
    small = f"Sách, phim về / Books, films on: {shelf.subject}" if shelf.subject else "Tủ sách / Bookcase"
    title = shelf.subject[:1].upper() + shelf.subject[1:] or "Tủ sách điện tử"
    y = _draw_hint(paper, _draw_heading(paper, house, title, f"{small} {of}".rstrip()))
    foot = PAGE_HEIGHT - _EDGE - _BAND - 10
    high, wide = (foot - y) / _ROWS, (_WIDE - 6) / _COLUMNS
    for number, label in enumerate(shelf.labels):
        row, column = divmod(number, _COLUMNS)
        _draw_entry(paper, Box(_EDGE + column * (wide + 6), y + row * high, wide, high - 3), house, label)
    lines = _typed(house)
    for number, line in enumerate(lines):
        each = 9 / len(lines)
        room = Box(_EDGE, foot + number * each, _WIDE, each)
        paper.write(room, line, (13 if len(lines) == 1 else 9.5, 7), bold=True, align="C", place="middle")


def _typed(house: House) -> list[str]:
    """What is typed where no code can be scanned, here and at home."""
    number = f" hoặc / or {house.number}" if house.number else ""
    lines = [f"Gõ / Type {house.name}/{number}"]
    if house.home:
        lines.append(f"Ở nhà, gõ / At home, type: {house.home.removeprefix('https://')}/q/ + mã 2 / code 2")
    return lines


def _draw_entry(paper: Paper, box: Box, house: House, label: Label) -> None:
    """One book of a shelf: its code at the left, title and letters beside it."""
    paper.frame(box, radius=2.5, width=0.4, colour=SOFT)
    side = box.height - 3.0
    code = _draw_code(paper, Box(box.x + 2.6, box.y + 1.5, side, side), address(house.origin, label.code))
    x = code.x + code.width + 3.5
    wide, right = box.x + box.width - 2 - x, box.x + box.width
    paper.disc(x + 2.3, box.y + box.height - 4.6, 2.3, "2")
    letters = Box(x + 6, box.y + box.height - 8.2, right - 1 - x - 6, 7.2)
    paper.write(letters, label.code, (15, 8), bold=True, place="middle")
    title = Box(x, box.y + 1, wide, box.height - 16)
    end = paper.write(title, paper.printable(label.title) or label.code, (14, 6.5), bold=True)
    note = " · ".join(filter(None, (_KINDS.get(label.kind, ""), label.note)))
    paper.write(Box(x, end, wide, box.y + box.height - 9 - end), note, (9, 6), colour=SOFT)


def _draw_lesson(paper: Paper, house: House, label: Label) -> None:
    _begin(paper)
    y = _EDGE + _BAND + 4
    paper.write(Box(_EDGE, y, _WIDE, 9), house.title, (16, 10), bold=True, align="C", place="middle", colour=SOFT)
    y += 11
    title = paper.printable(label.title) or label.code
    paper.write(Box(_EDGE, y, _WIDE, 50), title, (48, 14), bold=True, align="C", place="middle")
    paper.write(Box(_EDGE, y + 50, _WIDE, 8), label.note, (14, 8), align="C", colour=SOFT, place="middle")
    paper.write(Box(_EDGE, y + 59, _WIDE, 24), label.about, (14, 8), align="C", place="middle")
    y += 88
    book, wifi = 84.0, 66.0
    top = y + 14
    left = _draw_code(paper, Box(_EDGE + 2, top, wifi, wifi), payload(house.network))
    right = _draw_code(paper, Box(PAGE_WIDTH - _EDGE - book - 2, top, book, book), address(house.origin, label.code))
    headings = ((left, "1", "Vào Wi-Fi / Join"), (right, "2", "Đọc / Read"))
    for code, numeral, words in headings:
        paper.disc(code.x + 5, y + 5, 5, numeral)
        room = Box(code.x + 13, y, code.width - 12, 10)
        paper.write(room, words, (20, 9), bold=True, place="middle")
    below = Box(left.x, left.y + left.height + 4, wifi + 2, 20)
    paper.write(below, house.network.ssid, (18, 8), bold=True)
    paper.write(
        Box(right.x, right.y + right.height + 2, right.width, 16), label.code, (38, 20), bold=True, align="C",
        place="middle",
    )  # fmt: skip
    y = right.y + right.height + 20
    _draw_lesson_foot(paper, house, label, y)


def _draw_lesson_foot(paper: Paper, house: House, label: Label, y: float) -> None:
    foot = PAGE_HEIGHT - _EDGE - _BAND - 3
    wide = _WIDE
    if house.home:
        side = min(36.0, foot - y)
        code = _draw_code(paper, Box(PAGE_WIDTH - _EDGE - side, y, side, side), address(house.home, label.code))
        words = "Đọc ở nhà / Read at home"
        paper.write(Box(code.x - 34, y, 31, side), words, (12, 8), bold=True, align="R", place="middle")
        wide -= side + 40
    height = line_height(13) * 1.05
    paper.write(Box(_EDGE, y, wide, height), "Không chiếu được mã 2? Gõ: / Or type:", (13, 8), colour=SOFT)
    lines = [f"{house.name}/q/{label.code}", *([f"{house.number}/q/{label.code}"] if house.number else [])]
    each = (foot - y - height) / 2
    for number, line in enumerate(lines):
        words_box = Box(_EDGE, y + height + number * each, wide, each)
        paper.write(words_box, line, (26, 9), bold=True, place="middle", colour=INK)
