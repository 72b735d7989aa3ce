import numpy as np
import pytest

from micfp.casework.scan.tracks.offset import offset, steps

RATE_HZ = 8000


def noise(seconds: int) -> np.ndarray:
    return 0.02 * np.random.default_rng(6).normal(size=seconds * RATE_HZ)


def test_a_step_of_the_offset_is_found() -> None:
    # 0.1 s of this noise have a mean of 0.02 / sqrt(800) = 0.0007; a step of 0.004 is 5.7 times it.
    x = noise(30)
    assert offset(x.astype(np.float32), RATE_HZ).changes == ()
    x[12 * RATE_HZ :] += 0.004
    track = offset(x.astype(np.float32), RATE_HZ)
    assert [change.time_s for change in track.changes] == [pytest.approx(12, abs=1)]
    assert track.values[200:].mean() == pytest.approx(0.004, abs=3e-4)


def test_errors_are_those_of_a_median() -> None:
    rng = np.random.default_rng(1)
    _, _, errors = steps(rng.normal(size=20_000))
    # Absolute normal values have a median of 0.67.
    assert np.median(errors[100:-100]) == pytest.approx(0.67, abs=0.15)


def test_less_than_half_a_step_of_16_bits_is_nothing() -> None:
    x = np.zeros(20 * RATE_HZ, np.float32)
    x[10 * RATE_HZ :] = 1e-5
    assert offset(x, RATE_HZ).changes == ()


def test_a_short_recording() -> None:
    assert (
        offset(np.zeros(RATE_HZ, np.float32), RATE_HZ).unseen
        == "The recording is shorter than 3 s."
    )
