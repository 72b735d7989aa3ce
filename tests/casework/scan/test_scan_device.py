"""Moments at which both sides differ: windows, scores, peaks and where they lie."""

from pathlib import Path

import numpy as np
import pytest

from micfp.audio import read
from micfp.casework.scan.changes import threshold_of
from micfp.casework.scan.device import (
    HOP_FRAMES,
    WINDOW_FRAMES,
    WITHIN,
    DeviceScores,
    Scores,
    smoothed,
    time_s,
)
from micfp.casework.scan.windows import sliding
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.scoring import ScoreEngine, Scorer
from micfp.fingerprint.embedding.spectra import N_BANDS, Spectra, band_spectra
from micfp.fingerprint.embedding.vectors import VECTORS, vectors


@pytest.fixture(scope="module")
def model() -> FingerprintModel:
    return load_model(SHIPPED).model


def frames(n: int, seed: int = 0, shape_db: float = 0.0) -> Spectra:
    """Frames with levels like those of speech; every second band `shape_db` louder."""
    rng = np.random.default_rng(seed)
    level_db = -70 + 12 * rng.standard_normal((n, 1)) + 3 * rng.standard_normal((n, N_BANDS))
    level_db[:, ::2] += shape_db
    return Spectra(level_db.astype(np.float32), np.ones(N_BANDS, np.bool_))


def test_a_window_has_the_content_vector_of_its_frames(model: FingerprintModel) -> None:
    """The reference is the vector that a fingerprint of the same frames has."""
    spectra = frames(200)
    (found,) = sliding(spectra, model.content).windows(np.array([40]), 125).vectors
    reference = vectors(Spectra(spectra.level_db[40:165], spectra.present), model.content)
    np.testing.assert_allclose(found, reference[VECTORS.index("content")], atol=1e-4)


def test_bands_that_an_encoder_leaves_empty_for_a_while_do_not_count(
    model: FingerprintModel,
) -> None:
    """An eighth of the window is empty from band 120 on: 13 of 125 frames are too many."""
    spectra = frames(300)
    spectra.level_db[100:113, 120:] = -190
    recording = sliding(spectra, model.content)
    hit, beside = recording.windows(np.array([50, 150]), 125).vectors
    np.testing.assert_array_equal(np.isnan(hit), np.arange(N_BANDS) >= 120)
    assert np.isfinite(beside).all()


def test_digital_silence_has_no_score(model: FingerprintModel) -> None:
    spectra = frames(300)
    spectra.level_db[:] = -200
    recording = sliding(spectra, model.content)
    scores = DeviceScores(model.covariances["content"]).over_time(recording)
    assert not scores.score.any()
    assert len(scores.score) == (300 - 252) // HOP_FRAMES + 1


def test_a_score_is_that_of_the_two_covariance_model(model: FingerprintModel) -> None:
    """The reference is the engine that compares recordings, without imputation."""
    spectra = frames(252)
    engine = DeviceScores(model.covariances["content"])
    recording = sliding(spectra, model.content)
    (found,) = engine.over_time(recording).score
    scorer = ScoreEngine(model.covariances["content"], Scorer("content", WITHIN), None, True)
    sides = []
    for start in (0, WINDOW_FRAMES):
        windows = recording.windows(np.array([start]), WINDOW_FRAMES)
        both = np.tile(windows.vectors, (len(VECTORS), 1))
        sides.append(scorer.side([Fingerprint(both, float(windows.active_s[0]), 2, 16e3, 30)]))
    assert found == pytest.approx(-scorer.scores(*sides)[0, 0], rel=1e-3)


def test_peaks_suppress_a_whole_window_around_a_greater_one() -> None:
    """Frames 0, 6, 12 ...: the next peak may be 126 frames (21 places) away, not 120 (20)."""
    score = np.zeros(80)
    score[[10, 30, 31, 60]] = [9.0, 8.0, 7.0, 1.0]
    scores = Scores(np.arange(80) * HOP_FRAMES, score)
    assert scores.above(5.0) == [10, 31]
    assert scores.above(0.5) == [10, 31, 60]
    assert scores.above(9.0) == []


def test_the_running_mean_is_of_three_and_of_fewer_at_the_ends() -> None:
    np.testing.assert_allclose(smoothed(np.array([3.0, 0.0, 6.0, 0.0])), [1.5, 3.0, 2.0, 3.0])


def test_a_long_restless_recording_sets_its_own_threshold() -> None:
    """Maxima of blocks of 42 moments (4.03 s): 0 and 2 in turn, one of 50.

    Of 15 blocks the median is 2 (7 zeros, 7 twos, one 50) and the median deviation 0 or 2.
    """
    score = np.full(42 * 15, -30.0)
    score[5::42] = [0, 2] * 7 + [50]
    scores = Scores(np.arange(len(score)) * HOP_FRAMES, score)
    deviations = np.abs(np.array([0, 2] * 7 + [50]) - 2.0)
    expected = 2 + 3 * 1.4826 * np.median(deviations)
    assert threshold_of(scores, -5.0) == pytest.approx(expected)
    assert threshold_of(scores, 20.0) == 20.0
    short = Scores(scores.frames[:400], scores.score[:400])
    assert threshold_of(short, -5.0) == -5.0


def test_two_phones_differ_where_they_were_joined_and_one_does_not(
    model: FingerprintModel, shared_data: Path
) -> None:
    """Different sentences on both sides; 0.15 s is three times the median error."""
    a = _spoken(shared_data, "IPHONEX", 1)[: (5 * 32_000)]
    other, own = (_spoken(shared_data, name, 2)[-160_000:] for name in ("xiaomi8", "IPHONEX"))
    engine = DeviceScores(model.covariances["content"])
    highest = {}
    for name, b in (("other", other), ("own", own)):
        louder = b * np.float32(np.sqrt(np.mean(a**2) / np.mean(b**2)))
        recording = sliding(band_spectra(np.concatenate([a, louder]), 32_000), model.content)
        scores = engine.over_time(recording)
        best = int(np.argmax(scores.score))
        highest[name] = scores.score[best]
        if name == "other":
            frame = engine.refined(recording, int(scores.frames[best]))
            assert abs(time_s(np.array(frame)) - 5.0) < 0.15
    assert highest["other"] > 0 > highest["own"]


def _spoken(shared_data: Path, phone: str, utterance: int) -> np.ndarray:
    samples, rate_hz = read(shared_data / "ccnu_mobile" / f"{phone}_{utterance}.wav", channel=0)
    assert rate_hz == 32_000
    return samples
