"""Filters, distortion, dither and convolution against theory and scipy."""

import numpy as np
import pytest
from scipy.signal import fftconvolve

from micfp.bench.chain import convolve, digitise, distort, pascal
from micfp.bench.curves import (
    a_weighting_db,
    bin_frequencies,
    curve_db,
    log_grid,
    minimum_phase,
    unit_deviations,
)
from micfp.config.bench import AdcConfig, BenchConfig


def test_minimum_phase_of_a_one_pole_filter_is_its_impulse_response() -> None:
    # |1 / (1 - 0.9 z^-1)| belongs to the minimum-phase response 0.9^n.
    frequency = bin_frequencies(1024, 1) * 2 * np.pi
    taps = minimum_phase(1 / np.abs(1 - 0.9 * np.exp(-1j * frequency)))
    assert np.allclose(taps[:200], 0.9 ** np.arange(200), atol=1e-9)


def test_curve_goes_through_its_points_without_overshoot() -> None:
    points = BenchConfig().microphones[0].response_db
    known_hz, known_db = np.array(points).T
    assert np.allclose(curve_db(points, known_hz), known_db)
    between = curve_db(points, np.geomspace(1, 40_000, 2000))
    assert between.max() == pytest.approx(known_db.max(), abs=1e-3)
    assert between[0] == known_db[0]
    assert between[-1] == known_db[-1]


def test_a_weighting_is_the_standards_table() -> None:
    # IEC 61672-1, table 3, at the exact frequencies 1000 * 10^(n/10).
    frequency_hz = 1000 * 10.0 ** np.array([-1.5, -1.0, 0.0, 0.5, 1.0])
    assert np.allclose(a_weighting_db(frequency_hz), [-39.4, -19.1, 0.0, 1.2, -2.5], atol=0.4)
    assert a_weighting_db([1000.0])[0] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("n_units", [2, 5])
def test_unit_deviations_differ_by_their_rms(n_units: int) -> None:
    curves = unit_deviations(n_units, 0.6, 1.0, np.random.default_rng(3))
    assert curves.shape == (n_units, len(log_grid()))
    pairs = [np.mean((curves[i] - curves[j]) ** 2) for i in range(n_units) for j in range(i)]
    assert np.sqrt(np.mean(pairs)) == pytest.approx(0.6, rel=1e-9)
    assert np.allclose(curves.mean(axis=1), 0)  # no difference of level
    assert np.all(unit_deviations(1, 0.6, 1.0, np.random.default_rng(3)) == 0)


def test_convolve_is_scipys() -> None:
    rng = np.random.default_rng(1)
    signals = rng.standard_normal((2, 5000), dtype=np.float32)
    filters = rng.standard_normal((3, 2, 301))
    for n_samples in (5000, 100):
        outputs = convolve(signals[:, :n_samples], filters)
        for output, pair in zip(outputs, filters, strict=True):
            wanted = sum(
                fftconvolve(signal[:n_samples].astype(float), taps)[:n_samples]
                for signal, taps in zip(signals, pair, strict=True)
            )
            assert np.allclose(output, wanted, atol=2e-4)


@pytest.mark.parametrize(("device", "harmonic"), [(0, 3), (4, 2)])
def test_distortion_reaches_its_thd_at_the_maximum_level(device: int, harmonic: int) -> None:
    microphone = BenchConfig().microphones[device]
    n_samples, cycles = 44_100, 1000
    sine = np.sin(2 * np.pi * cycles * np.arange(n_samples) / n_samples)

    def thd(level_db_spl: float) -> tuple[float, int]:
        tone = (np.sqrt(2) * pascal(level_db_spl) * sine).astype(np.float32)
        amplitude = np.abs(np.fft.rfft(distort(tone, microphone, 44_100).astype(float)))
        assert amplitude[0] < 1e-3 * amplitude[cycles]  # 2 * thd without the capacitor
        harmonics = amplitude[2 * cycles :: cycles]
        return float(np.sqrt(np.sum(harmonics**2)) / amplitude[cycles]), int(
            np.argmax(harmonics)
        ) + 2

    at_maximum, strongest = thd(microphone.max_spl_db)
    assert strongest == harmonic
    # A cubic also takes a little from the fundamental: 1 % becomes 1.03 %.
    assert at_maximum == pytest.approx(microphone.thd_percent / 100, rel=0.04)
    softer, _ = thd(microphone.max_spl_db - 20)
    assert softer == pytest.approx(at_maximum * 0.1 ** (harmonic - 1), rel=0.05)


def test_dither_makes_the_error_independent_of_the_signal() -> None:
    adc = AdcConfig(bit_depth=16)
    for offset_lsb in (0.0, 0.25, 0.5):
        signal = np.full(200_000, offset_lsb / 2**15, dtype=np.float32)
        codes = digitise(signal, adc, np.random.default_rng(5)) * 2**15
        assert np.array_equal(codes, np.rint(codes))
        assert np.mean(codes) == pytest.approx(offset_lsb, abs=0.005)
        assert np.var(codes) == pytest.approx(0.25, abs=0.005)  # 1/12 + 2/12


def test_converter_clips() -> None:
    codes = digitise(np.array([-2, 2], np.float32), AdcConfig(), np.random.default_rng(5)) * 2**15
    assert codes.tolist() == [-32768, 32767]
