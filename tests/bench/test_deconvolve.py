"""Known sounds divided out: the response that a recording was made through."""

import numpy as np
import pytest
from scipy.signal import firwin2, lfilter, windows

from micfp.bench.deconvolve import PEAK, RESPONSE_S, responses
from micfp.bench.stimuli import sine_sweep

RATE_HZ = 16000


def sweeps(seconds: float) -> np.ndarray:
    sweep = 0.3 * sine_sweep(50, 7500, seconds, RATE_HZ)
    return np.concatenate([sweep, np.zeros(RATE_HZ // 2), sweep, np.zeros(RATE_HZ // 2)])


def levels_db(response: np.ndarray, hz: np.ndarray) -> np.ndarray:
    spectrum = np.abs(np.fft.rfft(response, 2**15))
    return 20 * np.log10(np.interp(hz, np.fft.rfftfreq(2**15, 1 / RATE_HZ), spectrum))


HZ = np.geomspace(100, 7000, 30)


def test_the_response_of_a_filter_comes_out_whatever_the_level() -> None:
    taps = firwin2(255, [0, 500, 2000, 8000], [1.0, 1.0, 0.3, 0.6], fs=RATE_HZ)
    played = sweeps(1.5).astype(np.float32)
    recorded = (0.1 * lfilter(taps, [1], played)).astype(np.float32)
    found = responses(recorded, played, RATE_HZ, 2.0)
    assert found.dtype == np.float32
    assert len(found) == 2 * RATE_HZ * RESPONSE_S
    for one in np.split(found, 2):
        assert np.abs(one).max() == pytest.approx(PEAK)
        wanted, got = levels_db(taps, HZ), levels_db(one, HZ)
        np.testing.assert_allclose(got - got.mean(), wanted - wanted.mean(), atol=0.3)


def test_noise_that_the_sound_does_not_excite_is_not_blown_up() -> None:
    low = sine_sweep(50, 3000, 1.5, RATE_HZ) * windows.tukey(24_000, 0.2)
    played = np.concatenate([0.3 * low, np.zeros(8_000)]).astype(np.float32)
    noise = 1e-4 * np.random.default_rng(0).standard_normal(len(played))
    found = responses((played + noise).astype(np.float32), played, RATE_HZ, 2.0)
    inside, above = (levels_db(found, hz).mean() for hz in (HZ[HZ < 2000], np.array([7000.0])))
    assert above < inside - 30


def test_where_nothing_was_played_is_silence_and_half_a_block_is_left() -> None:
    played = np.concatenate([sweeps(1.5)[: 2 * RATE_HZ], np.zeros(3 * RATE_HZ)]).astype(np.float32)
    found = responses(played + np.float32(0.01), played, RATE_HZ, 2.0)
    assert len(found) == 2 * RATE_HZ  # of five seconds
    assert found[:RATE_HZ].any()
    assert not found[RATE_HZ:].any()


def test_too_short_for_a_block() -> None:
    assert len(responses(np.zeros(10, np.float32), np.zeros(10, np.float32), RATE_HZ, 1.0)) == 0
