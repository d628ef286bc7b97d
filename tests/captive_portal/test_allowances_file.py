"""What phones used outlives a killed gate and a bad card, names no phone, and is gone with the day."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from captive_portal.allowances import AllowancesError
from captive_portal.allowances_file import AllowancesFile
from captive_portal.days import Day, label_of
from captive_portal.gate import Limits, Stage, Visit
from captive_portal.gatekeeper import Gatekeeper
from captive_portal.phones import Phone, Standing
from captive_portal.pretend import HandClock, PretendWall

DAY = Day("2026-11-24", 5.0)
ANNA = "02:00:00:00:00:0a"
USED = Visit(Stage.ONLINE, 100.5, 12345, 3499.5)
ROOT = Path(__file__).resolve().parents[2]


def opened(folder: Path) -> AllowancesFile:
    return AllowancesFile(folder / "gate.sqlite")


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


@pytest.fixture
def file(tmp_path: Path) -> AllowancesFile:
    file = opened(tmp_path)
    assert file.day() is None
    file.begin(DAY)
    return file


def test_what_is_kept_is_found_by_the_next_process(file: AllowancesFile, tmp_path: Path) -> None:
    file.keep({ANNA: Visit(Stage.ONLINE, 100.5, 12345, 3499.5, tapped=True)}, Day(DAY.label, 65.0))
    file.close()
    again = opened(tmp_path)
    assert again.find(ANNA) == USED
    assert again.find("02:00:00:00:00:0b") is None
    assert again.day() == Day(DAY.label, 65.0)
    assert (tmp_path / "gate.sqlite").stat().st_mode & 0o777 == 0o600


def test_without_a_day_nothing_is_kept(tmp_path: Path) -> None:
    file = opened(tmp_path)
    with pytest.raises(AllowancesError, match="No day"):
        file.keep({ANNA: USED}, DAY)
    with pytest.raises(AllowancesError, match="No day"):
        file.find(ANNA)


def test_no_phone_is_named_in_the_file(file: AllowancesFile, tmp_path: Path) -> None:
    file.keep({ANNA: USED}, DAY)
    for settled in (False, True):
        if settled:
            file.settle()
        content = all_bytes(tmp_path)
        for name in (ANNA, ANNA.replace(":", ""), ANNA.upper()):
            assert name.encode() not in content
        assert bytes.fromhex(ANNA.replace(":", "")) not in content


def test_a_new_day_leaves_neither_the_key_nor_a_row_behind(file: AllowancesFile, tmp_path: Path) -> None:
    file.keep({f"02:00:00:00:01:{number:02x}": USED for number in range(200)}, DAY)
    file.settle()
    with contextlib.closing(sqlite3.connect(tmp_path / "gate.sqlite")) as database:
        (key,) = database.execute("select key from day").fetchone()
        names = [name for (name,) in database.execute("select phone from visits")]
    assert len(names) == 200
    assert key in all_bytes(tmp_path)
    file.begin(Day("2026-11-25"))
    content = all_bytes(tmp_path)
    assert key not in content
    assert not [name for name in names if name in content]
    assert file.find("02:00:00:00:01:00") is None
    file.keep({ANNA: USED}, Day("2026-11-25"))
    with contextlib.closing(sqlite3.connect(tmp_path / "gate.sqlite")) as database:
        (other,) = database.execute("select key from day").fetchone()
    assert other != key


def test_invented_addresses_do_not_fill_the_card(
    file: AllowancesFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("captive_portal.allowances_file.MOST_ROWS", 10)
    for number in range(30):
        file.keep({f"02:00:00:00:01:{number:02x}": USED}, DAY)
    newer = Visit(Stage.EXPIRED, 200.0, 1, 0.0)
    file.keep({"02:00:00:00:01:00": newer}, DAY)
    assert file.find("02:00:00:00:01:00") == newer
    with contextlib.closing(sqlite3.connect(tmp_path / "gate.sqlite")) as database:
        assert database.execute("select count(*) from visits").fetchone() == (10,)


def spoil_header(path: Path) -> None:
    path.write_bytes(b"no database at all" * 500)


def spoil_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def spoil_row(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("update visits set stage = 'king'")


def spoil_key(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("update day set key = x'00'")


@pytest.mark.parametrize("spoil", [spoil_header, spoil_middle, empty, spoil_row, spoil_key])
def test_a_damaged_file_is_put_aside_and_the_gate_goes_on(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "gate.sqlite"
    file = opened(tmp_path)
    clock, table = HandClock(), {"10.10.10.20": ANNA}
    phone = Phone(ANNA, "10.10.10.20")
    limits = Limits(3600.0, None, None)
    file.begin(Day(label_of(clock.wall())))
    file.keep({ANNA: USED}, Day(label_of(clock.wall())))
    file.settle()
    file.close()
    assert callable(spoil)
    spoil(path)
    for companion in ("gate.sqlite-wal", "gate.sqlite-shm"):
        (tmp_path / companion).unlink(missing_ok=True)
    wall = PretendWall(clock)
    keeper = Gatekeeper(limits, wall, opened(tmp_path), clock, table.get)
    keeper.set_backhaul("up")
    for _ in range(5):
        clock.pass_time(1)
        wall.speak(phone)
        keeper.tick()
    assert wall.standing() == {}
    keeper.open_internet("10.10.10.20")
    keeper.stop()
    assert wall.standing() == {phone: Standing.ONLINE}
    kept = opened(tmp_path).find(ANNA)
    assert kept is not None
    assert kept.stage is Stage.ONLINE
    opened(tmp_path).begin(Day("2099-01-01"))
    assert sorted(path.name.split("-")[0] for path in tmp_path.iterdir() if "damaged" in path.name) == []


def test_a_folder_that_is_gone_is_said_so(tmp_path: Path) -> None:
    file = AllowancesFile(tmp_path / "nowhere" / "gate.sqlite")
    with pytest.raises(AllowancesError, match=r"gate\.sqlite cannot be used"):
        file.day()
    with pytest.raises(AllowancesError):
        file.settle()
    (tmp_path / "nowhere").mkdir()
    assert file.day() is None


CHILD = """
import sys
from pathlib import Path
from captive_portal.allowances_file import AllowancesFile
from captive_portal.days import SystemClock
from captive_portal.gate import Limits
from captive_portal.gatekeeper import Gatekeeper
from captive_portal.pretend import PretendWall, invented_mac
clock = SystemClock()
card = AllowancesFile(Path(sys.argv[1]))
keeper = Gatekeeper(Limits(3600.0, 7200.0, None), PretendWall(clock), card, clock, invented_mac)
keeper.set_backhaul("up")
keeper.start()
keeper.open_internet("10.10.10.20")
keeper.open_library("10.10.10.21")
print("tapped", flush=True)
import time
time.sleep(60)
"""


def test_a_gate_that_is_killed_right_after_a_tap_is_followed_by_one_that_remembers(tmp_path: Path) -> None:
    from captive_portal.days import SystemClock
    from captive_portal.pretend import invented_mac

    path = tmp_path / "gate.sqlite"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "tapped\n"
        finally:
            os.kill(child.pid, signal.SIGKILL)
    clock = SystemClock()
    wall = PretendWall(clock)
    keeper = Gatekeeper(Limits(3600.0, 7200.0, None), wall, AllowancesFile(path), clock, invented_mac)
    keeper.set_backhaul("up")
    phones = [Phone(invented_mac(address), address) for address in ("10.10.10.20", "10.10.10.21", "10.10.10.22")]
    keeper.tick()
    assert wall.standing() == {}
    for phone in phones:
        wall.speak(phone)
    keeper.tick()
    assert wall.standing() == {phones[0]: Standing.ONLINE, phones[1]: Standing.WELCOMED}
    keeper.stop()


def test_a_tap_is_written_down_in_a_moment(file: AllowancesFile) -> None:
    began = time.perf_counter()
    for number in range(250):
        file.keep({f"02:00:00:00:01:{number:02x}": USED}, DAY)
    each_ms = (time.perf_counter() - began) * 1000 / 250
    print(f"a tap on the card: {each_ms:.3f} ms")
    assert each_ms < 50
