"""What the status page says of each part of the hub, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from hub import i18n
from hub.status import look


@pytest.mark.parametrize(
    ("answer", "vietnamese", "english"),
    [
        ({"ready": 1, "played": 0}, "Đang đọc được 1 cuốn sách.", "1 book can be read."),
        (
            {"ready": 1202, "played": 2},
            "Đang đọc được 1.200 cuốn sách. 2 phim, âm thanh phát được.",
            "1,200 books can be read. 2 films and sounds can be played.",
        ),
        ({"ready": 3, "played": 1}, "Đang đọc được 2 cuốn sách. 1 phim, âm thanh phát được.", "1 film or sound can"),
    ],
)
def test_the_shelf_tells_books_from_films(
    tmp_path: Path, answer: dict[str, Any], vietnamese: str, english: str
) -> None:
    app = Flask(__name__)
    i18n.init_app(app)
    for language, said in (("vi", vietnamese), ("en", english)):
        with app.test_request_context(), force_locale(language):
            report = look({"shelf": tmp_path}, tmp_path, lambda *_: (200, answer))
            assert said in report.services[1][2]
