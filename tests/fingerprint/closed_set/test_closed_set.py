"""Simulated devices are named, through a change of pitch, gates and a telephone's band."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from micfp.errors import MicfpError
from micfp.fingerprint.closed_set.gates import GATES, Gate, gated
from micfp.fingerprint.closed_set.gaussians import Branch, branch_log_likelihoods
from micfp.fingerprint.closed_set.model import ClosedSet, Heard
from micfp.fingerprint.closed_set.training import fit_closed_set
from micfp.fingerprint.closed_set.warps import UNWARPED, WARPS, warped
from micfp.fingerprint.embedding.content import ContentModel, fit_content
from micfp.fingerprint.embedding.fingerprint import fingerprint
from micfp.fingerprint.embedding.spectra import N_BANDS, Spectra, band_edges_hz

DEVICES = ("a", "b", "c", "d", "e")
N_FRAMES = 310  # 5 s
ALL = np.ones(N_BANDS, np.bool_)


def _smooth(rng: np.random.Generator, n: int, sd_db: float, bands: float) -> np.ndarray:
    drawn = gaussian_filter1d(rng.standard_normal((n, N_BANDS)), bands, axis=1, mode="wrap")
    return np.asarray(sd_db * drawn / drawn.std())


def _raised(spectra: Spectra) -> Spectra:
    """Higher by 4 %."""
    return Spectra(warped(spectra, 1 / 1.04).level_db, ALL)


RESPONSES_DB = _smooth(np.random.default_rng(1), len(DEVICES), 2.0, 1.0)
# The last device sounds like the first one, 4 % higher.
RESPONSES_DB[4] = _raised(Spectra(RESPONSES_DB[:1].astype(np.float32), ALL)).level_db
SOUNDS_DB = _smooth(np.random.default_rng(2), 8, 6.0, 2.0)


def _recording(device: int, seed: int) -> Spectra:
    """Sounds of 0.16 s drawn from eight, every fourth of them a pause."""
    rng = np.random.default_rng([3, seed])
    which = np.repeat(rng.integers(8, size=N_FRAMES // 10 + 1), 10)[:N_FRAMES]
    pause = np.repeat(np.arange(N_FRAMES // 10 + 1) % 4 == 3, 10)[:N_FRAMES]
    level_db = -60 + SOUNDS_DB[which] - 35.0 * pause[:, None] + RESPONSES_DB[device]
    level_db += 2 * rng.standard_normal(level_db.shape)
    return Spectra(level_db.astype(np.float32), ALL)


@pytest.fixture(scope="module")
def content() -> ContentModel:
    return fit_content([_recording(0, 0), _recording(1, 1)], 8, np.random.default_rng(4))


def _fitted(content: ContentModel) -> ClosedSet:
    whose = [device for device in range(len(DEVICES)) for _ in range(2)]
    recordings = [_recording(device, k) for k, device in enumerate(whose)]
    names = [DEVICES[device] for device in whose]
    return fit_closed_set(recordings, names, content, np.random.default_rng(1))


@pytest.fixture(scope="module")
def closed_set(content: ContentModel) -> ClosedSet:
    return _fitted(content)


def _asked(closed_set: ClosedSet, spectra: Spectra) -> list[Heard]:
    return closed_set.heard(spectra, 1.0)


TESTS = [(device, _recording(device, 100 + device)) for device in range(len(DEVICES))]


def _as_it_is(spectra: Spectra) -> Spectra:
    return spectra


def _accuracy(closed_set: ClosedSet, change: Callable[[Spectra], Spectra] = _as_it_is) -> float:
    right = []
    for device, spectra in TESTS:
        heard = _asked(closed_set, change(spectra))
        right += list(closed_set.log_likelihoods(heard).argmax(axis=1) == device)
    assert len(right) == 25  # pieces of 1 s
    return float(np.mean(right))


def _bytes(branch: Branch) -> bytes:
    return b"".join(one.expected_db.tobytes() + one.covariances.copies.tobytes() for one in branch)


def test_pieces_are_named(closed_set: ClosedSet) -> None:
    assert closed_set.devices == DEVICES
    assert _accuracy(closed_set) == 1


def test_pieces_of_a_telephone_are_named(closed_set: ClosedSet) -> None:
    narrow = band_edges_hz()[2:] <= 4000
    assert _accuracy(closed_set, lambda s: Spectra(s.level_db, s.present & narrow)) >= 0.9


def test_a_change_of_pitch_is_undone(closed_set: ClosedSet, monkeypatch) -> None:
    heard = _asked(closed_set, _raised(TESTS[0][1]))
    assert set(closed_set.log_likelihoods(heard).argmax(axis=1)) == {0}
    monkeypatch.setattr("micfp.fingerprint.closed_set.model.WARP_COST", np.inf)
    assert set(closed_set.log_likelihoods(heard).argmax(axis=1)) == {4}


def test_noise_reduction_is_noticed_and_has_a_branch(closed_set: ClosedSet) -> None:
    gate = Gate(0.8, -80.0, 1.0)  # none of GATES
    for _, spectra in TESTS:
        assert not any(closed_set.is_reduced(one) for one in _asked(closed_set, spectra))
        through = _asked(closed_set, gated(spectra, gate))
        assert all(closed_set.is_reduced(one) for one in through)
        assert {len(one.fingerprints) for one in through} == {1}
        alone = [one.fingerprints[0] for one in through]
        expected = branch_log_likelihoods(closed_set.reduced, alone)
        assert closed_set.log_likelihoods(through) == pytest.approx(expected)
    assert _accuracy(closed_set, lambda s: gated(s, gate)) >= 0.9


def test_gates_teach_the_branch_alone(
    closed_set: ClosedSet, content: ContentModel, monkeypatch
) -> None:
    monkeypatch.setattr("micfp.fingerprint.closed_set.training.GATES", GATES[:1])
    other = _fitted(content)
    assert _bytes(other.plain) == _bytes(closed_set.plain)
    assert _bytes(other.reduced) != _bytes(closed_set.reduced)


def test_a_warp_must_gain_what_it_costs(closed_set: ClosedSet) -> None:
    heard = _asked(closed_set, TESTS[0][1])[0]
    assert len(heard.fingerprints) == len(WARPS)
    assert len({one.active_s for one in heard.fingerprints}) == 1
    alone = replace(heard, fingerprints=(heard.fingerprints[UNWARPED],))
    assert closed_set.log_likelihoods([heard])[0, 0] == pytest.approx(
        closed_set.log_likelihoods([alone])[0, 0]
    )


def test_what_is_heard_is_so_at_every_pitch(closed_set: ClosedSet) -> None:
    spectra = _recording(0, 1)
    # In 40 of 80 frames of pauses a whistle in the topmost band, which warps do not have.
    pauses = np.flatnonzero(spectra.level_db.mean(axis=1) < -80)
    spectra.level_db[pauses[40:], -1] = -45
    own = fingerprint(spectra, closed_set.content)
    assert own.active_s == pytest.approx(5.0 * (N_FRAMES - 40) / N_FRAMES, abs=0.1)
    (heard,) = closed_set.heard(spectra, 5.0)
    (active_s,) = {one.active_s for one in heard.fingerprints}
    assert active_s == pytest.approx(own.active_s, abs=0.02)  # a frame less


def test_the_same_recordings_give_the_same_bytes(
    closed_set: ClosedSet, content: ContentModel
) -> None:
    again = _fitted(content)
    assert _bytes(again.plain) == _bytes(closed_set.plain)
    assert _bytes(again.reduced) == _bytes(closed_set.reduced)
    assert closed_set.detector.offset == again.detector.offset


def test_one_device_is_no_closed_set(content: ContentModel) -> None:
    with pytest.raises(MicfpError, match="1 devices: give recordings of two or more"):
        fit_closed_set([_recording(0, 1)], ["a"], content, np.random.default_rng(1))


def test_a_device_without_a_second_of_sound_is_refused(content: ContentModel) -> None:
    short = Spectra(_recording(1, 1).level_db[:30], ALL)
    with pytest.raises(MicfpError, match="b: no recording of 1 s"):
        fit_closed_set([_recording(0, 1), short], ["a", "b"], content, np.random.default_rng(1))
