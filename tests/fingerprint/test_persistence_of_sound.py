"""Persistence by hand: lines that stay, that move, and noise."""

import numpy as np
import pytest

from micfp.fingerprint.persistence import persistence


def partials(turns: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(1, 20)[:, None] * turns).sum(axis=0).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_a_note_that_is_held_stays_alike(rate_hz: int) -> None:
    turns = 196 * np.arange(2 * rate_hz) / rate_hz
    assert persistence(partials(turns), rate_hz) > 0.95


@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_a_pitch_that_glides_does_not(rate_hz: int) -> None:
    time_s = np.arange(2 * rate_hz) / rate_hz
    # An octave in 2 s from 120 Hz: after 0.19 s the fifth harmonic has moved by 7 %, 40 Hz.
    turns = 120 * 2 / np.log(2) * (2 ** (time_s / 2) - 1)
    assert persistence(partials(turns), rate_hz) < 0.3


def test_of_noise_frames_that_do_not_overlap_have_nothing_in_common() -> None:
    noise = np.random.default_rng(1).standard_normal(10 * 16_000).astype(np.float32)
    # 154 independent bins: the sd of a correlation is 0.08, that of the median of 150 less.
    assert persistence(noise, 16_000) == pytest.approx(0, abs=0.04)


def test_the_median_over_time() -> None:
    noise = np.random.default_rng(2).standard_normal(16_000).astype(np.float32)
    note = partials(196 * np.arange(16_000) / 8000)
    # A third of the time is noise.
    assert persistence(np.concatenate([note, noise[:8000]]), 8000) > 0.9
    assert persistence(np.concatenate([note[:8000], noise]), 8000) < 0.2


@pytest.mark.parametrize("n", [1, 2000, 16_000])
def test_silence_has_none(n: int) -> None:
    assert persistence(np.zeros(n, np.float32), 8000) == 0
