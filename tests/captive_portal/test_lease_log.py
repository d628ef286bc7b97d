"""A sealed log can be read with the owner's key only, holds what it should, and goes on time, whatever clocks say."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from captive_portal.config import RetentionConfig
from captive_portal.lease_log import Archive, LeaseLog, LeaseLogError, SealedFile, outdated, witness_for
from captive_portal.phones import Phone
from captive_portal.pretend import HandClock

ANNA = Phone("02:00:00:00:00:0a", "10.10.10.20")
BINH = Phone("02:00:00:00:00:0b", "10.10.10.21")
OWNER = pyrage.x25519.Identity.generate()
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def write(path: Path, data: bytes, mode: int | None = None) -> None:
    path.write_bytes(data)
    path.chmod(mode or 0o644)


def log_in(folder: Path, clock: HandClock, keep_days: int = 90) -> LeaseLog:
    return LeaseLog(str(OWNER.to_public()), folder, keep_days, clock, write)


def opened(path: Path) -> list[str]:
    return pyrage.decrypt(path.read_bytes(), [OWNER]).decode().splitlines()  # type: ignore[no-any-return]  # pyrage says no types


def live(log: LeaseLog, clock: HandClock, seconds: int, *phones: Phone) -> None:
    for _ in range(seconds):
        clock.pass_time(1)
        log.note(frozenset(phones))


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW.timestamp())


def test_by_default_nothing_at_all_is_written(tmp_path: Path, clock: HandClock) -> None:
    assert witness_for(RetentionConfig(), tmp_path / "lease-log", clock, write) is None
    assert list(tmp_path.iterdir()) == []


def test_who_was_where_is_sealed_every_ten_minutes(tmp_path: Path, clock: HandClock) -> None:
    folder = tmp_path / "lease-log"
    log = log_in(folder, clock)
    live(log, clock, 100, ANNA)
    live(log, clock, 499, ANNA, BINH)
    assert not folder.exists()
    live(log, clock, 1, BINH)
    (path,) = folder.iterdir()
    assert path.name == "20261124T081000Z-000001.age"
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert opened(path) == [
        "# first heard\tlast heard\tdevice\taddress",
        "2026-11-24T08:00:01Z\t2026-11-24T08:09:59Z\t02:00:00:00:00:0a\t10.10.10.20",
        "2026-11-24T08:01:41Z\t2026-11-24T08:10:00Z\t02:00:00:00:00:0b\t10.10.10.21",
    ]
    live(log, clock, 5, ANNA)
    log.close()
    log.close()
    assert [path.name[-10:] for path in sorted(folder.iterdir())] == ["000001.age", "000002.age"]


def test_only_the_owner_can_read_it(tmp_path: Path, clock: HandClock) -> None:
    log = log_in(tmp_path, clock)
    live(log, clock, 1, ANNA)
    log.seal()
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    assert content.startswith(b"age-encryption.org/v1\n")
    assert ANNA.mac.encode() not in content
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(content, [pyrage.x25519.Identity.generate()])


def test_an_empty_house_leaves_no_file(tmp_path: Path, clock: HandClock) -> None:
    log = log_in(tmp_path, clock)
    live(log, clock, 1300)
    assert list(tmp_path.iterdir()) == []


def test_a_clock_that_is_set_meanwhile_sets_the_times_right(tmp_path: Path, clock: HandClock) -> None:
    clock.wall_s = 100.0
    log = log_in(tmp_path, clock)
    live(log, clock, 60, ANNA)
    clock.wall_s = NOW.timestamp()
    log.seal()
    (path,) = tmp_path.iterdir()
    assert opened(path)[1].startswith("2026-11-24T07:59:01Z\t2026-11-24T08:00:00Z")


@pytest.mark.parametrize("wall_s", [0.0, 5.0, -1e9, 1e30])
def test_an_impossible_clock_stops_nothing(tmp_path: Path, clock: HandClock, wall_s: float) -> None:
    clock.wall_s = wall_s
    log = log_in(tmp_path, clock)
    live(log, clock, 60, ANNA)
    log.seal()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_card_costs_nothing_that_fits_into_memory(
    tmp_path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    full = True

    def sometimes(path: Path, data: bytes, mode: int | None = None) -> None:
        if full:
            raise OSError(28, "No space left on device")
        write(path, data, mode)

    log = LeaseLog(str(OWNER.to_public()), tmp_path, 90, clock, sometimes)
    with caplog.at_level(logging.INFO, "captive_portal"):
        live(log, clock, 1250, ANNA)
        full = False
        live(log, clock, 600, BINH)
    (path,) = tmp_path.iterdir()
    assert [line.split("\t")[2] for line in opened(path)[1:]] == [ANNA.mac, BINH.mac]
    assert len(caplog.messages) == 2


def test_invented_phones_have_an_end(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captive_portal.lease_log.MOST_ENTRIES", 10)
    log = log_in(tmp_path, clock)
    live(log, clock, 1, *(Phone(f"02:00:00:00:00:{number:02x}", "10.10.10.9") for number in range(40)))
    log.seal()
    (path,) = tmp_path.iterdir()
    assert len(opened(path)) == 11


def test_a_key_with_a_slip_is_refused(tmp_path: Path, clock: HandClock) -> None:
    key = str(OWNER.to_public())
    slipped = key[:-1] + ("q" if key[-1] != "q" else "p")
    with pytest.raises(LeaseLogError, match="public_key") as refused:
        LeaseLog(slipped, tmp_path, 90, clock, write)
    assert refused.value.hint


def files(*dates: str) -> list[SealedFile]:
    return [
        SealedFile(n, datetime.fromisoformat(date).replace(tzinfo=UTC), Path(str(n))) for n, date in enumerate(dates)
    ]


@pytest.mark.parametrize(
    ("dates", "gone"),
    [
        (["2026-08-01", "2026-08-27", "2026-11-24"], {0}),
        (["2026-11-23", "1970-01-01", "1970-01-02"], set()),
        (["1970-01-01", "1970-01-02"], set()),
        (["1970-01-01", "2026-11-24"], set()),
        (["1970-01-01", "2026-05-01", "2026-11-24"], {0, 1}),
        (["2099-01-01", "2026-05-01", "2026-11-24"], {0, 1}),
        (["2026-05-01", "2099-01-01", "2026-11-24"], {0, 1}),
        (["2026-11-20", "2026-06-01"], set()),
        ([], set()),
    ],
)
def test_age_is_judged_by_neighbours_for_a_clock_may_have_been_wrong(dates: list[str], gone: set[int]) -> None:
    assert outdated(files(*dates), NOW, timedelta(days=90)) == gone


def test_a_clock_that_is_wrong_now_removes_nothing(tmp_path: Path, clock: HandClock) -> None:
    recent, old = tmp_path / "20261120T000000Z-000002.age", tmp_path / "20260101T000000Z-000001.age"
    for path in (recent, old, tmp_path / "notes.txt"):
        path.write_text("sealed")
    clock.wall_s = 0.0
    archive = Archive(tmp_path, 90, clock)
    for _ in range(5):
        archive.note(frozenset())
        clock.pass_time(3601)
    assert old.exists()
    clock.wall_s = datetime(2099, 1, 1, tzinfo=UTC).timestamp()
    archive.note(frozenset())
    assert recent.exists()
    clock.running_s += 3601
    clock.wall_s = NOW.timestamp()
    archive.note(frozenset())
    assert (recent.exists(), old.exists()) == (True, False)
    assert (tmp_path / "notes.txt").exists()


def test_what_was_sealed_earlier_goes_on_time_even_when_nothing_is_sealed_any_more(
    tmp_path: Path, clock: HandClock
) -> None:
    log = log_in(tmp_path, clock)
    live(log, clock, 1, ANNA)
    log.close()
    clock.pass_time(91 * 86_400)
    witness = witness_for(RetentionConfig(), tmp_path, clock, write)
    assert witness is not None
    for _ in range(3):
        witness.note(frozenset({ANNA}))
        clock.pass_time(3601)
    assert list(tmp_path.iterdir()) == []


def test_room_on_the_card_has_an_end_and_the_oldest_go_first(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captive_portal.lease_log.MOST_BYTES", 2000)
    for number in range(1, 6):
        (tmp_path / f"20261120T00000{number}Z-00000{number}.age").write_bytes(b"x" * 900)
    archive = Archive(tmp_path, 90, clock)
    archive.note(frozenset())
    assert [file.number for file in archive.files()] == [4, 5]


def test_numbers_go_on_after_a_restart(tmp_path: Path, clock: HandClock) -> None:
    for _ in range(2):
        log = log_in(tmp_path, clock)
        live(log, clock, 1, ANNA)
        log.close()
    assert sorted(path.name[-10:-4] for path in tmp_path.iterdir()) == ["000001", "000002"]


def test_settings_choose(tmp_path: Path, clock: HandClock) -> None:
    sealed = RetentionConfig(lease_log="sealed", public_key=str(OWNER.to_public()))
    assert isinstance(witness_for(sealed, tmp_path, clock, write), LeaseLog)
