"""From moments at which both sides differ to changes with a cause, an interval and a weight."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.casework.scan.device import DeviceScores, Scores, peaks, time_s
from micfp.casework.scan.sides import Side, side
from micfp.casework.scan.track import Change, Track
from micfp.casework.scan.weigh import KINDS, Differences, Weights, log_ratio
from micfp.casework.scan.windows import sliding
from micfp.fingerprint.embedding.fingerprint import range_of
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import Float32, Spectra

Array = NDArray[np.float64]
DEVICE = "device"
MARGIN_S = 0.1
"""So much on either side of a change is of neither side."""
LONGEST_SIDE_S = 10.0
BLOCK_S = 4.0
"""A moment's score and its neighbours within a window hang together: so far apart they do not."""
LEAST_BLOCKS = 15
"""From a minute on a recording is long enough to say what is usual in it."""
OUTLYING = 3.0
"""Robust standard deviations above what is usual."""


@dataclass(frozen=True)
class Candidate:
    """A place at which both sides differ.

    Attributes
    ----------
    time_s
        Where it is.
    moment
        Score of the moment, above the threshold.
    left, right
        What was measured of both sides.
    measures
        How they differ, (n_measures,): see `weigh.MEASURES`.
    """

    time_s: float
    moment: float
    left: Side
    right: Side
    measures: Array


class Seeker:
    """Looks for places at which both sides differ, by one model; what it made once is kept.

    Parameters
    ----------
    model
        With a network, as the shipped one.
    """

    def __init__(self, model: FingerprintModel) -> None:
        self._content = model.content
        self._scores = DeviceScores(model.covariances["content"])
        self._differences = Differences(model)

    def candidates(
        self, samples: Float32, rate_hz: int, spectra: Spectra, least: float
    ) -> tuple[Scores, float, list[Candidate]]:
        """Scores over time, the threshold (`least` or more), and what stands above it."""
        recording = sliding(spectra, self._content)
        scores = self._scores.over_time(recording)
        threshold = threshold_of(scores, least)
        places = peaks(scores, threshold)
        frames = [self._scores.refined(recording, int(scores.frames[place])) for place in places]
        times_s = [float(time_s(np.array(frame))) for frame in frames]
        sides = self._sides(samples, rate_hz, spectra, times_s)
        found = []
        for time, place, (left, right) in zip(times_s, places, sides, strict=True):
            moment = float(scores.score[place])
            measures = self._differences.measures(left, right, moment)
            found.append(Candidate(time, moment, left, right, measures))
        return scores, threshold, found

    def _sides(
        self, samples: Float32, rate_hz: int, spectra: Spectra, times_s: Sequence[float]
    ) -> list[tuple[Side, Side]]:
        """What lies on both sides of each time, as far as the next one."""
        of_whole = range_of(spectra)
        ends_s = [0.0, *times_s, len(samples) / rate_hz]

        def measured(start_s: float, stop_s: float) -> Side:
            some = samples[round(start_s * rate_hz) : round(stop_s * rate_hz)]
            return side(spectra.part(start_s, stop_s), some, rate_hz, self._content, of_whole)

        found = []
        for before, time, after in zip(ends_s, ends_s[1:], ends_s[2:], strict=False):
            left = measured(max(before, time - LONGEST_SIDE_S), time - MARGIN_S)
            right = measured(time + MARGIN_S, min(after, time + LONGEST_SIDE_S))
            found.append((left, right))
        return found


def device_track(
    samples: Float32, rate_hz: int, spectra: Spectra, seeker: Seeker, weights: Weights
) -> Track:
    """Follow the conditions of a recording, and weigh where they change.

    Parameters
    ----------
    samples, rate_hz
        float32 (n,), one channel, of `device.SHORTEST_S` or more.
    spectra
        Of these samples.
    seeker
        By the model whose scores `weights` weigh.
    """
    least = weights.moment_threshold
    scores, threshold, found = seeker.candidates(samples, rate_hz, spectra, least)
    changes = [change_of(one, weights) for one in found]
    unseen = None
    if threshold > least:
        unseen = (
            "its conditions change all the time: only what stands out from that is asked about "
            f"(scores above {threshold:.0f}, not {least:.0f})"
        )
    return Track(
        DEVICE,
        scores.times_s,
        scores.score,
        "natural log odds of two devices, uncalibrated",
        tuple(one for one in changes if one is not None),
        weights.false_alarms_per_hour,
        unseen,
    )


def threshold_of(scores: Scores, least: float) -> float:
    """Above which a moment is asked about: `least`, or more where a long recording is restless."""
    block = round(BLOCK_S / (scores.times_s[1] - scores.times_s[0])) if len(scores.score) > 1 else 1
    highest = [scores.score[k : k + block].max() for k in range(0, len(scores.score), block)]
    if len(highest) < LEAST_BLOCKS:
        return least
    usual = float(np.median(highest))
    spread = 1.4826 * float(np.median(np.abs(np.array(highest) - usual)))
    return max(least, usual + OUTLYING * spread)


def change_of(found: Candidate, weights: Weights) -> Change | None:
    """What changes at a place; None: nothing."""
    shares = weights.log_shares(found.measures[None])
    ratio = float(log_ratio(shares)[0])
    kind = kind_of(shares, ratio, weights.device_threshold)
    if kind == "nothing":
        return None
    time, error_s = found.time_s, weights.error_s
    weight = weights.log10_lr(ratio) if kind == DEVICE else None
    what = in_words(kind, found.left, found.right)
    return Change(time, (max(time - error_s, 0.0), time + error_s), kind, weight, what)


def kind_of(log_shares: Array, ratio: float, device_threshold: float) -> str:
    """Another device where its log ratio is above the threshold, else the likeliest other kind."""
    if ratio > device_threshold:
        return DEVICE
    others = log_shares.ravel().copy()
    others[KINDS.index(DEVICE)] = -np.inf
    return KINDS[int(np.argmax(others))]


def in_words(kind: str, left: Side, right: Side) -> str:
    """What is said of a change, with the figures of both sides."""
    if kind == DEVICE:
        return (
            "another device from here on: neither the voice nor noise, room or codec explain how "
            "both sides differ"
        )
    if kind == "speaker":
        return f"another voice: {_pitch(left)}, then {_pitch(right)}"
    if kind == "noise":
        return (
            f"another background: {left.noise_level_db:.0f} dB, then {right.noise_level_db:.0f} dB "
            "against the voice"
        )
    if kind == "room":
        return (
            f"another room or distance: sound falls by {left.fall_db_s:.0f} dB/s, then by "
            f"{right.fall_db_s:.0f} dB/s"
        )
    return (
        f"another codec: bands up to {left.bandwidth_hz / 1000:.1f} kHz with dips of "
        f"{left.dips_high_db:.0f} dB, then up to {right.bandwidth_hz / 1000:.1f} kHz with "
        f"{right.dips_high_db:.0f} dB"
    )


def _pitch(one: Side) -> str:
    if not np.isfinite(one.pitch_octaves):
        return "no pitch"
    return f"a pitch of {2**one.pitch_octaves:.0f} Hz"
