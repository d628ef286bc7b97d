"""Draws QR codes: the only room that imports qrcode. Error correction Q: a quarter of a worn label may be lost."""

import io

import qrcode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

QUIET_ZONE = 4
"""Modules of white around a code (ISO/IEC 18004 asks for four)."""


def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The code's rows of modules, True where dark, without a quiet zone.

    Raises:
        ValueError: the text is longer than a code can hold.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    code.add_data(text)
    try:
        code.make(fit=True)
    except qrcode.exceptions.DataOverflowError as error:
        raise ValueError("too long for a QR code") from error
    return tuple(tuple(map(bool, row)) for row in code.get_matrix())


def svg(text: str) -> str:
    """The code as an SVG element, black on white, that scales with its place on the page."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE, image_factory=SvgPathImage)
    code.add_data(text)
    code.make(fit=True)
    size = f"{code.modules_count + 2 * QUIET_ZONE}"
    drawn = str(code.make_image().to_string(encoding="unicode"))
    path = drawn[drawn.index("<path") : drawn.rindex("</svg>")]
    return (
        f'<svg aria-hidden="true" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<rect width="{size}" height="{size}" fill="#fff"/>{path}</svg>'
    )


def terminal(text: str) -> str:
    """The code as lines of half blocks, white on whatever colour the terminal has, quiet zone included."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    lines = io.StringIO()
    code.print_ascii(out=lines, invert=True)
    return lines.getvalue().replace("\N{NO-BREAK SPACE}", " ")
