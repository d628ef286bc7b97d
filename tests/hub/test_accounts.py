"""The accounts: PINs, waits, sessions, the first set-up, and an accounts' file that is damaged or cannot be written."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import argon2
import pytest

from hub import doorkeeper, pins, sessions, setup_code
from hub.accounts import DEVICE_TRIES, Accounts, Entry, SetUpClosedError, hasher
from hub.accounts_file import MOST_DAMAGED_KEPT, AccountsDamagedError, AccountsFile, AccountsUnavailableError, Moment
from hub.doorkeeper import LONGEST_WAIT_S, TooManyTriesError, wait_after_s
from hub.pins import Weakness
from hub.roles import Role, helpers

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PIN, OTHER = "483920", "719356"
HEAD, EDITOR = Role.VILLAGE_HEAD, Role.CONTENT_EDITOR
DAY_S = 24 * 3600.0


class Clock:
    """A clock that a test turns: the uptime only goes on, the wall clock goes where it is put."""

    def __init__(self) -> None:
        self.boot, self.uptime_s, self.wall_s = "first", 60.0, 1_790_000_000.0

    def __call__(self) -> Moment:
        return Moment(self.boot, self.uptime_s, self.wall_s)

    def pass_s(self, seconds: float) -> None:
        self.uptime_s += seconds
        self.wall_s += seconds

    def reboot(self, wall_s: float = 0.0) -> None:
        self.boot, self.uptime_s, self.wall_s = self.boot + "+", 20.0, wall_s


class CountingHasher(argon2.PasswordHasher):
    """Counts how often something is computed."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.computed = 0

    def hash(self, *args: object, **kwargs: object) -> str:
        self.computed += 1
        return super().hash(*args, **kwargs)  # type: ignore[arg-type]

    def verify(self, *args: object, **kwargs: object) -> bool:
        self.computed += 1
        return super().verify(*args, **kwargs)  # type: ignore[arg-type, return-value]


@contextlib.contextmanager
def worker_of(
    folders: tuple[Path, Path], clock: Clock, password_hasher: argon2.PasswordHasher = QUICK
) -> Iterator[Accounts]:
    """The accounts as another process has them."""
    worker = Accounts(*folders, password_hasher, clock)
    yield worker
    worker.release()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    state, run = tmp_path / "state", tmp_path / "run"
    state.mkdir()
    run.mkdir()
    return state, run


@pytest.fixture
def accounts(folders: tuple[Path, Path], clock: Clock) -> Iterator[Accounts]:
    opened = Accounts(*folders, QUICK, clock)
    opened.prepare()
    yield opened
    opened.release()


@pytest.fixture
def village(accounts: Accounts) -> Accounts:
    accounts.set_pin(Role.TECHNICIAN, "tre làng 2026")
    accounts.set_pin(HEAD, PIN)
    return accounts


def try_wrong(accounts: Accounts, times: int, role: str = HEAD.value, device: str = "") -> None:
    for _ in range(times):
        assert accounts.log_in(role, "000000", device) is None


def logged_in(accounts: Accounts, role: Role = HEAD, pin: str = PIN, device: str = "") -> Entry:
    entry = accounts.log_in(role.value, pin, device)
    assert entry is not None
    return entry


def wait_of(accounts: Accounts, role: str = HEAD.value, device: str = "") -> float:
    with pytest.raises(TooManyTriesError) as caught:
        accounts.log_in(role, PIN, device)
    return caught.value.wait_s


# --- PINs


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("483920", "483920"),
        (" 483 920 ", "483920"),
        ("483-920", "483920"),
        ("４８３９２０", "483920"),
        ("៤៨៣៩២០", "483920"),
        ("٤٨٣٩٢٠", "483920"),
        ("tre la\u0300ng 2026", "tre làng 2026"),
        ("tre làng 2026", "tre làng 2026"),
        ("con-gà mái", "con-gà mái"),
        ("", ""),
        ("x" * 129, None),
        ("1" * 10_000, None),
    ],
)
def test_what_is_typed_is_brought_into_one_form(typed: str, meant: str | None) -> None:
    assert pins.folded(typed) == meant


@pytest.mark.parametrize(
    ("typed", "weakness"),
    [
        ("483920", None),
        ("010190", None),
        ("tre làng", None),
        ("", Weakness.EMPTY),
        ("   ", Weakness.EMPTY),
        ("48392", Weakness.SHORT_PIN),
        ("000000", Weakness.EASILY_GUESSED),
        ("123456", Weakness.EASILY_GUESSED),
        ("987654", Weakness.EASILY_GUESSED),
        ("789012", Weakness.EASILY_GUESSED),
        ("135791", Weakness.EASILY_GUESSED),
        ("121212", Weakness.EASILY_GUESSED),
        ("483483", Weakness.EASILY_GUESSED),
        ("១២៣៤៥៦", Weakness.EASILY_GUESSED),
        ("tre làn", Weakness.SHORT_PASSWORD),
        ("aaaaaaaaaa", Weakness.EASILY_GUESSED),
        ("8" * 129, Weakness.TOO_LONG),
    ],
)
def test_weak_pins_are_refused(typed: str, weakness: Weakness | None) -> None:
    assert pins.weakness(typed) is weakness


def test_weak_pin_is_never_stored(accounts: Accounts) -> None:
    with pytest.raises(ValueError, match="weak"):
        accounts.set_pin(HEAD, "123456")
    assert not accounts.has_pin(HEAD)


def test_hashes_are_argon2id_and_slow_enough() -> None:
    parameters = argon2.extract_parameters(hasher().hash("483920"))
    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        argon2.Type.ID,
        19456,
        2,
        1,
    )


# --- logging in


def test_right_pin_opens_and_wrong_ones_do_not(village: Accounts) -> None:
    assert village.role_of(logged_in(village).session) is HEAD
    for role, typed in [
        (HEAD, OTHER),
        (HEAD, ""),
        (EDITOR, PIN),
        (Role.TECHNICIAN, PIN),
    ]:
        assert village.log_in(role.value, typed) is None


def test_same_letters_from_another_keyboard_are_the_same_password(village: Accounts) -> None:
    assert village.log_in("technician", "tre la\u0300ng ２０２６ ") is not None


@pytest.mark.parametrize(
    "role", ["' or '1'='1", "village-head'; drop table accounts; --", "VILLAGE-HEAD", "", "\0", "\udcff", "x" * 100_000]
)
def test_roles_that_are_none_let_nobody_in_and_break_nothing(village: Accounts, role: str) -> None:
    assert village.log_in(role, PIN) is None
    assert village.log_in(HEAD.value, "' or 1=1 --\udcff\0") is None
    assert logged_in(village)


def test_unknown_roles_and_roles_without_pin_cost_the_same_work(folders: tuple[Path, Path], clock: Clock) -> None:
    counting = CountingHasher()
    with worker_of(folders, clock, counting) as accounts:
        accounts.set_pin(HEAD, PIN)
        for role in (HEAD.value, EDITOR.value, "nobody"):
            before = counting.computed
            assert accounts.log_in(role, OTHER) is None
            assert counting.computed == before + 1


def test_enormous_pin_is_refused_before_anything_is_computed(folders: tuple[Path, Path], clock: Clock) -> None:
    counting = CountingHasher()
    with worker_of(folders, clock, counting) as worker:
        assert worker.log_in(HEAD.value, "9" * 10_000) is None
        assert counting.computed == 0


def test_hash_is_renewed_when_the_parameters_change(
    village: Accounts, folders: tuple[Path, Path], clock: Clock
) -> None:
    stronger = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    with worker_of(folders, clock, stronger) as worker:
        assert worker.log_in(HEAD.value, OTHER) is None
        assert _hash_of(folders[0], HEAD).startswith("$argon2id$v=19$m=8,t=1,p=1$")
        logged_in(worker)
    assert _hash_of(folders[0], HEAD).startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert logged_in(village)


def test_pin_changed_while_the_old_one_is_judged_lets_nobody_in(
    village: Accounts, folders: tuple[Path, Path], clock: Clock
) -> None:
    class Meddling(argon2.PasswordHasher):
        def verify(self, *args: object, **kwargs: object) -> bool:
            right = super().verify(*args, **kwargs)  # type: ignore[arg-type]
            village.set_pin(HEAD, OTHER)
            return right

    with worker_of(folders, clock, Meddling(1, 8, 1)) as worker:
        assert worker.log_in(HEAD.value, PIN) is None
        assert not worker.confirm(HEAD, OTHER)  # changed once more, to the same


def test_no_secret_stands_in_the_file_or_the_log(
    village: Accounts, folders: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    entry = logged_in(village)
    village.log_in(HEAD.value, OTHER)
    village.log_in("\nforged line", OTHER)
    village.set_pin(EDITOR, "908172")
    kept = b"".join(path.read_bytes() for path in folders[0].iterdir())
    for secret in (PIN, OTHER, "908172", "tre làng", entry.session, entry.device):
        assert secret.encode() not in kept
        assert secret not in caplog.text
    assert "forged" not in caplog.text


def test_helpers_of_a_role_never_include_itself_or_the_technician() -> None:
    assert helpers(Role.TECHNICIAN) == {HEAD, EDITOR, Role.DIGITAL_TEAM}
    assert helpers(HEAD) == {EDITOR, Role.DIGITAL_TEAM}
    assert helpers(EDITOR) == helpers(Role.DIGITAL_TEAM) == frozenset()


# --- waits


def test_waits_grow_and_never_pass_a_quarter_of_an_hour() -> None:
    assert [wait_after_s(wrong) for wrong in range(10)] == [0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_after_s(10**9) == LONGEST_WAIT_S == 900


def test_wrong_tries_make_wait_and_the_wait_ends(village: Accounts, clock: Clock) -> None:
    try_wrong(village, 3)
    assert wait_of(village) == pytest.approx(30)
    clock.pass_s(29)
    assert wait_of(village) == pytest.approx(1)
    clock.pass_s(1.01)
    assert logged_in(village)
    try_wrong(village, 3)  # a right one lets the count start again


def test_asking_during_a_wait_neither_prolongs_it_nor_writes(
    village: Accounts, clock: Clock, folders: tuple[Path, Path]
) -> None:
    try_wrong(village, 3)
    files = {path: path.read_bytes() for path in folders[0].iterdir() if path.suffix != ".sqlite-shm"}
    for _ in range(50):
        wait_of(village)
    assert {path: path.read_bytes() for path in files} == files
    clock.pass_s(30.01)
    assert logged_in(village)


def test_thousand_tries_at_once_are_three(village: Accounts) -> None:
    judged = 0
    for number in range(1000):
        with contextlib.suppress(TooManyTriesError):
            assert village.log_in(HEAD.value, f"{number:06}") is None
            judged += 1
    assert judged == doorkeeper.FREE_TRIES


@pytest.mark.parametrize("targets", [[HEAD], list(Role)], ids=["one role", "all roles in turn"])
def test_thousand_patient_tries_take_ten_days(village: Accounts, clock: Clock, targets: list[Role]) -> None:
    began = clock.uptime_s
    for number in range(1000):
        while True:
            try:
                village.log_in(targets[number % len(targets)].value, f"{number:06}")
            except TooManyTriesError as error:
                assert error.wait_s <= LONGEST_WAIT_S + 0.001
                clock.pass_s(error.wait_s + 0.001)
            else:
                break
    assert clock.uptime_s - began > 10 * DAY_S


def file_of(accounts: Accounts) -> AccountsFile:
    return accounts._file


def test_all_roles_together_are_counted_too(village: Accounts) -> None:
    judged = 0
    for role in (*Role, "nobody", "someone"):
        for _ in range(5):
            with contextlib.suppress(TooManyTriesError):
                village.log_in(str(role), OTHER)
                judged += 1
    assert judged == doorkeeper.FREE_TRIES_OF_ALL


def test_who_knows_one_pin_cannot_clear_the_way_to_another(village: Accounts) -> None:
    village.set_pin(EDITOR, OTHER)
    try_wrong(village, 3)
    for _ in range(5):
        logged_in(village, EDITOR, OTHER)
    assert wait_of(village) == pytest.approx(30)
    with file_of(village).reading() as ledger:
        assert ledger.database.execute("select wrong from tries where key = 'all'").fetchone() == (3,)


def test_known_device_gets_in_while_strangers_are_guessing(village: Accounts, clock: Clock) -> None:
    known = logged_in(village).device
    for _ in range(501):
        try:
            village.log_in(HEAD.value, "000000")
        except TooManyTriesError as error:
            clock.pass_s(error.wait_s + 0.01)
    assert wait_of(village) > 800
    assert logged_in(village, device=known).device == known


def test_known_device_has_to_wait_for_itself_and_is_no_friend_for_ever(village: Accounts, clock: Clock) -> None:
    known = logged_in(village).device
    try_wrong(village, 3, device=known)
    assert wait_of(village, device=known) == pytest.approx(30)
    assert logged_in(village, device="")  # strangers are counted apart
    for _ in range(DEVICE_TRIES):
        with contextlib.suppress(TooManyTriesError):
            village.log_in(HEAD.value, "000000", known)
        clock.pass_s(LONGEST_WAIT_S + 1)
    with file_of(village).reading() as ledger:
        assert sessions.device_key(ledger, HEAD, known) is None


def test_device_known_for_one_role_is_a_stranger_to_another(village: Accounts) -> None:
    village.set_pin(EDITOR, OTHER)
    known = logged_in(village, EDITOR, OTHER).device
    try_wrong(village, 3, device=known)
    assert wait_of(village) == pytest.approx(30)


def test_invented_device_is_a_stranger(village: Accounts) -> None:
    for number in range(3):
        assert village.log_in(HEAD.value, OTHER, f"device-{number}") is None
    assert wait_of(village, device="device-3") == pytest.approx(30)
    assert len(logged_in(village, Role.TECHNICIAN, "tre làng 2026", device="mine").device) == 43


def test_restart_of_the_program_keeps_the_wait(village: Accounts, folders: tuple[Path, Path], clock: Clock) -> None:
    try_wrong(village, 3)
    with worker_of(folders, clock) as worker:
        assert wait_of(worker) == pytest.approx(30)


@pytest.mark.parametrize("wall_s", [0.0, 1_790_000_000.0, 4_000_000_000.0], ids=["1970", "now", "far future"])
def test_power_cut_neither_ends_a_wait_nor_makes_it_endless(village: Accounts, clock: Clock, wall_s: float) -> None:
    try_wrong(village, 3)
    clock.reboot(wall_s)
    assert 0 < wait_of(village) <= 30
    clock.reboot(wall_s)
    assert 0 < wait_of(village) <= 30
    clock.pass_s(30)
    assert logged_in(village)


def test_wall_clock_has_no_part_in_waits(village: Accounts, clock: Clock) -> None:
    try_wrong(village, 3)
    for wall_s in (0.0, 4_000_000_000.0, -5.0):
        clock.wall_s = wall_s
        assert wait_of(village) == pytest.approx(30)


def test_wrong_tries_are_forgotten_in_time(village: Accounts, clock: Clock) -> None:
    try_wrong(village, 3)
    clock.pass_s(doorkeeper.FORGOTTEN_S + 1)
    try_wrong(village, 3)
    assert wait_of(village) == pytest.approx(30)


def test_new_pin_lets_the_role_in_at_once(village: Accounts) -> None:
    try_wrong(village, 3)
    village.set_pin(HEAD, OTHER)
    assert logged_in(village, pin=OTHER)


def test_many_at_the_same_moment_gain_nothing(village: Accounts, folders: tuple[Path, Path], clock: Clock) -> None:
    workers = [Accounts(*folders, QUICK, clock) for _ in range(2)]
    judged, together = [], threading.Barrier(16)

    def guess(number: int) -> None:
        together.wait()
        with contextlib.suppress(TooManyTriesError):
            workers[number % 2].log_in(HEAD.value, "000000")
            judged.append(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(16)))
    for worker in workers:
        worker.release()
    assert len(judged) == 3


GUESSES = """
import sys
from pathlib import Path
import argon2
from hub.accounts import Accounts
from hub.doorkeeper import TooManyTriesError
accounts, judged = Accounts(Path(sys.argv[1]), Path(sys.argv[2]), argon2.PasswordHasher(1, 8, 1)), 0
for _ in range(20):
    try:
        accounts.log_in("village-head", "000000")
        judged += 1
    except TooManyTriesError:
        pass
print(judged)
"""


def test_two_web_workers_count_together(folders: tuple[Path, Path]) -> None:
    command = [sys.executable, "-c", GUESSES, *map(str, folders)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(worker.communicate(timeout=60)[0]) for worker in workers) == 3


# --- sessions


def test_sessions_end(village: Accounts) -> None:
    first, second = logged_in(village).session, logged_in(village).session
    assert len(first) == 43
    assert first != second
    village.log_out(first)
    assert village.role_of(first) is None
    assert village.role_of(second) is HEAD
    village.set_pin(HEAD, OTHER)
    assert village.role_of(second) is None
    third = logged_in(village, pin=OTHER).session
    village.close(HEAD)
    assert village.role_of(third) is None
    assert village.log_in(HEAD.value, OTHER) is None


@pytest.mark.parametrize("token", ["", "x", "\0", "\udcff", "x" * 10_000, "' or 1=1 --"])
def test_invented_sessions_are_none(village: Accounts, token: str) -> None:
    logged_in(village)
    assert village.role_of(token) is None


def test_session_ends_after_twelve_idle_hours(village: Accounts, clock: Clock) -> None:
    session = logged_in(village).session
    clock.pass_s(sessions.IDLE_S - 1)
    assert village.role_of(session) is HEAD
    clock.pass_s(sessions.IDLE_S - 1)
    assert village.role_of(session) is HEAD
    clock.pass_s(sessions.IDLE_S + 1)
    assert village.role_of(session) is None


def test_session_ends_after_seven_days_of_use(village: Accounts, clock: Clock) -> None:
    session = logged_in(village).session
    for _ in range(7 * 24 - 1):
        clock.pass_s(3600)
        assert village.role_of(session) is HEAD
    clock.pass_s(3601)
    assert village.role_of(session) is None


def test_use_is_written_down_every_five_minutes_at_most(
    village: Accounts, clock: Clock, folders: tuple[Path, Path]
) -> None:
    session = logged_in(village).session
    log = folders[0] / "accounts.sqlite-wal"
    before = log.stat().st_size
    for _ in range(100):
        clock.pass_s(2)
        village.role_of(session)
    assert log.stat().st_size == before
    clock.pass_s(101)
    village.role_of(session)
    assert log.stat().st_size > before


def test_session_outlives_a_power_cut_but_not_its_time(village: Accounts, clock: Clock) -> None:
    session = logged_in(village).session
    clock.reboot(wall_s=clock.wall_s + 120)
    assert village.role_of(session) is HEAD
    clock.pass_s(sessions.IDLE_S + 1)
    assert village.role_of(session) is None


def test_hub_that_was_switched_off_for_days_asks_for_the_pin(village: Accounts, clock: Clock) -> None:
    session = logged_in(village).session
    clock.reboot(wall_s=clock.wall_s + 2 * DAY_S)
    assert village.role_of(session) is None


def test_power_cut_wakes_no_session_that_was_over(village: Accounts, clock: Clock) -> None:
    session, wall_s = logged_in(village).session, clock.wall_s
    clock.pass_s(sessions.IDLE_S + 1)
    assert village.role_of(session) is None
    for wrong_s in (0.0, wall_s - 1, clock.wall_s + 60):
        clock.reboot(wrong_s)
        assert village.role_of(session) is None


def test_session_waits_until_the_clock_is_set(village: Accounts, clock: Clock) -> None:
    session, wall_s = logged_in(village).session, clock.wall_s
    clock.reboot(wall_s=0.0)
    assert village.role_of(session) is None
    clock.wall_s = wall_s + 301
    assert village.role_of(session) is HEAD
    clock.wall_s = 0.0  # within one boot the count of seconds is enough
    assert village.role_of(session) is HEAD


def test_hub_that_always_wakes_up_in_1970_asks_for_the_pin_after_each_boot(village: Accounts, clock: Clock) -> None:
    clock.wall_s = 100.0
    session = logged_in(village).session
    assert village.role_of(session) is HEAD
    clock.reboot(wall_s=100.0)
    for _ in range(24):
        assert village.role_of(session) is None
        clock.pass_s(3600)


def test_clock_set_while_logged_in_asks_for_the_pin_once(village: Accounts, clock: Clock) -> None:
    clock.wall_s = 100.0
    session = logged_in(village).session
    clock.wall_s = 1_790_000_000.0
    assert village.role_of(session) is None
    assert village.role_of(logged_in(village).session) is HEAD


def test_only_so_many_sessions_of_a_role(village: Accounts, clock: Clock) -> None:
    technician = logged_in(village, Role.TECHNICIAN, "tre làng 2026").session
    opened = []
    for _ in range(sessions.MOST_OF_A_ROLE + 5):
        opened.append(logged_in(village).session)
        clock.pass_s(1)
    assert [village.role_of(session) for session in opened] == [None] * 5 + [HEAD] * sessions.MOST_OF_A_ROLE
    assert village.role_of(technician) is Role.TECHNICIAN


# --- the first set-up


def test_code_waits_until_the_technician_has_a_pin(
    accounts: Accounts, folders: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = setup_code.setup_code(folders[1])
    assert code is not None
    assert stat.S_IMODE((folders[1] / "setup-code").stat().st_mode) == 0o600
    assert accounts.set_up("WRONG", PIN) is None
    entry = accounts.set_up(code.lower().replace("-", " "), PIN)
    assert entry is not None
    assert accounts.role_of(entry.session) is Role.TECHNICIAN
    assert setup_code.setup_code(folders[1]) is None
    assert accounts.is_set_up()
    with pytest.raises(SetUpClosedError):
        accounts.set_up(code, OTHER)
    assert logged_in(accounts, Role.TECHNICIAN, PIN)
    assert code not in caplog.text
    assert code.replace("-", "") not in caplog.text


def test_confusable_letters_of_the_code_are_forgiven(folders: tuple[Path, Path]) -> None:
    path = folders[1] / "setup-code"
    path.write_text("01Z0MK7Q\n")
    path.chmod(0o600)
    assert setup_code.matches(folders[1], " oLzo-mk7q")
    assert not setup_code.matches(folders[1], "")
    assert not setup_code.matches(folders[1], "é" * 8)
    assert not setup_code.matches(folders[1], "0" * 100_000)


def test_all_processes_offer_the_same_code(folders: tuple[Path, Path]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: setup_code.offer(folders[1]), range(8)))
    code = setup_code.setup_code(folders[1])
    setup_code.offer(folders[1])
    assert code is not None
    assert setup_code.setup_code(folders[1]) == code


@pytest.mark.parametrize("spoil", ["empty", "readable", "link", "pipe", "letters"])
def test_code_that_is_not_safe_is_replaced(folders: tuple[Path, Path], tmp_path: Path, spoil: str) -> None:
    path, elsewhere = folders[1] / "setup-code", tmp_path / "elsewhere"
    elsewhere.write_text("AAAAAAAA\n")
    elsewhere.chmod(0o600)
    if spoil == "link":
        path.symlink_to(elsewhere)
    elif spoil == "pipe":
        os.mkfifo(path, 0o600)
    else:
        path.write_text({"empty": "", "readable": "AAAAAAAA\n", "letters": "AAAA!AAA\n"}[spoil])
        path.chmod(0o644 if spoil == "readable" else 0o600)
    assert setup_code.setup_code(folders[1]) is None
    setup_code.offer(folders[1])
    assert setup_code.setup_code(folders[1]) not in {None, "AAAA-AAAA"}
    assert elsewhere.read_text() == "AAAAAAAA\n"


def test_guessing_the_code_is_hopeless(accounts: Accounts) -> None:
    judged = 0
    for number in range(1000):
        with contextlib.suppress(TooManyTriesError):
            assert accounts.set_up(f"{number:08}", PIN) is None
            judged += 1
    assert judged == 3


def test_two_set_ups_at_once_make_one_technician(folders: tuple[Path, Path], clock: Clock) -> None:
    workers = [Accounts(*folders, QUICK, clock) for _ in range(2)]
    workers[0].prepare()
    code = setup_code.setup_code(folders[1]) or ""
    together = threading.Barrier(2)

    def set_up(number: int) -> bool:
        together.wait()
        try:
            return workers[number].set_up(code, (PIN, OTHER)[number]) is not None
        except SetUpClosedError:
            return False

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(set_up, range(2)))
    assert sorted(done) == [False, True]
    assert logged_in(workers[0], Role.TECHNICIAN, (PIN, OTHER)[done.index(True)])
    for worker in workers:
        worker.release()


def test_technician_is_never_closed(village: Accounts) -> None:
    with pytest.raises(ValueError, match="technician"):
        village.close(Role.TECHNICIAN)


# --- the file


def _hash_of(state: Path, role: Role) -> str:
    with contextlib.closing(sqlite3.connect(state / "accounts.sqlite")) as database:
        return str(database.execute("select hash from accounts where role = ?", (role.value,)).fetchone()[0])


def test_only_its_owner_may_read_the_file(village: Accounts, folders: tuple[Path, Path], clock: Clock) -> None:
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folders[0].iterdir()} == dict.fromkeys(
        ("accounts.sqlite", "accounts.sqlite-wal", "accounts.sqlite-shm", "accounts.turn"), "0o600"
    )
    village.release()
    (folders[0] / "accounts.sqlite").chmod(0o644)
    logged_in(village)
    assert stat.S_IMODE((folders[0] / "accounts.sqlite").stat().st_mode) == 0o600


def test_changes_are_on_the_card_before_they_count(village: Accounts) -> None:
    with file_of(village).reading() as ledger:
        assert ledger.database.execute("pragma journal_mode").fetchone() == ("wal",)
        assert ledger.database.execute("pragma synchronous").fetchone() == (2,)


def test_many_processes_make_one_file(folders: tuple[Path, Path], clock: Clock) -> None:
    workers = [Accounts(*folders, QUICK, clock) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda worker: worker.prepare(), workers))
    workers[0].set_pin(HEAD, PIN)
    assert all(worker.has_pin(HEAD) for worker in workers)
    for worker in workers:
        worker.release()


def spoilt(name: str, data: bytes) -> bytes:
    return {
        "garbage": b"not a database at all" * 500,
        "text": b"hello",
        "cut": data[: len(data) // 2],
        "header": b"\0" * 100 + data[100:],
        "pages": data[:4096] + b"\xff" * (len(data) - 4096),
    }[name]


@pytest.mark.parametrize("name", ["garbage", "text", "cut", "header", "pages"])
def test_damaged_file_lets_nobody_in_and_is_kept(
    village: Accounts, folders: tuple[Path, Path], clock: Clock, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    session = logged_in(village).session
    village.release()
    path = folders[0] / "accounts.sqlite"
    data = spoilt(name, path.read_bytes())
    path.write_bytes(data)
    with pytest.raises(AccountsDamagedError) as caught:
        village.log_in(HEAD.value, PIN)
    assert "set-up code" in caught.value.hint
    assert (folders[0] / "accounts.sqlite.damaged-1").read_bytes()[:50] == data[:50]
    assert "accounts.sqlite.damaged-1" in caplog.text
    # From here on it is a new hub: nobody is known, and the set-up code is asked for.
    assert village.was_damaged()
    assert village.role_of(session) is None
    assert village.log_in(HEAD.value, PIN) is None
    assert not village.is_set_up()
    assert village.set_up(setup_code.setup_code(folders[1]) or "", OTHER) is not None


def test_file_damaged_while_in_use_is_put_aside_once_by_all_processes(
    village: Accounts, folders: tuple[Path, Path], clock: Clock
) -> None:
    other = Accounts(*folders, QUICK, clock)
    session = logged_in(other).session
    path = folders[0] / "accounts.sqlite"
    with file_of(village).reading() as ledger:
        ledger.database.execute("pragma wal_checkpoint(truncate)")
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(b"\xff" * len(data))
    refused = 0
    for worker in (village, other, village, other):
        try:
            assert worker.role_of(session) is None
        except AccountsDamagedError:
            refused += 1
    assert refused
    assert [kept.name for kept in folders[0].glob("*.damaged-?")] == ["accounts.sqlite.damaged-1"]
    assert not other.is_set_up()
    code = setup_code.setup_code(folders[1])
    assert village.set_up(code or "", PIN) is not None
    assert other.is_set_up()
    other.release()
    assert village.is_set_up()
    assert logged_in(village, Role.TECHNICIAN, PIN)


def test_any_flipped_byte_lets_nobody_in_with_a_wrong_pin(
    village: Accounts, folders: tuple[Path, Path], clock: Clock
) -> None:
    logged_in(village)
    village.release()
    path = folders[0] / "accounts.sqlite"
    whole = path.read_bytes()
    for position in range(0, len(whole), 97):
        for leftover in folders[0].iterdir():
            leftover.unlink()
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x5A]) + whole[position + 1 :])
        worker = Accounts(*folders, QUICK, clock)
        with contextlib.suppress(AccountsUnavailableError, TooManyTriesError):
            assert worker.log_in(HEAD.value, OTHER) is None
            assert worker.role_of("x") is None
        worker.release()


def test_damaged_files_do_not_fill_the_card(folders: tuple[Path, Path], clock: Clock) -> None:
    worker = Accounts(*folders, QUICK, clock)
    for _ in range(MOST_DAMAGED_KEPT + 5):
        (folders[0] / "accounts.sqlite").write_bytes(b"broken" * 100)
        worker.prepare()
        assert not worker.is_set_up()
        worker.release()
    assert len(list(folders[0].glob("*.damaged-?"))) == MOST_DAMAGED_KEPT


def test_hash_that_cannot_be_read_counts_as_none(village: Accounts) -> None:
    with file_of(village).writing() as ledger:
        ledger.database.execute("update accounts set hash = ?", ("$argon2id$v=19$garbage",))
    assert village.log_in(HEAD.value, PIN) is None
    assert not village.is_set_up()


def test_file_taken_away_is_noticed(village: Accounts, folders: tuple[Path, Path]) -> None:
    session = logged_in(village).session
    (folders[0] / "accounts.sqlite").unlink()
    assert village.role_of(session) is None
    assert not village.is_set_up()


def test_leftovers_of_an_old_file_do_not_come_back(village: Accounts, folders: tuple[Path, Path], clock: Clock) -> None:
    logged_in(village)
    log = folders[0] / "accounts.sqlite-wal"
    kept = log.read_bytes()
    village.release()
    (folders[0] / "accounts.sqlite").unlink()
    log.write_bytes(kept)
    assert not village.is_set_up()
    assert village.log_in(HEAD.value, PIN) is None


def test_folder_in_place_of_the_file(folders: tuple[Path, Path], clock: Clock) -> None:
    (folders[0] / "accounts.sqlite").mkdir(0o700)
    worker = Accounts(*folders, QUICK, clock)
    worker.prepare()
    with pytest.raises(AccountsUnavailableError):
        worker.log_in(HEAD.value, PIN)


def test_file_of_another_make_is_left_alone(folders: tuple[Path, Path], clock: Clock) -> None:
    path = folders[0] / "accounts.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("create table accounts (something text)")
    worker = Accounts(*folders, QUICK, clock)
    with pytest.raises(AccountsUnavailableError):
        worker.log_in(HEAD.value, PIN)
    assert path.exists()
    worker.release()


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only for this process, also when root runs the tests."""
    folder.chmod(0o555)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach, unlike those of `tmp_path`."""
    folder = Path(tempfile.mkdtemp(prefix="accounts-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_read_only_state_folder_lets_nobody_in_and_says_why(
    open_folder: Path, folders: tuple[Path, Path], clock: Clock
) -> None:
    worker = Accounts(open_folder, folders[1], QUICK, clock)
    with read_only(open_folder):
        worker.prepare()
        with pytest.raises(AccountsUnavailableError, match="cannot be used") as caught:
            worker.log_in(HEAD.value, PIN)
    assert "read-only" in caught.value.hint
    assert list(open_folder.iterdir()) == []


def test_card_that_turns_read_only_lets_nobody_guess(village: Accounts) -> None:
    session = logged_in(village).session
    with file_of(village).reading() as ledger:
        ledger.database.execute("pragma query_only = on")
    with pytest.raises(AccountsUnavailableError):
        village.log_in(HEAD.value, PIN)
    assert village.role_of(session) is HEAD


def test_use_of_a_session_on_a_read_only_card_goes_on(village: Accounts, clock: Clock) -> None:
    session = logged_in(village).session
    clock.pass_s(sessions.TOUCH_S + 1)
    with file_of(village).reading() as ledger:
        ledger.database.execute("pragma query_only = on")
    assert village.role_of(session) is HEAD


def test_run_folder_that_cannot_be_written(folders: tuple[Path, Path], clock: Clock) -> None:
    folders[1].rmdir()
    folders[1].write_text("a file")
    worker = Accounts(*folders, QUICK, clock)
    worker.prepare()
    with pytest.raises(AccountsUnavailableError, match="set-up code"):
        worker.is_set_up()
    worker.release()
