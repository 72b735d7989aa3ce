"""What a change is: another device, or another voice, noise, room or codec; or nothing.

A multinomial logistic regression of how both sides differ, fitted to virtual phones of which it is
known what changed (`benchmarks/scan.py`). Another one, of the device's log ratio and the moment's
score, makes the LR of another device: beyond what the virtual phones have, the score still counts.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from micfp.casework.scan.sides import Side
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.scoring import ScoreEngine, Scorer, squashed
from micfp.fingerprint.embedding.two_covariance import Within
from micfp.fingerprint.embedding.vectors import VECTORS

Array = NDArray[np.float64]
SHIPPED = Path(__file__).with_name("default.scan.json")
KINDS = ("nothing", "device", "speaker", "noise", "room", "codec")
MEASURES = (
    *("moment", "other", "network", "quiet", "pitch_octaves", "noise_db", "noise_rms_db"),
    *("holes_db", "holes_signed_db", "dips_low_db", "dips_high_db", "dips_signed_db"),
    *("fall_db_s", "fall_signed_db_s", "bandwidth_octaves"),
)
"""Of `measures`."""
QUIET = Within(copies=0.3, sessions=0.0, kappa=0.5)
MOST_OCTAVES = 1.0
VOICELESS_OCTAVES = 0.15
"""What the median pitch of one voice differs by from stretch to stretch."""
LARGEST_SD, LARGEST_MOMENT_SD = 4.0, 12.0
Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Row = tuple[Number, ...]


class Weights(BaseModel):
    """The fitted numbers, as they are kept in a file.

    Attributes
    ----------
    model_sha256
        Digest of the fingerprint model whose scores are weighed.
    made_of
        What it was fitted to, in words.
    n_devices
        Of them; log10 LRs are bounded by log10 of it.
    moment_threshold
        A moment's score above which it is asked about.
    centre, spread
        (n_measures,), by which measures are standardised.
    weights
        (n_kinds, 1 + n_terms): offset, then measures, then their products.
    device_threshold
        Natural log LR of another device above which it is claimed: of changes of speaker alone 2 %
        at most are above, and 10 % of those of noise, room and codec that are noticed.
    change_threshold
        Log ratio of any change against none above which another kind than a device is said: one in
        ten minutes in which nothing changes is above.
    lr_offset, lr_by_ratio, lr_by_moment
        From log ratio and the moment's score to the natural log LR.
    error_s
        95 % of changes that were found are within so much of where they are said to be.
    false_alarms_per_hour
        Devices claimed where nothing changed.
    """

    model_config = ConfigDict(extra="forbid")

    model_sha256: str
    made_of: str
    n_devices: int = Field(ge=2)
    moment_threshold: Number
    centre: Row
    spread: Row
    weights: tuple[Row, ...]
    device_threshold: Number
    change_threshold: Number
    lr_offset: Number
    lr_by_ratio: float = Field(ge=0)
    lr_by_moment: float = Field(ge=0)
    error_s: float = Field(gt=0)
    false_alarms_per_hour: float = Field(ge=0)

    def log_shares(self, found: Array) -> Array:
        """Log posterior (n, n_kinds) at even priors, of measures (n, n_measures)."""
        terms = products((found - np.array(self.centre)) / np.array(self.spread))
        weights = np.array(self.weights)
        scores = terms @ weights[:, 1:].T + weights[:, 0]
        return np.asarray(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))

    def kind(self, found: Array) -> str:
        """What changes, of measures (n_measures,).

        A device where its LR is above its threshold; else the likeliest of the other kinds where
        that of any change is above its own; else nothing.
        """
        log_shares = self.log_shares(found[None])
        if self.log_lr(found) > self.device_threshold:
            return "device"
        if -log_ratio(log_shares, "nothing")[0] <= self.change_threshold:
            return "nothing"
        others = [kind for kind in KINDS if kind not in ("nothing", "device")]
        return max(others, key=lambda kind: float(log_shares[0, KINDS.index(kind)]))

    def log_lr(self, found: Array) -> float:
        """Natural log LR of another device against none, not bounded, of measures (n_measures,)."""
        ratio = float(log_ratio(self.log_shares(found[None]), "device")[0])
        by_moment = self.lr_by_moment * float(found[MEASURES.index("moment")])
        return self.lr_offset + self.lr_by_ratio * ratio + by_moment

    def log10_lr(self, found: Array) -> float:
        """The log10 LR, bounded."""
        limit = float(np.log10(self.n_devices))
        return float(np.clip(self.log_lr(found) / np.log(10), -limit, limit))


@cache
def shipped() -> Weights:
    """Those that micfp has, of the model that it has."""
    return Weights.model_validate_json(SHIPPED.read_text(encoding="utf-8"))


def products(standard: Array) -> Array:
    """Terms (n, n_terms): standardised measures, none beyond 4 sd, and their products in pairs.

    The first, the moment's score, goes up to 12 sd, and has no products: real phones differ by more
    than virtual ones do.
    """
    held = np.clip(standard, -LARGEST_SD, LARGEST_SD)
    held[:, 0] = np.clip(standard[:, 0], -LARGEST_SD, LARGEST_MOMENT_SD)
    others = held[:, 1:]
    first, second = np.triu_indices(others.shape[1])
    return np.hstack([held, others[:, first] * others[:, second]])


def log_ratio(log_shares: Array, kind: str) -> Array:
    """Log ratio (n,) of a kind against all others, of log shares (n, n_kinds)."""
    place = KINDS.index(kind)
    others = np.logaddexp.reduce(np.delete(log_shares, place, axis=1), axis=1)
    return np.asarray(log_shares[:, place] - others)


class Differences:
    """Measures how two sides differ, by the scores of one model.

    Parameters
    ----------
    model
        With a network, as the shipped one.
    """

    def __init__(self, model: FingerprintModel) -> None:
        self._model = model
        self._quiet = ScoreEngine(
            model.covariances["quiet"],
            Scorer("quiet", QUIET),
            model.outlier_sd,
            model.content_by_time,
        )

    def measures(self, left: Side, right: Side, moment: float) -> Array:
        """Measures (n_measures,) of both sides of a change with a moment's score."""
        a, b = [left.fingerprint], [right.fingerprint]
        network = self._model.squashed_scores(a, b, "other")[0, 0, -1]
        other = self._model.scores(a, b, "other")[0, 0]
        quiet = self._quiet.scores(self._quiet.side(a), self._quiet.side(b))[0, 0]
        # Signs are those of the side with more noise: which of both was changed nobody knows.
        noise_db = left.noise_level_db - right.noise_level_db
        sign = 1.0 if noise_db >= 0 else -1.0
        holes_db = sign * (left.holes_db - right.holes_db)
        dips_low_db = sign * (left.dips_low_db - right.dips_low_db)
        dips_high_db = sign * (left.dips_high_db - right.dips_high_db)
        fall_db_s = sign * (left.fall_db_s - right.fall_db_s)
        pitch = abs(left.pitch_octaves - right.pitch_octaves)
        octaves = np.log2((left.bandwidth_hz + 1) / (right.bandwidth_hz + 1))
        return np.array(
            [
                moment,
                float(squashed(np.array(-other))),
                -float(network),
                float(squashed(np.array(-quiet))),
                min(pitch, MOST_OCTAVES) if np.isfinite(pitch) else VOICELESS_OCTAVES,
                abs(noise_db),
                _noise_rms_db(left.fingerprint, right.fingerprint),
                abs(holes_db),
                holes_db,
                abs(dips_low_db),
                abs(dips_high_db),
                dips_high_db,
                abs(fall_db_s),
                fall_db_s,
                abs(float(octaves)),
            ]
        )


def _noise_rms_db(a: Fingerprint, b: Fingerprint) -> float:
    """How far apart the shapes of the noise are, beside its level."""
    row = VECTORS.index("quiet")
    difference = a.vectors[row].astype(np.float64) - b.vectors[row]
    difference = difference[np.isfinite(difference)]
    return float(difference.std()) if len(difference) else 0.0
