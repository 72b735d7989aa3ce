"""Pairs of recordings: their scores, and what these hang on beside the devices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.logistic import Logistic
from micfp.evidence.trials import Trials
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import (
    SETTINGS,
    FingerprintModel,
    Sitting,
    whatever_the_sitting,
)
from micfp.fingerprint.embedding.spectra import Bools
from micfp.fingerprint.quality import LEAST_SNR_DB

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
MEASURES = ("log2_active_s", "log2_references", "narrow_band", "snr_10_db")
"""Columns of `pair_quality`."""
NARROW_HZ = 4200.0
ACTIVE_S = (0.125, 16.0)
SNR_DB = (0.0, 40.0)
"""What lies beyond counts as the end of it: it changes a score no further."""
OTHERS_PER_TEST = 20
"""Devices that did not make it: all are alike, and a device is what counts."""
LEAST_BANDS = 8
"""In common; fewer are no comparison."""


def pair_quality(references: Sequence[Fingerprint], tests: Sequence[Fingerprint]) -> Array:
    """Measures of pairs, float64 (n_references, n_tests, 4): see `MEASURES`.

    log2_active_s
        Seconds in which something is heard, as they count together: a b / (a + b).
    log2_references
        0: each is one reference; see `Block.by_device`.
    narrow_band
        1 where one of them ends at 4.2 kHz or below, as a telephone does.
    snr_10_db
        The lesser of both SNRs, in units of 10 dB.
    """
    first, second = _measured(references)[:, None], _measured(tests)[None]
    active = first[..., 0] * second[..., 0] / (first[..., 0] + second[..., 0])
    narrow = np.minimum(first[..., 1], second[..., 1]) <= NARROW_HZ
    snr_db = np.minimum(first[..., 2], second[..., 2])
    log2_active_s = np.log2(np.clip(active, *ACTIVE_S))
    one = np.zeros_like(active)
    return np.stack([log2_active_s, one, narrow, np.clip(snr_db, *SNR_DB) / 10], axis=-1)


def comparable(references: Sequence[Fingerprint], tests: Sequence[Fingerprint]) -> Bools:
    """Whether pairs (n_references, n_tests) can be compared.

    They have enough bands in common, and neither is so noisy that `quality.refusal` refuses it.
    """
    first, second = _bands(references), _bands(tests)
    enough = np.asarray(first @ second.T >= LEAST_BANDS)
    return enough & clear(references)[:, None] & clear(tests)


def clear(fingerprints: Sequence[Fingerprint]) -> Bools:
    """Which of them (n,) are not so noisy that `quality.refusal` refuses them."""
    return np.array([one.snr_db >= LEAST_SNR_DB for one in fingerprints], np.bool_)


def _measured(fingerprints: Sequence[Fingerprint]) -> Array:
    rows = [(one.active_s, one.bandwidth_hz, one.snr_db) for one in fingerprints]
    return np.array(rows, np.float64).reshape(-1, 3)


def _bands(fingerprints: Sequence[Fingerprint]) -> NDArray[np.int64]:
    there = [np.isfinite(one.vectors).all(axis=0) for one in fingerprints]
    return np.array(there, np.int64).reshape(len(there), -1)


@dataclass(frozen=True)
class Block:
    """Every reference against every test.

    Attributes
    ----------
    scores
        (n_references, n_tests), by what was known of the sitting.
    quality
        (n_references, n_tests, n_measures), see `pair_quality`.
    compares
        (n_references, n_tests), whether there are bands enough.
    of, by
        (n_references,) and (n_tests,) numbers of the devices.
    """

    scores: Array
    quality: Array
    compares: Bools
    of: Ints
    by: Ints

    def trials(self, chosen: Bools) -> Trials:
        """Pairs (n_references, n_tests) that are chosen."""
        rows, columns = np.nonzero(chosen & self.compares)
        return Trials(
            score=self.scores[rows, columns],
            same=self.of[rows] == self.by[columns],
            first=self.of[rows],
            second=self.by[columns],
            quality=self.quality[rows, columns],
            measures=MEASURES,
        )

    def by_device(self) -> "Block":
        """The references of each device as one: means over those that compare.

        Devices are in the order of their numbers.
        """
        devices, row = np.unique(self.of, return_inverse=True)
        of_device = (np.asarray(row).ravel() == np.arange(len(devices))[:, None]).astype(float)
        n = of_device @ self.compares
        each = np.maximum(n, 1)
        scores = of_device @ np.where(self.compares, self.scores, 0) / each
        sums = np.tensordot(of_device, np.where(self.compares[..., None], self.quality, 0), 1)
        quality = sums / each[..., None]
        quality[..., MEASURES.index("log2_references")] = np.log2(each)
        return Block(scores, quality, n > 0, devices, self.by)

    def log10_lr(self, mapping: Logistic) -> Array:
        """Log10 LRs (n_references, n_tests), also of pairs that do not compare."""
        quality = self.quality.reshape(-1, len(MEASURES))[:, : mapping.n_measures]
        return mapping.log10_lr(self.scores.ravel(), quality).reshape(self.scores.shape)

    def drawn_trials(self, rng: np.random.Generator) -> Trials:
        """All pairs of one device, and some of two."""
        drawn = rng.random(self.scores.shape) < OTHERS_PER_TEST / len(self.of)
        return self.trials(drawn | (self.of[:, None] == self.by))


def blocks(
    model: FingerprintModel,
    references: Sequence[Fingerprint],
    tests: Sequence[Fingerprint],
    of: Ints,
    by: Ints,
) -> dict[Sitting, Block]:
    """References against tests, by what may be known of their sittings."""
    quality, compares = pair_quality(references, tests), comparable(references, tests)
    scores: dict[Sitting, Array] = {
        setting: model.scores(references, tests, setting) for setting in SETTINGS
    }
    scores["any"] = whatever_the_sitting(scores["same"], scores["other"])
    return {sitting: Block(found, quality, compares, of, by) for sitting, found in scores.items()}
