"""Where everything stands on each picture. Measures are pixels of a television of 1920 × 1080; others scale it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from player.pictures.canvas import (
    BRICK,
    HEIGHT,
    INDIGO,
    INK,
    LEAF,
    LINE,
    MARGIN_X,
    MARGIN_Y,
    PAPER,
    QUIET_ZONE,
    SMALLEST_LETTERS,
    SOFT,
    SUN,
    SUN_PAPER,
    WHITE,
    WIDTH,
    Canvas,
    Letters,
    Modules,
)
from player.pictures.setting import Setting, line_height, shortened
from player.pictures.views import Tone
from player.pictures.words import AnnouncementSheet, CodeSheet, HandoutSheet, IdleSheet, QuestionSheet, Sheet

FAR_LETTERS: Final = 96
"""The smallest letters of an announcement: read from 8 metres on a screen of 80 cm and more."""
SMALLEST_MODULE: Final = 4
"""Pixels; codes with smaller ones are not read from a chair, so the address stands alone."""
CORNER_MODULE: Final = 5
"""Pixels of a module of the code over a film: more than three are left on a television of 720 lines."""
_RIGHT: Final = WIDTH - MARGIN_X
_BOTTOM: Final = HEIGHT - MARGIN_Y
_WIDE: Final = _RIGHT - MARGIN_X
_TONES: Final = {Tone.EMERGENCY: BRICK, Tone.ALL_CLEAR: LEAF, Tone.NOTICE: INDIGO}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture.

    Attributes:
        png: the file.
        pages: how many pages there are of it.
    """

    png: bytes
    pages: int = 1


def draw(sheet: Sheet, letters: Letters, modules: Modules) -> Drawn:
    """Draw any of the pictures that fill the screen."""
    canvas = Canvas(letters, modules)
    pages = 1
    match sheet:
        case IdleSheet():
            _idle(canvas, sheet)
        case AnnouncementSheet():
            pages = _announcement(canvas, sheet)
        case QuestionSheet():
            _question(canvas, sheet)
        case HandoutSheet():
            _handout(canvas, sheet)
    return Drawn(canvas.to_png(), pages)


def draw_corner(address: str, letters: Letters, modules: Modules) -> Drawn:
    """Draw the small code that stands over a film.

    Raises:
        ValueError: the address is too long for a code.
    """
    side = (len(modules(address)) + 2 * QUIET_ZONE) * CORNER_MODULE
    canvas = Canvas(letters, modules, (side, side), WHITE)
    canvas.code(0, 0, address, side)
    return Drawn(canvas.to_png())


def _idle(canvas: Canvas, sheet: IdleSheet) -> None:
    canvas.band(0, 48)
    name = _short(canvas, sheet.house, _WIDE, 120, (88, 60), bold=True)
    y = canvas.lines(MARGIN_X, 78, name, bold=True)
    canvas.lines(MARGIN_X, y, _short(canvas, sheet.place, _WIDE, 70, (52, 48)), colour=SOFT)
    top, height, gap = 286, 358, 24
    codes = [code for code in sheet.codes if canvas.module_for(code.text, height - 12) >= SMALLEST_MODULE]
    left = 880 if codes else _WIDE
    _time(canvas, sheet, left)
    _coming(canvas, sheet, left)
    if len(codes) == 1:
        _tall_card(canvas, codes[0], 1024, top, _RIGHT - 1024, _BOTTOM - top)
        return
    for number, code in enumerate(codes):
        _code_card(canvas, code, str(number + 1), 1024, top + number * (height + gap), _RIGHT - 1024, height)


def _time(canvas: Canvas, sheet: IdleSheet, width: int) -> None:
    y = 270.0
    if sheet.clock:
        y = canvas.lines(MARGIN_X, y, canvas.fitted(sheet.clock, width, 260, (196, 96), bold=True), bold=True) + 16
    single = [canvas.fitted(line, width, line_height(60), (60, SMALLEST_LETTERS)) for line in sheet.dates]
    size = min((setting.size for setting in single), default=SMALLEST_LETTERS)
    for place, line in enumerate(sheet.dates):
        setting = _short(canvas, line, width, 2 * line_height(size), (size, size))
        y = canvas.lines(MARGIN_X, y, setting, colour=SOFT if place else INK) + 8
    if sheet.note:
        setting = _short(canvas, sheet.note, width - 96, 500, (80, 56))
        canvas.box(MARGIN_X, 286, width, _BOTTOM - 286, SUN_PAPER, radius=28)
        canvas.lines(MARGIN_X + 48, (286 + _BOTTOM - setting.height) / 2, setting, colour=SUN)


def _coming(canvas: Canvas, sheet: IdleSheet, width: int) -> None:
    if not sheet.coming:
        return
    inner, top, height = width - 64, 790, 236
    lead = _short(canvas, sheet.coming, inner, 78, (58, 48), bold=True)
    title = _short(canvas, sheet.plays, inner, 2 * line_height(52), (60, 48))
    canvas.box(MARGIN_X, top, width, height, SUN_PAPER, radius=28)
    y = top + (height - lead.height - title.height) / 2
    y = canvas.lines(MARGIN_X + 32, y, lead, bold=True, colour=SUN)
    canvas.lines(MARGIN_X + 32, y, title)


def _code_card(canvas: Canvas, code: CodeSheet, number: str, x: int, y: int, width: int, height: int) -> None:
    """One of two codes: its number says in which order they are used."""
    canvas.box(x, y, width, height, WHITE, radius=28, edge=LINE)
    side = height - 12
    canvas.code(x + 6, y + 6, code.text, side)
    left, inner = x + side + 10, width - side - 40
    title = _short(canvas, code.title, inner - 92, 2 * line_height(52), (56, 48), bold=True)
    name = _short(canvas, code.name, inner, height - 24 - title.height, (52, 48))
    top = y + (height - title.height - name.height - 16) / 2
    canvas.disc(left + 36, round(top + line_height(title.size) / 2), 36, number, INDIGO)
    end = canvas.lines(left + 92, top, title, bold=True)
    canvas.lines(left, end + 16, name, colour=INDIGO)


def _tall_card(canvas: Canvas, code: CodeSheet, x: int, y: int, width: int, height: int) -> None:
    """The only code: as large as it gets."""
    canvas.box(x, y, width, height, WHITE, radius=28, edge=LINE)
    inner = width - 64
    title = _short(canvas, code.title, inner, line_height(64), (64, 48), bold=True)
    name = _short(canvas, code.name, inner, line_height(56), (56, 48))
    side = round(height - title.height - name.height - 40)
    canvas.code(x + (width - side) // 2, y + 8, code.text, side)
    end = canvas.lines(x + 32, y + 8 + side, title, width=inner, bold=True, align="middle")
    canvas.lines(x + 32, end, name, width=inner, colour=INDIGO, align="middle")


def _announcement(canvas: Canvas, sheet: AnnouncementSheet) -> int:
    colour = SUN if sheet.exercise else _TONES[sheet.tone]
    banner = " · ".join(filter(None, (sheet.exercise, sheet.banner)))
    head = 196
    canvas.box(0, 0, WIDTH, head, colour)
    setting = _short(canvas, banner, _WIDE, head - MARGIN_Y, (104, 64), bold=True)
    canvas.lines(
        MARGIN_X, MARGIN_Y + (head - MARGIN_Y - setting.height) / 2, setting,
        width=_WIDE, bold=True, colour=PAPER, align="middle",
    )  # fmt: skip
    if sheet.exercise or sheet.tone is not Tone.NOTICE:
        canvas.box(0, head, 28, HEIGHT - head, colour)
        canvas.box(WIDTH - 28, head, 28, HEIGHT - head, colour)
        canvas.box(0, HEIGHT - 28, WIDTH, 28, colour)
    else:
        canvas.band(HEIGHT - 44, 44)
    return _body(canvas, sheet, head + 24, colour)


def _body(canvas: Canvas, sheet: AnnouncementSheet, top: int, colour: tuple[int, int, int]) -> int:
    """Headline and text on as many pages as they need; draws one of them and returns their number."""
    foot = 72
    room = _BOTTOM - top
    headline, text, body = _fit_both(canvas, sheet, room)
    pages = [(headline, body.lines)]
    if body.left:
        room -= foot
        body = canvas.fitted(text, _WIDE, room - headline.height, (FAR_LETTERS, FAR_LETTERS))
        pages, rest = [(headline, body.lines)], body.left
        again = _short(canvas, sheet.headline, _WIDE, line_height(FAR_LETTERS), (FAR_LETTERS, FAR_LETTERS), bold=True)
        again = again if headline.lines else headline
        most = (room - again.height) // line_height(FAR_LETTERS)
        while rest:
            pages.append((again, rest[:most]))
            rest = rest[most:]
    number = sheet.page % len(pages)
    head, lines = pages[number]
    shown = Setting(body.size, lines)
    y = top + (room - head.height - shown.height) / 2
    y = canvas.lines(MARGIN_X, y, head, width=_WIDE, bold=True, colour=colour, align="middle")
    canvas.lines(MARGIN_X, y, shown, width=_WIDE, align="middle")
    if len(pages) > 1:
        count = Setting(56, (f"{number + 1} / {len(pages)}",))
        canvas.lines(MARGIN_X, _BOTTOM - foot, count, width=_WIDE, bold=True, colour=colour, align="right")
    return len(pages)


def _fit_both(canvas: Canvas, sheet: AnnouncementSheet, room: int) -> tuple[Setting, str, Setting]:
    """The headline as large as it may be beside the text, the text to be set, and how that fits."""
    fitting: Setting | None = None
    for part in (0.5, 0.4, 0.3) if sheet.text else (1.0,):
        headline = canvas.fitted(sheet.headline, _WIDE, room * part, (176, 108), bold=True)
        if headline.left:
            break
        fitting = headline
        body = canvas.fitted(sheet.text, _WIDE, room - headline.height, (124, FAR_LETTERS))
        if not body.left:
            return headline, sheet.text, body
    if fitting is not None:
        return fitting, sheet.text, body
    whole = f"{sheet.headline}\n{sheet.text}"  # a headline as long as a text is one
    return Setting(FAR_LETTERS, ()), whole, canvas.fitted(whole, _WIDE, room, (124, FAR_LETTERS))


def _question(canvas: Canvas, sheet: QuestionSheet) -> None:
    canvas.band(0, 48)
    canvas.lines(MARGIN_X, 84, _short(canvas, sheet.title, 1200, 120, (84, 64), bold=True), bold=True, colour=INDIGO)
    if sheet.place:
        place = _short(canvas, sheet.place, 500, 100, (56, 48))
        canvas.lines(_RIGHT - 500, 100, place, width=500, colour=SOFT, align="right")
    top, bottom = 220, 880
    question = canvas.fitted(sheet.question, _WIDE, bottom - top, (144, 72), bold=True)
    question = shortened(question, _WIDE, canvas.measure(bold=True))
    canvas.lines(MARGIN_X, top + (bottom - top - question.height) / 2, question, bold=True)
    note = _short(canvas, sheet.note, 800, 70, (52, 48))
    film = _short(canvas, sheet.film, _WIDE - 840, 70, (52, 48))
    canvas.box(MARGIN_X, 916, _WIDE, 3, LINE)
    canvas.lines(MARGIN_X, 940, film, colour=SOFT)
    canvas.lines(_RIGHT - 800, 940, note, width=800, colour=LEAF, align="right")


def _handout(canvas: Canvas, sheet: HandoutSheet) -> None:
    canvas.band(0, 48)
    side = 740
    left, width = MARGIN_X, _WIDE
    if canvas.module_for(sheet.code.text, side - 12) >= SMALLEST_MODULE:
        canvas.box(MARGIN_X, 190, side, side, WHITE, radius=28, edge=LINE)
        canvas.code(MARGIN_X + 6, 196, sheet.code.text, side - 12)
        left, width = MARGIN_X + side + 64, _WIDE - side - 64
    lead = _short(canvas, sheet.lead, width, 160, (60, 48))
    title = _short(canvas, sheet.title, width, 380, (104, 60), bold=True)
    name = _short(canvas, sheet.code.name, width, 2 * line_height(52), (56, 48))
    film = _short(canvas, sheet.film, width, line_height(48), (48, 48))
    parts = [(lead, False, SOFT), (title, True, INK), (name, False, INDIGO), (film, False, SOFT)]
    parts = [part for part in parts if part[0].lines]
    y = 190 + (side - sum(part.height + 16 for part, _, _ in parts)) / 2
    for part, bold, colour in parts:
        y = canvas.lines(left, y, part, bold=bold, colour=colour) + 16


def _short(
    canvas: Canvas, text: str, width: float, height: float, sizes: tuple[int, int], *, bold: bool = False
) -> Setting:
    """Words that stand in their space whatever they are: shortened at the end, if need be."""
    if sizes[1] < SMALLEST_LETTERS:
        raise AssertionError("letters that nobody reads from a chair")
    setting = canvas.fitted(text, width, height, sizes, bold=bold)
    return shortened(setting, width, canvas.measure(bold=bold))
