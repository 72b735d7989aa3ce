"""What is heard of a recording, and that the same sound gives the same fingerprint."""

import numpy as np
import pytest

from micfp.fingerprint.embedding.content import fit_content
from micfp.fingerprint.embedding.fingerprint import fingerprint, pieces, range_of
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.embedding.vectors import VECTORS

RATE_HZ = 32_000


def _noise(seconds: float, level: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


SPEECH = np.concatenate([_noise(2, 1e-4), _noise(2, 0.1), _noise(1, 1e-4), _noise(3, 0.05)])


@pytest.fixture(scope="module")
def content():
    return fit_content([band_spectra(SPEECH, RATE_HZ)], 4, np.random.default_rng(1))


def test_active_seconds_are_those_in_which_something_is_heard(content) -> None:
    spectra = band_spectra(SPEECH, RATE_HZ)
    found = fingerprint(spectra, content)
    # 2 s and 3 s of 8 s, and a frame of 64 ms at each of three edges.
    assert found.active_s == pytest.approx(5.0, abs=0.2)
    assert found.duration_s == pytest.approx(8.0, abs=0.02)
    assert found.bandwidth_hz == pytest.approx(16_000)
    # 0.1 and 0.05 against 1e-4: 60 and 54 dB.
    assert 53 < found.snr_db < 61


def test_a_pause_is_known_by_the_whole_recording_and_says_nothing(content) -> None:
    spectra = band_spectra(SPEECH, RATE_HZ)
    of_whole = range_of(spectra)
    by_piece = [fingerprint(one, content, of_whole).active_s for one in pieces(spectra, 1.0)]
    assert by_piece == pytest.approx([0.1, 0.1, 1, 1, 0.1, 1, 1, 1], abs=0.13)


def test_of_nothing_but_noise_nothing_is_heard(content) -> None:
    found = fingerprint(band_spectra(_noise(5, 1e-3), RATE_HZ), content)
    assert found.active_s == pytest.approx(0.1, abs=0.05)
    assert found.snr_db < 3


def test_vectors_by_hand(content) -> None:
    spectra = band_spectra(SPEECH, RATE_HZ)
    found = dict(zip(VECTORS, fingerprint(spectra, content).vectors, strict=True))
    ordered = np.sort(spectra.level_db, axis=0)
    n = round(0.2 * len(ordered))
    assert found["loud"] == pytest.approx(ordered[-n:].mean(axis=0), abs=1e-4)
    assert found["quiet"] == pytest.approx(ordered[:n].mean(axis=0), abs=1e-4)
    of_class = content.classes(spectra.level_db, spectra.present)
    residual = spectra.level_db - content.expected_db[of_class]
    weight = 1 / (content.variance_db2[of_class] + 4)
    assert found["content"] == pytest.approx(np.average(residual, axis=0, weights=weight), abs=1e-3)
    band = 60
    loudest = np.argsort(spectra.level_db[:, band])[-round(0.3 * len(residual)) :]
    assert found["ct"][band] == pytest.approx(residual[loudest, band].mean(), abs=1e-3)


def test_gain_moves_every_vector_by_its_db(content) -> None:
    one, other = (
        fingerprint(band_spectra(gain * SPEECH, RATE_HZ), content).vectors for gain in (1, 0.5)
    )
    assert one - other == pytest.approx(np.full_like(one, 20 * np.log10(2)), abs=1e-3)


def test_digital_silence_is_of_no_device(content) -> None:
    """Ten seconds of it behind a recording, and a second in its midst, change nothing."""
    cut = 4 * RATE_HZ
    samples = np.concatenate([SPEECH[:cut], _noise(1, 0), SPEECH[cut:], _noise(10, 0)])
    found = fingerprint(band_spectra(samples, RATE_HZ), content)
    whole = fingerprint(band_spectra(SPEECH, RATE_HZ), content)
    # A few frames have silence in one half.
    assert found.vectors[0] == pytest.approx(whole.vectors[0], abs=0.3)
    assert found.active_s == pytest.approx(whole.active_s, abs=0.2)
    assert found.duration_s == pytest.approx(19, abs=0.02)
    assert found.bandwidth_hz == whole.bandwidth_hz


def test_a_constant_changes_nothing(content) -> None:
    one, other = (
        fingerprint(band_spectra(SPEECH + np.float32(offset), RATE_HZ), content).vectors
        for offset in (0, 0.2)
    )
    # float32 rounds 0.2 to 1.5e-8, which is 170 dB below full scale.
    assert other == pytest.approx(one, abs=0.01)
