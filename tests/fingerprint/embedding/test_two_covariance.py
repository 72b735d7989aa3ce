"""Scores against the two Gaussian densities written out; covariances against those of the draws."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from micfp.errors import MicfpError
from micfp.fingerprint.embedding.two_covariance import (
    LEVEL_VARIANCE_DB2,
    TwoCovariance,
    Within,
    aligned,
    blended,
    covariance,
    fit_two_covariance,
    label_means,
    pair_score,
    positive,
)

N = 5
DEFAULTS = {"shrinkage": 0.03, "prior_share": 0.1, "content_by_time": True}


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


MATRICES = (_covariance(8, 3.0), _covariance(9, 5.0))


@pytest.mark.parametrize("kappa", [0.0, 0.5])
@pytest.mark.parametrize("bands", [[True] * 5, [True, False, True, True, False]])
def test_score_is_the_ratio_of_two_densities(kappa: float, bands: list[bool]) -> None:
    chosen = np.array(bands)
    within = Within(copies=2.0, sessions=0.5, kappa=kappa)
    form = pair_score(MODEL, within, chosen, 3.0, 0.5)
    rng = np.random.default_rng(5)
    a, b = 3 * rng.standard_normal((2, int(chosen.sum())))

    on = np.ix_(chosen, chosen)
    fixed = 2 * MODEL.copies[on] + 0.5 * MODEL.sessions[on] + LEVEL_VARIANCE_DB2
    w_a, w_b = fixed + MODEL.content[on] / 3, fixed + MODEL.content[on] / 0.5
    between = MODEL.between[on]
    total = (1 + kappa) * between

    def log_density(cross: np.ndarray) -> float:
        whole = np.block([[total + w_a, cross], [cross, total + w_b]])
        return float(multivariate_normal(np.zeros(len(whole)), whole).logpdf(np.hstack([a, b])))

    expected = log_density(total) - log_density(kappa * between)
    assert form(a[None], b[None])[0, 0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("kappa", [0.0, 1.0])
def test_nearly_singular_covariances_keep_score_and_symmetry(kappa: float) -> None:
    """Bands that move as one: between devices all by 9 dB^2 and each by 0.001 dB^2."""
    small = 1e-3 * np.eye(N)
    model = TwoCovariance(np.zeros(N), np.full((N, N), 9.0) + small, small, small, small)
    form = pair_score(model, Within(kappa=kappa), np.ones(N, bool), 20.0, 20.0)
    rng = np.random.default_rng(5)
    a, b = np.sqrt(1e-3) * rng.standard_normal((2, 6, N))
    scores = form(a, b)
    assert form(b, a) == pytest.approx(scores.T, abs=1e-6)
    # By differences of neighbours, in which level and common part cancel, all is of one size: the
    # score of 4 differences is that of 5 bands but for the common part, which says next to nothing.
    d = np.diff(np.eye(N), axis=0)
    within = 2 * small + small / 20
    total, shared = (1 + kappa) * small + within, (1 + kappa) * small

    def log_density(x: np.ndarray, cross: np.ndarray) -> float:
        own, other = d @ total @ d.T, d @ cross @ d.T
        whole = np.block([[own, other], [other, own]])
        return float(multivariate_normal(np.zeros(len(whole)), whole).logpdf(x))

    for i in range(6):
        x = np.hstack([d @ a[i], d @ b[i]])
        expected = log_density(x, shared) - log_density(x, kappa * small)
        assert scores[i, i] == pytest.approx(expected, abs=1e-3)


def test_level_says_nothing() -> None:
    form = pair_score(MODEL, Within(), np.ones(N, bool), 1.0, 1.0)
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((2, 1, N))
    # 1e4 dB^2 of level: 6 dB move the score by some 36 / 2e4.
    assert form(a + 6, b)[0, 0] == pytest.approx(form(a, b)[0, 0], abs=0.02)


def test_more_speech_says_more() -> None:
    form = {s: pair_score(MODEL, Within(), np.ones(N, bool), s, s) for s in (0.1, 10.0)}
    far = np.array([[6.0, -6, 6, -6, 6]])
    assert form[10.0](far, far)[0, 0] > form[0.1](far, far)[0, 0] > 0
    assert form[10.0](far, -far)[0, 0] < form[0.1](far, -far)[0, 0] < 0


def test_fit_finds_the_covariances_that_data_were_drawn_from() -> None:
    rng = np.random.default_rng(7)
    n_devices, n_recordings, n_pieces = 400, 3, 4
    sd = {"between": 5.0, "sessions": 2.0, "copies": 1.0, "content": 3.0}
    rows, devices, recordings, copies = [], [], [], []
    for device in range(n_devices):
        y = sd["between"] * rng.standard_normal(N)
        for recording in range(n_recordings):
            x = y + sd["sessions"] * rng.standard_normal(N)
            content = sd["content"] * rng.standard_normal((n_pieces, N))
            for copy in range(3):
                shift = sd["copies"] * rng.standard_normal(N) * (copy > 0)
                rows += list(x + shift + content)
                devices += [device] * n_pieces
                recordings += [device * n_recordings + recording] * n_pieces
                copies += [copy] * n_pieces
    data = np.array(rows, np.float32)
    found = fit_two_covariance(
        data,
        np.array(devices),
        np.array(recordings),
        np.array(copies),
        np.full(len(data), 1.0),
        **DEFAULTS,
    )

    def spread(matrix: np.ndarray) -> float:
        # A difference of two bands: the medians that are taken off cancel in it.
        d = np.array([1, -1, 0, 0, 0]) / np.sqrt(2)
        return float(np.sqrt(d @ matrix @ d))

    assert spread(found.content) == pytest.approx(3, rel=0.1)
    # Pieces of 1 s: four of them are content of 4 s.
    assert spread(found.sessions) == pytest.approx(np.sqrt(4 + 9 / 4), rel=0.1)
    # Copies 1 and 2 of 3 are shifted: about their mean, 2 of 3 parts of the variance are left.
    assert spread(found.copies) == pytest.approx(np.sqrt(2 / 3), rel=0.35)
    assert spread(found.between) == pytest.approx(5, rel=0.15)


# Two devices, a recording each with two pieces and a narrow copy of both: medians are 0.
SHAPE, SAID, SHIFT = np.array([3.0, 0, -3]), np.array([1.0, 0, 1]), np.array([0.5, 0, -0.5])


def _three_bands(**changed: object) -> TwoCovariance:
    rows = [
        sign * (SHAPE + copy * SHIFT) + said * SAID
        for sign in (1, -1)
        for copy in (-1, 1)
        for said in (-1, 1)
    ]
    device = np.repeat([0, 1], 4)
    return fit_two_covariance(
        np.array(rows, np.float32),
        device,
        device,
        np.tile([0, 0, 1, 1], 2),
        np.full(8, 4.0),
        **(DEFAULTS | changed),
    )


def test_share_of_the_prior_by_hand() -> None:
    # Means of devices are +-[3, 0, -3]; the prior between bands 0 and 2 is 3 * 3 exp(-2 / 6).
    prior = 9 * np.exp(-1 / 3)
    for share in (0.0, 0.1, 1.0):
        between = _three_bands(prior_share=share).between
        assert between[0, 0] == pytest.approx(9, abs=0.01)
        assert between[0, 2] == pytest.approx((1 - share) * -9 + share * prior, abs=0.01)


def test_shrinkage_takes_from_what_bands_have_in_common() -> None:
    for share in (0.0, 0.03, 1.0):
        found = _three_bands(shrinkage=share)
        # About the mean of both copies each is +-[0.5, 0, -0.5].
        assert found.copies[0, 0] == pytest.approx(0.25, abs=0.01)
        assert found.copies[0, 2] == pytest.approx(-0.25 * (1 - share), abs=0.01)
        # Pieces are +-[1, 0, 1] about theirs; 8 pieces with 4 means (2), of 4 s each.
        assert found.content[0, 0] == pytest.approx(1 * 2 * 4, abs=0.01)
        assert found.content[0, 2] == pytest.approx(8 * (1 - share), abs=0.01)


def test_content_of_any_time_is_not_made_that_of_a_second() -> None:
    # As above without the 4 s.
    assert _three_bands(content_by_time=False).content[0, 0] == pytest.approx(2, abs=0.01)


def test_bands_that_nobody_has_are_said_and_not_learned() -> None:
    numbers = np.repeat([0, 1], 4)
    data = np.random.default_rng(8).standard_normal((8, N)).astype(np.float32)
    data[:, 3:] = np.nan
    with pytest.raises(MicfpError, match="nothing can be learned of 2 of 5 bands"):
        fit_two_covariance(data, numbers, numbers, np.tile([0, 0, 1, 1], 2), np.ones(8), **DEFAULTS)


@pytest.mark.filterwarnings("error")
def test_pieces_without_any_band_leave_the_fit_finite() -> None:
    numbers = np.repeat([0, 1], 4)
    copies = np.tile([0, 0, 1, 1], 2)
    data = np.random.default_rng(9).standard_normal((8, N)).astype(np.float32)
    data[3:5] = np.nan
    found = fit_two_covariance(data, numbers, numbers, copies, np.ones(8), **DEFAULTS)
    assert all(np.isfinite(one).all() for one in vars(found).values())


def test_missing_bands_are_left_out_of_means_and_covariances() -> None:
    data = np.array([[1, 2], [3, np.nan], [5, 6]])
    assert label_means(data, np.array([0, 0, 1])).tolist() == [[2, 2], [5, 6]]
    # Only rows with both bands: (1 * 2 + 5 * 6) / 2 = 16.
    assert covariance(np.array([[1, 2], [3, np.nan], [5, 6.0]]))[0, 1] == pytest.approx(16, abs=0.5)
    assert np.linalg.eigvalsh(positive(np.array([[1.0, 2], [2, 1]])))[0] > 0


def test_outliers_become_what_the_other_bands_let_expect() -> None:
    total = np.full((N, N), 8.0) + 2 * np.eye(N)
    model = TwoCovariance(
        np.zeros(N), total / 2, total / 4, np.eye(N), total / 4
    )  # between + copies + content = total, sd sqrt(10) = 3.2
    vector = np.array([[1.0, 1, 1, 1, -40]], np.float32)
    found = aligned(model, vector, 3.0)
    # The median is 1; of four zeros the conditional mean is 0.
    assert found[0].tolist() == pytest.approx([0, 0, 0, 0, 0])
    assert aligned(model, vector, None)[0].tolist() == [0, 0, 0, 0, -41]
    # 41 is 12.97 of sqrt(10).
    assert aligned(model, vector, 13.0)[0].tolist() == [0, 0, 0, 0, -41]
    missing = aligned(model, np.array([[1, np.nan, 1, 1, 2]], np.float32), 3.0)
    assert np.isnan(missing[0, 1])
    assert missing[0, 4] == 1


def test_a_blend_lies_between_with_the_mean_of_ones_own() -> None:
    own = TwoCovariance(MODEL.mean + 1, *(2 * m for m in (MODEL.between, MODEL.copies)), *MATRICES)
    found = blended(MODEL, own, 0.25)
    assert found.mean.tolist() == own.mean.tolist()
    # 0.75 + 0.25 * 2 = 1.25 of the population's.
    assert found.between == pytest.approx(1.25 * MODEL.between)
    assert found.sessions == pytest.approx(0.75 * MODEL.sessions + 0.25 * MATRICES[0])
    assert blended(MODEL, own, 0).content == pytest.approx(MODEL.content)


def test_recordings_of_one_piece_each_are_said_whatever_copies_there_are() -> None:
    vectors = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    recordings, copies = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    for n in (6, 0):
        with pytest.raises(MicfpError, match="no recording has two pieces of 1 s"):
            fit_two_covariance(
                vectors[:n], recordings[:n], recordings[:n], copies[:n], np.ones(n), **DEFAULTS
            )
