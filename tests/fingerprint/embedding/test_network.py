"""The network: arithmetic as torch's, blind to gain and to missing bands, and it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from micfp.config.population import PopulationConfig
from micfp.evaluation.verification import equal_error_rate
from micfp.fingerprint.embedding import network_training
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.network import N_FEATURES, Network, features, levelled
from micfp.fingerprint.embedding.network_training import NetworkSize, equalisers, train_network
from micfp.fingerprint.embedding.spectra import N_BANDS, band_centres_hz, band_edges_hz
from micfp.fingerprint.embedding.stretches import N_COPIES, STRETCHES_S, Stretches

SIZE = NetworkSize(n_hidden=24, n_dimensions=8, n_steps=10)


def _fingerprint(vectors: np.ndarray, active_s: float = 2.0) -> Fingerprint:
    return Fingerprint(vectors.astype(np.float32), active_s, 3.0, 16_000.0, 30.0)


def _fingerprints(n: int, seed: int = 1) -> list[Fingerprint]:
    rng = np.random.default_rng(seed)
    found = []
    for k in range(n):
        vectors = 4 * rng.standard_normal((4, N_BANDS))
        vectors[:, [128, 80, 100][k % 3] :] = np.nan
        found.append(_fingerprint(vectors, [5.0, 1.0][k % 2]))
    return found


def _stretches(n_devices: int, seed: int, curves: np.ndarray | None = None) -> Stretches:
    """Devices that are curves; whatever else is drawn for each stretch, with an sd of 2 dB."""
    rng = np.random.default_rng(seed)
    if curves is None:
        curves = equalisers(PopulationConfig(), n_devices, rng)
    shape = (n_devices, 2, 2, 1 + N_COPIES, len(STRETCHES_S))
    vectors = (
        2 * rng.standard_normal((*shape, 4, N_BANDS)) + curves[:, None, None, None, None, None]
    )
    return Stretches(vectors.astype(np.float32), np.ones(shape, np.float32))


@pytest.fixture(scope="module")
def network() -> Network:
    return train_network(_stretches(6, 1), PopulationConfig(), SIZE, seed=3)


def test_arithmetic_is_that_of_torch() -> None:
    """Norms are folded into weights that are kept in float16: 11 bits, of 24 terms and more."""
    torch.manual_seed(1)
    layers = network_training._layers(SIZE)
    for name in ("first_norm", "second_norm"):
        norm = layers[name]
        for one in (norm.running_mean, norm.bias):
            torch.nn.init.normal_(one)
        for one in (norm.running_var, norm.weight):
            torch.nn.init.uniform_(one, 0.5, 2.0)
    rng = np.random.default_rng(2)
    mean_db = rng.standard_normal((4, N_BANDS)).astype(np.float16)
    deviation_db = (1 + rng.random((4, N_BANDS))).astype(np.float16)
    folded = network_training._folded(layers.eval(), mean_db, deviation_db, 9.0)
    some = _fingerprints(6)
    values, present = levelled(np.array([one.vectors for one in some]))
    active_s = np.array([one.active_s for one in some])
    given = features(values, present, active_s, mean_db.astype(float), deviation_db.astype(float))
    assert given.shape == (6, N_FEATURES)
    with torch.no_grad():
        expected = network_training._forward(layers, torch.tensor(given, dtype=torch.float32))
    points = folded.points(some)
    assert points.directions == pytest.approx(expected.numpy(), abs=3e-3)
    assert folded.scores(points, points)[0, 0] == pytest.approx(9.0)
    assert folded.scores(points, points)[0, 1] == pytest.approx(
        9 * float(expected[0] @ expected[1]), abs=0.05
    )


def test_level_says_nothing_and_noise_below_speech_does() -> None:
    """Each vector less its mean over 300 to 3400 Hz; `quiet`, the last, less that of `loud`."""
    hz = band_centres_hz()
    vectors = np.zeros((1, 4, N_BANDS), np.float32)
    vectors[0] = np.array([-20, 5, 7, -60])[:, None] + np.where(hz < 300, 3, 0)
    values, present = levelled(vectors)
    assert values[0, :, -1] == pytest.approx([0, 0, 0, -40])
    assert values[0, :, 0] == pytest.approx([3, 3, 3, -37])
    assert present.all()


def test_gain_changes_no_point(network: Network) -> None:
    some = _fingerprints(3)
    louder = [replace(one, vectors=one.vectors + np.float32(37)) for one in some]
    found = network.points(louder).directions
    assert found == pytest.approx(network.points(some).directions, abs=1e-5)


def test_missing_bands_are_flags_and_nothing_else(network: Network) -> None:
    """What a band held before it went missing from any vector leaves no trace."""
    vectors = 4 * np.random.default_rng(5).standard_normal((2, 4, N_BANDS))
    vectors[1, :, :100] = vectors[0, :, :100]
    vectors[0, 2, 100:] = np.nan
    vectors[1, :, 100:] = np.nan
    points = network.points([_fingerprint(one) for one in vectors])
    assert points.directions[0] == pytest.approx(points.directions[1], abs=1e-12)
    values, present = levelled(vectors[1:].astype(np.float32))
    given = features(values, present, np.ones(1), np.full((4, 128), 9.0), np.ones((4, 128)))
    assert given[0, 4 * N_BANDS :].tolist() == [1] * 25 + [0] * 7 + [0]  # log of 1 s is 0
    assert not given[0, : 4 * N_BANDS].reshape(4, N_BANDS)[:, 100:].any()


def test_without_common_bands_a_score_says_nothing(network: Network) -> None:
    vectors = np.random.default_rng(6).standard_normal((3, 4, N_BANDS))
    vectors[0, :, 43:] = np.nan
    vectors[1, :, :40] = np.nan  # three bands in common are too few
    vectors[2] = np.nan
    points = network.points([_fingerprint(one) for one in vectors])
    scores = network.scores(points, points)
    assert (scores != 0).tolist() == [[True, False, False], [False, True, False], [False] * 3]
    assert network.points([]).directions.shape == (0, 8)


def test_the_same_seed_gives_the_same_weights(network: Network) -> None:
    again, other = (train_network(_stretches(6, 1), PopulationConfig(), SIZE, s) for s in (3, 4))
    for name, array in vars(network).items():
        assert array.dtype == np.float16
        assert np.array_equal(vars(again)[name], array)
    assert not np.array_equal(other.first, network.first)


def test_devices_that_training_never_saw_are_told_apart() -> None:
    """Of 20 unseen curves, each twice in noise of 2 dB: nearest by the trained, not by chance."""
    size = NetworkSize(n_hidden=48, n_dimensions=16, n_steps=60)
    network = train_network(_stretches(12, 1), PopulationConfig(), size, seed=1)
    unseen = _stretches(20, 2).vectors[:, 0, :, 0, 0]
    first, second = (network.points([_fingerprint(one) for one in unseen[:, k]]) for k in range(2))
    scores = network.scores(first, second)
    same = np.eye(20, dtype=bool)
    assert equal_error_rate(scores[same], scores[~same]) < 0.1


def test_views_are_of_one_device_and_mostly_of_another_sitting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Values say which device, session and speaker they are of; curves are nothing."""
    monkeypatch.setattr(network_training, "OTHER_VOICES", 0)
    monkeypatch.setattr(network_training, "WARPED", 0)
    stretches = _stretches(70, 1)
    number = np.arange(70 * 4).reshape(70, 2, 2)
    stretches.vectors[:] = number[:, :, :, None, None, None, None]
    lessons = network_training.Lessons(stretches, np.zeros((2, N_BANDS), np.float32))
    (first, _), (second, _) = lessons.batch(np.random.default_rng(1))
    assert first.shape == (128, 4, N_BANDS)
    a, b = (np.nanmax(one, axis=(1, 2)).astype(int) for one in (first, second))
    assert (a // 4 == b // 4).all()
    assert (a[:64] // 4 == a[64:] // 4).all()
    assert len(np.unique(a // 4)) == 64
    # 0.75 and a quarter of the rest: 0.81 of another session and of another speaker.
    elsewhere = (a // 2 % 2 != b // 2 % 2) & (a % 2 != b % 2)
    assert 0.7 < elsewhere.mean() < 0.9
    tops = [np.isfinite(one).all(axis=1).sum(axis=1) for one in (first, second)]
    assert set(tops[0]) <= {
        N_BANDS,
        *(int((band_edges_hz()[2:] <= hz).sum()) for hz in network_training.TOPS_HZ),
    }
    assert 0.1 < (tops[0] < N_BANDS).mean() < 0.5


def test_another_voice_is_the_difference_of_two_in_one_room() -> None:
    """Devices of 0, 100, ... dB, sessions of 0 or 10 dB: only speakers, of 0 or 1 dB, are left."""
    stretches = _stretches(5, 1)
    device, session, speaker = np.meshgrid(range(5), range(2), range(2), indexing="ij")
    number = 100 * device + 10 * session + speaker
    stretches.vectors[:] = number[:, :, :, None, None, None, None]
    stretches.vectors[0, ..., 90:] = np.nan
    lessons = network_training.Lessons(stretches, np.zeros((2, N_BANDS), np.float32))
    change = lessons._voices(400, np.random.default_rng(1))
    assert change.shape == (400, 4, N_BANDS)
    assert -1 <= change.min() < -0.9
    assert 0.9 < change.max() <= 1
    assert not change[:, :, 90:].all()
    # 0.3 of the views stay as they are.
    assert (change[:, 0, 0] == 0).mean() == pytest.approx(0.3, abs=0.07)


def test_another_speed_moves_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half as fast again: what a band holds is from 1.5 times its frequency; none beyond 16 kHz."""
    monkeypatch.setattr(network_training, "WARPED", 1)
    monkeypatch.setattr(network_training, "WARP", np.log(1.5))
    rng = type(
        "Highest", (), {"uniform": lambda *_: np.ones(1), "random": lambda *_: np.zeros(1)}
    )()
    place = network_training._warped_bands(1, rng)
    hz = band_centres_hz()
    vectors = np.broadcast_to(hz, (1, 4, N_BANDS)).astype(np.float32)
    found = network_training._at(vectors, place)[0, 2]
    beyond = 1.5 * hz > hz[-1]
    assert np.isnan(found).tolist() == beyond.tolist()
    assert found[~beyond] == pytest.approx(1.5 * hz[~beyond], rel=1e-3)
    still = network_training._at(vectors, np.arange(N_BANDS)[None].astype(float))
    assert np.array_equal(still, vectors)
