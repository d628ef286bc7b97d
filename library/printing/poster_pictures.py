"""The drawings of the three steps on posters: a phone looks at a code, joins the Wi-Fi, shows a book. Lines only."""

from library.printing.paper import INDIGO, LEAF, PAPER, SUN, Paper
from library.printing.sheets import Box


def draw_scanning(paper: Paper, box: Box) -> None:
    """A phone that looks at a code."""
    _draw_phone(paper, box)
    side = box.width * 0.62
    left, top, part = box.x + (box.width - side) / 2, box.y + box.height * 0.27, side / 7
    for x, y in ((0, 0), (4.4, 0), (0, 4.4)):
        corner = Box(left + x * part, top + y * part, 2.6 * part, 2.6 * part)
        paper.frame(corner, width=0.7)
        paper.frame(corner.inside(0.8 * part, 0.8 * part), fill=(0, 0, 0), width=0.01)
    for x, y in ((3.2, 0.4), (3.2, 3.2), (5.2, 3.6), (4.2, 4.8), (6.0, 5.6), (3.2, 6.0), (0.6, 3.2)):
        paper.frame(Box(left + x * part, top + y * part, part, part), fill=(0, 0, 0), width=0.01)


def draw_joining(paper: Paper, box: Box) -> None:
    """A phone with the waves of a Wi-Fi and a finger's button below."""
    _draw_phone(paper, box)
    x, y = box.x + box.width / 2, box.y + box.height * 0.5
    for radius in (0.12, 0.23, 0.34):
        paper.arc(x, y, box.width * radius, -135, -45, 1.0)
    paper.frame(Box(x - 0.9, y - 1.4, 1.8, 1.8), radius=0.85, fill=(0, 0, 0))
    button = Box(box.x + box.width * 0.2, box.y + box.height * 0.62, box.width * 0.6, box.height * 0.14)
    paper.frame(button, radius=1.4, fill=LEAF, colour=LEAF)
    tick, middle = button.height * 0.28, button.y + button.height / 2
    paper.line([(x - 1.6 * tick, middle), (x - 0.4 * tick, middle + tick), (x + 1.6 * tick, middle - tick)], 0.9, PAPER)


def draw_reading(paper: Paper, box: Box) -> None:
    """A phone with an open book."""
    _draw_phone(paper, box)
    x, top, wide, high = box.x + box.width / 2, box.y + box.height * 0.34, box.width * 0.33, box.height * 0.24
    for turn in (-1, 1):
        page = [(x, top + 1.2), (x + turn * wide, top), (x + turn * wide, top + high), (x, top + high + 1.2)]
        paper.shape(page, SUN if turn < 0 else PAPER)
        paper.line([*page, page[0]], 0.7)
        for row in (0.28, 0.5, 0.72):
            y = top + row * high
            paper.line([(x + turn * wide * 0.2, y + 0.8), (x + turn * wide * 0.82, y)], 0.4, INDIGO)


def _draw_phone(paper: Paper, box: Box) -> None:
    paper.frame(box, radius=2.6, width=1.1)
    middle = box.x + box.width / 2
    paper.line([(middle - 2.2, box.y + 2.6), (middle + 2.2, box.y + 2.6)], 0.7)
    paper.frame(Box(middle - 1.4, box.y + box.height - 4.6, 2.8, 2.8), radius=1.35, width=0.6)
