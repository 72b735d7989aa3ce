"""Log likelihoods against SciPy's density; where a device lies, by hand."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from micfp.fingerprint.closed_set.gaussians import DeviceGaussians, expected_vector
from micfp.fingerprint.embedding.two_covariance import LEVEL_VARIANCE_DB2, TwoCovariance

N = 6


def _covariance(seed: int, scale: float) -> np.ndarray:
    root = np.random.default_rng(seed).standard_normal((N, N))
    return scale * (root @ root.T / N + 0.2 * np.eye(N))


MODEL = TwoCovariance(
    np.arange(N, dtype=float),
    _covariance(1, 9.0),
    _covariance(2, 2.0),
    _covariance(3, 1.0),
    _covariance(4, 4.0),
)
EXPECTED_DB = np.random.default_rng(5).standard_normal((3, N))


@pytest.mark.parametrize("bands", [[True] * 6, [True, False, True, True, False, True]])
def test_log_likelihood_is_the_log_density(bands: list[bool]) -> None:
    there = np.array(bands)
    x = 0.5 * np.random.default_rng(6).standard_normal((4, N))
    vectors = np.where(there, MODEL.mean + x, np.nan).astype(np.float32)
    found = DeviceGaussians(MODEL, EXPECTED_DB).log_likelihoods(vectors, [2.0, 0.5, 0.5, 2.0])

    on = np.ix_(there, there)
    # Vectors are aligned with the mean by their median, which the level makes up for.
    aligned = x[:, there] - np.median(x[:, there], axis=1, keepdims=True)
    for k, seconds in enumerate([2.0, 0.5, 0.5, 2.0]):
        within = 4 * MODEL.copies + MODEL.sessions + MODEL.content / seconds + np.eye(N)
        within = within[on] + LEVEL_VARIANCE_DB2
        expected = [
            multivariate_normal(device[there], within).logpdf(aligned[k]) for device in EXPECTED_DB
        ]
        assert found[k] == pytest.approx(expected, abs=1e-3)


def test_too_few_bands_say_nothing() -> None:
    vectors = np.full((1, N), np.nan, np.float32)
    vectors[0, :3] = 0
    assert DeviceGaussians(MODEL, EXPECTED_DB).log_likelihoods(vectors, [1.0]).tolist() == [[0] * 3]


def test_level_says_nothing() -> None:
    x = MODEL.mean + np.random.default_rng(7).standard_normal((2, N))
    engine = DeviceGaussians(MODEL, EXPECTED_DB)
    quiet, loud = (
        engine.log_likelihoods((x + gain_db).astype(np.float32), [1.0, 1.0]) for gain_db in (0, 30)
    )
    assert quiet == pytest.approx(loud, abs=1e-3)


def test_a_device_lies_nearer_to_the_others_the_less_is_known_of_it() -> None:
    one = np.eye(2)
    model = TwoCovariance(np.zeros(2), 9 * one, one, one, one)
    # Nothing of (3, -3) is level: of it 9 / (9 + 1) and 9 / (9 + 9) are expected.
    mean = np.array([3.0, -3.0])
    assert expected_vector(model, mean, 1 * one) == pytest.approx([2.7, -2.7])
    assert expected_vector(model, mean, 9 * one) == pytest.approx([1.5, -1.5])


def test_a_band_that_a_device_lacks_is_what_the_others_let_expect() -> None:
    # The third band moves with the first by 0.8, and by nothing else.
    between = np.array([[10.0, 0, 8], [0, 10, 0], [8, 0, 10]])
    model = TwoCovariance(np.zeros(3), between, np.eye(3), np.eye(3), np.eye(3))
    found = expected_vector(model, np.array([2.0, -2.0, np.nan]), np.zeros((3, 3)))
    assert found == pytest.approx([2.0, -2.0, 1.6], abs=1e-6)
    nothing = expected_vector(model, np.full(3, np.nan), np.zeros((3, 3)))
    assert nothing.tolist() == [0, 0, 0]
