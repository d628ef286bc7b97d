"""The press: a child process that prints one order after the other, and whose troubles stay its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import paper
import pytest
from printed_samples import HOUSE, labels

from library.printing.errors import PressBusyError, PressFailedError, TooManyLabelsError, TooSmallError
from library.printing.orders import Order, Shelf, order_from
from library.printing.press import MOST_STICKERS, Press, steps
from library.printing.printer import draw
from library.printing.wifi_code import Network

ORDER = Order(HOUSE, sheet="24", stickers=labels(3))
FULL = Order(HOUSE, wifi=True, shelves=(Shelf("a", labels(2)),), lessons=labels(1))


@pytest.mark.parametrize("order", [ORDER, FULL], ids=["stickers", "posters"])
def test_an_order_comes_back_from_its_json(order: Order) -> None:
    assert order_from(order.to_json()) == order


def test_it_prints_and_tells_how_far_it_is() -> None:
    told: list[int] = []
    assert Press().print(FULL, told.append).startswith(b"%PDF-")
    assert told == [1, 3, 4]
    assert steps(FULL) == 4


def test_what_does_not_fit_is_told_as_it_is() -> None:
    order = Order(
        HOUSE.__class__(**{**HOUSE.__dict__, "network": Network("N" * 32, ";" * 63)}), sheet="40", stickers=labels(1)
    )
    with pytest.raises(TooSmallError, match="do not fit") as caught:
        Press().print(order)
    assert "24" in caught.value.hint


def test_too_much_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    press = Press(command=["touch", str(started)])
    with pytest.raises(TooManyLabelsError, match=str(MOST_STICKERS)):
        press.print(Order(HOUSE, sheet="24", stickers=labels(1) * (MOST_STICKERS + 1)))
    assert not started.exists()


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "print('no pdf')",
        "raise MemoryError",
        "import time; time.sleep(600)",
        "raise SystemExit(3)",
        "import sys; sys.exit(print('{}', file=sys.stderr) or 3)",
        "import sys; sys.exit(print('[1, 2]', file=sys.stderr) or 3)",
        'import sys; sys.exit(print(\'["one", "two", "three"]\', file=sys.stderr) or 3)',
        "import sys; sys.exit(print('[' * 100000, file=sys.stderr) or 3)",
    ],
)
def test_a_child_that_fails_or_hangs_is_one_sentence(program: str) -> None:
    with pytest.raises(PressFailedError, match="failed"):
        Press(patience_s=1.0, command=[sys.executable, "-c", program]).print(ORDER)


def test_one_after_the_other(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    press = Press(command=["sh", "-c", f"read line <{pipe}; echo 1 >&2; printf %%PDF-done"])
    printed: list[bytes] = []
    first = threading.Thread(target=lambda: printed.append(press.print(ORDER)))
    first.start()
    with pipe.open("w") as gate:  # opens only once the child waits
        with pytest.raises(PressBusyError) as caught:
            press.print(ORDER)
        gate.write("go\n")
    first.join()
    assert printed == [b"%PDF-done"]
    assert caught.value.hint
    assert Press(command=["sh", "-c", "printf %%PDF-again"]).print(ORDER) == b"%PDF-again"


@pytest.mark.parametrize("count", [80, pytest.param(500, marks=pytest.mark.long)])
def test_a_large_shelf(count: int, tmp_path: Path) -> None:
    told: list[int] = []
    pdf = draw(Order(HOUSE, sheet="40", stickers=labels(count)), told.append)
    assert told == list(range(1, count + 1))
    assert len(pdf) < 4_000_000
    said = paper.text(pdf, tmp_path)
    assert said.count("\f") == -(-count // 40)
    assert len({word for word in said.split() if word.startswith("K7M-")}) == count


def test_whoever_orders_loads_nothing_that_draws() -> None:
    program = "import sys, hub.site; print([name for name in ('fpdf', 'fontTools') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
