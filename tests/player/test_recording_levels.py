"""What follows from how loud a recording is: pure rules, from numbers."""

import pytest

from player.recordings.levels import TARGET_LUFS, Cut, Measured, cut_for, read_measures


def blocks(*parts: tuple[int, float]) -> tuple[float, ...]:
    """So many tenths of a second, this loud."""
    return tuple(level for count, level in parts for _ in range(count))


def test_silence_at_both_ends_goes_up_to_a_breath() -> None:
    cut = cut_for(Measured(blocks((20, -80), (30, -26), (15, -80)), -24))
    assert cut == Cut(start_s=1.8, end_s=5.4, gain_db=TARGET_LUFS + 24)


def test_a_pause_within_stays() -> None:
    cut = cut_for(Measured(blocks((10, -26), (40, -90), (10, -26)), -24))
    assert cut is not None and (cut.start_s, cut.end_s) == (0, 6)


def test_the_tap_on_the_button_is_no_beginning() -> None:
    cut = cut_for(Measured(blocks((5, -80), (1, -10), (20, -80), (30, -26)), -24))
    assert cut is not None and cut.start_s == pytest.approx(2.4)


def test_a_quiet_recording_is_not_cut_short_and_noise_is_left_in() -> None:
    quiet = cut_for(Measured(blocks((10, -75), (10, -48), (10, -52), (10, -75)), -47))
    assert quiet is not None and (quiet.start_s, quiet.end_s) == (0.8, 3.4)
    noisy = cut_for(Measured(blocks((10, -35), (20, -20), (10, -35)), -19))
    assert noisy is not None and (noisy.start_s, noisy.end_s) == (0, 4)


def test_a_whisper_is_not_made_into_a_roar() -> None:
    cut = cut_for(Measured(blocks((20, -54)), -60))
    assert cut is not None and cut.gain_db == 30


def test_loud_ones_become_quieter() -> None:
    cut = cut_for(Measured(blocks((20, -3)), -4))
    assert cut is not None and cut.gain_db == -12


def test_too_short_for_a_loudness_goes_by_energy() -> None:
    cut = cut_for(Measured(blocks((3, -20)), -70))
    assert cut == Cut(0, 0.3, 4)


@pytest.mark.parametrize("measured", [Measured((), -70), Measured(blocks((50, -70)), -70)])
def test_nothing_to_be_heard(measured: Measured) -> None:
    assert cut_for(measured) is None


def test_what_ffmpeg_prints_is_read_and_the_rest_passed_over() -> None:
    printed = """frame:0    pts:0       pts_time:0
lavfi.r128.I=-70.000
lavfi.astats.Overall.RMS_level=-inf
frame:1    pts:4800    pts_time:0.1
lavfi.r128.I=-23.500
lavfi.r128.LRA=0
lavfi.astats.Overall.RMS_level=-24.25
lavfi.astats.Overall.RMS_level=nan
lavfi.astats.Overall.RMS_level=word
"""
    assert read_measures(printed.splitlines()) == Measured((-120, -24.25, -120, -120), -23.5)
