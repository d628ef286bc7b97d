"""`hub.logs` writes one line for each event."""

import contextlib
import io
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


def test_a_line_has_time_service_hub_level_and_name() -> None:
    stream = io.StringIO()
    logs.configure("web", "trai-moi", stream=stream)
    logging.getLogger("library.keeper").info("Admitted %s", "tủ-sách.zim")
    logging.getLogger("library.keeper").debug("Not told")
    (line,) = stream.getvalue().splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d web\[trai-moi\] INFO library.keeper: Admitted tủ-sách.zim", line
    )


def test_verbose_tells_more() -> None:
    stream = io.StringIO()
    logs.configure("web", "trai-moi", logging.DEBUG, stream)
    logging.getLogger("x").debug("Told")
    assert stream.getvalue().endswith("DEBUG x: Told\n")


def test_nobody_can_forge_a_line() -> None:
    stream = io.StringIO()
    logs.configure("web", "trai-moi", stream=stream)
    logging.getLogger("x").info("Asked for %s", "a\nweb[trai-moi] INFO x: forged\x1b[2J\r\u2028\x85b")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_a_flood_of_visits_is_no_flood_of_lines() -> None:
    web, shelf = io.StringIO(), io.StringIO()
    for service, stream in (("web", web), ("shelf", shelf)):
        logs.configure(service, "trai-moi", stream=stream)
        for number in range(400):
            logging.getLogger("hub.guard").warning("Refused: %s", number)
        logging.getLogger("hub.web").error("Something else")
    assert len(web.getvalue().splitlines()) == 6
    assert "Something else" in web.getvalue()
    assert len(shelf.getvalue().splitlines()) == 401


def test_what_was_left_out_is_counted() -> None:
    now = [0.0]
    stream = io.StringIO()
    handler = logs.LineHandler(stream, logs.Alike(2, lambda: now[0]))
    record = logging.LogRecord("x", logging.WARNING, "", 0, "Refused: %s", ("a",), None)
    for moment in (0, 1, 2, 59, 60, 61, 62, 200):
        now[0] = moment
        handler.emit(record)
    assert stream.getvalue().splitlines() == [
        "Refused: a",
        "Refused: a",
        "Refused: a (2 more like this were left out)",
        "Refused: a",
        "Refused: a (1 more like this were left out)",
    ]


def test_kinds_without_end_are_forgotten() -> None:
    alike = logs.Alike(1, lambda: 0.0)
    assert [alike.left_out(number) for number in range(1000)] == [0] * 1000
    assert alike.left_out(999) is None
    assert alike.left_out(0) == 0


def test_a_trace_is_one_line() -> None:
    stream = io.StringIO()
    logs.configure("web", "trai-moi", stream=stream)
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logging.getLogger("x").exception("It failed.")
    (line,) = stream.getvalue().splitlines()
    assert "It failed. | Traceback" in line
    assert line.endswith("ValueError: first | second")


def test_the_journal_adds_the_time_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        logs.configure("web", "trai-moi", stream=stream)
        logging.getLogger("x").warning("Careful")
        assert Path(stream.name).read_text() == "<4>web[trai-moi] WARNING x: Careful\n"
        monkeypatch.setenv("JOURNAL_STREAM", "1:1")
        assert not logs.reaches_journal(stream, os.environ)
    assert not logs.reaches_journal(io.StringIO(), os.environ)


def test_a_closed_terminal_ends_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "w") as stream:
        logs.configure("web", "trai-moi", stream=stream)
        logging.getLogger("x").info("Nobody reads this")
    assert capfd.readouterr().err == ""
