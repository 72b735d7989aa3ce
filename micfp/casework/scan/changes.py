"""From moments at which both sides differ to changes with a cause, an interval and a weight."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.casework.scan.device import DeviceScores, Scores, time_s
from micfp.casework.scan.sides import Side, side
from micfp.casework.scan.track import Change, Track
from micfp.casework.scan.weigh import Differences, Weights
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
        self.content = model.content
        self.scores = DeviceScores(model.covariances["content"])
        self.differences = Differences(model)

    def places(self, samples: Float32, rate_hz: int, spectra: Spectra, least: float) -> "Places":
        """Where moments stand above a threshold of `least` or more."""
        recording = sliding(spectra, self.content)
        scores = self.scores.over_time(recording)
        threshold = threshold_of(scores, least)
        found = scores.above(threshold)
        frames = [self.scores.refined(recording, int(scores.frames[place])) for place in found]
        times_s = [float(time_s(np.array(frame))) for frame in frames]
        moments = [float(scores.score[place]) for place in found]
        return Places(self, samples, rate_hz, spectra, scores, threshold, times_s, moments)


class Places:
    """Places in one recording at which both sides may differ.

    Attributes
    ----------
    scores, threshold
        Of moments over time, and above which they are asked about.
    times_s, moments
        Of each place, in order of time.
    """

    def __init__(
        self,
        seeker: Seeker,
        samples: Float32,
        rate_hz: int,
        spectra: Spectra,
        scores: Scores,
        threshold: float,
        times_s: Sequence[float],
        moments: Sequence[float],
    ) -> None:
        self.scores, self.threshold = scores, threshold
        self.times_s, self.moments = times_s, moments
        self._seeker, self._spectra = seeker, spectra
        self._samples, self._rate_hz = samples, rate_hz
        self._of_whole = range_of(spectra)
        self._sides: dict[tuple[float, float], Side] = {}

    def candidate(self, place: int, others: Sequence[int]) -> Candidate:
        """Measure both sides of a place, as far as the next of some others."""
        time, moment = self.times_s[place], self.moments[place]
        times_s = [self.times_s[one] for one in others if one != place]
        before = max((one for one in times_s if one < time), default=0.0)
        end_s = len(self._samples) / self._rate_hz
        after = min((one for one in times_s if one > time), default=end_s)
        left = self._side(max(before, time - LONGEST_SIDE_S), time - MARGIN_S)
        right = self._side(time + MARGIN_S, min(after, time + LONGEST_SIDE_S))
        measures = self._seeker.differences.measures(left, right, moment)
        return Candidate(time, moment, left, right, measures)

    def _side(self, start_s: float, stop_s: float) -> Side:
        if (start_s, stop_s) not in self._sides:
            some = self._samples[round(start_s * self._rate_hz) : round(stop_s * self._rate_hz)]
            spectra, content = self._spectra.part(start_s, stop_s), self._seeker.content
            found = side(spectra, some, self._rate_hz, content, self._of_whole)
            self._sides[start_s, stop_s] = found
        return self._sides[start_s, stop_s]


def changes_of(places: Places, weights: Weights) -> list[Change]:
    """The places at which something changes.

    Where nothing does, the lowest is left out, and its neighbours are weighed again with longer
    sides.
    """
    kept = list(range(len(places.times_s)))
    while True:
        found = [_change(places.candidate(place, kept), weights) for place in kept]
        nothing = [place for place, one in zip(kept, found, strict=True) if one is None]
        if not nothing:
            return [one for one in found if one is not None]
        kept.remove(min(nothing, key=lambda place: places.moments[place]))


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
    places = seeker.places(samples, rate_hz, spectra, weights.moment_threshold)
    unseen = None
    if places.threshold > weights.moment_threshold:
        unseen = (
            "its conditions change all the time: only what stands out from that is asked about "
            f"(scores above {places.threshold:.0f}, not {weights.moment_threshold:.0f})"
        )
    return Track(
        DEVICE,
        places.scores.times_s,
        places.scores.score,
        "score: how unlike both sides",
        tuple(changes_of(places, weights)),
        weights.false_alarms_per_hour,
        unseen,
        places.threshold,
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


def _change(found: Candidate, weights: Weights) -> Change | None:
    """What changes at a place; None: nothing."""
    kind = weights.kind(found.measures)
    if kind == "nothing":
        return None
    time, error_s = found.time_s, weights.error_s
    weight = weights.log10_lr(found.measures) if kind == DEVICE else None
    what = in_words(kind, found.left, found.right)
    return Change(time, (max(time - error_s, 0.0), time + error_s), kind, weight, what)


def in_words(kind: str, left: Side, right: Side) -> str:
    """What is said of a change, with the figures of both sides."""
    if kind == DEVICE:
        return (
            "another device goes on: neither voice nor noise, room or codec explain how both sides "
            "differ"
        )
    if kind == "speaker":
        seen = f"voice: {_pitch(left)}, then {_pitch(right)}"
    elif kind == "noise":
        levels = f"{left.noise_level_db:.0f} dB, then {right.noise_level_db:.0f} dB"
        seen = f"background: {levels} against the voice"
    elif kind == "room":
        falls = f"{left.fall_db_s:.0f} dB/s, then by {right.fall_db_s:.0f} dB/s"
        seen = f"room or distance: sound falls by {falls}"
    else:
        bands_khz = f"{left.bandwidth_hz / 1000:.1f} kHz, then to {right.bandwidth_hz / 1000:.1f}"
        dips_db = f"{left.dips_high_db:.0f} dB, then {right.dips_high_db:.0f} dB"
        seen = f"codec: bands to {bands_khz} kHz, dips of {dips_db}"
    return f"conditions change, most like another {seen}; another device is not excluded"


def _pitch(one: Side) -> str:
    if not np.isfinite(one.pitch_octaves):
        return "no pitch"
    return f"a pitch of {2**one.pitch_octaves:.0f} Hz"
