"""From moments at which both sides differ to changes with a cause, an interval and a weight."""

from collections.abc import Sequence

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


def device_track(
    samples: Float32, rate_hz: int, spectra: Spectra, model: FingerprintModel, weights: Weights
) -> Track:
    """Follow the conditions of a recording, and weigh where they change.

    Parameters
    ----------
    samples, rate_hz
        float32 (n,), one channel, of `device.SHORTEST_S` or more.
    spectra
        Of these samples.
    model
        Whose scores `weights` weigh.
    """
    engine = DeviceScores(model.covariances["content"])
    recording = sliding(spectra, model.content)
    scores = engine.over_time(recording)
    threshold = threshold_of(scores, weights.moment_threshold)
    places = peaks(scores, threshold)
    frames = [engine.refined(recording, int(scores.frames[place])) for place in places]
    times_s = [float(time_s(np.array(frame))) for frame in frames]
    moments = [float(scores.score[place]) for place in places]
    sides = _sides(samples, rate_hz, spectra, model, times_s)
    measure = Differences(model).measures
    found = [
        _change(time, left, right, measure(left, right, moment), weights)
        for time, (left, right), moment in zip(times_s, sides, moments, strict=True)
    ]
    unseen = None
    if threshold > weights.moment_threshold:
        unseen = (
            "its conditions change all the time: only what stands out from that is asked about "
            f"(scores above {threshold:.0f}, not {weights.moment_threshold:.0f})"
        )
    return Track(
        DEVICE,
        scores.times_s,
        scores.score,
        "natural log odds of two devices, uncalibrated",
        tuple(change for change in found if change is not None),
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


def _sides(
    samples: Float32,
    rate_hz: int,
    spectra: Spectra,
    model: FingerprintModel,
    times_s: Sequence[float],
) -> list[tuple[Side, Side]]:
    """What lies on both sides of each time, as far as the next one."""
    of_whole = range_of(spectra)
    ends_s = [0.0, *times_s, len(samples) / rate_hz]

    def measured(start_s: float, stop_s: float) -> Side:
        some = samples[round(start_s * rate_hz) : round(stop_s * rate_hz)]
        return side(spectra.part(start_s, stop_s), some, rate_hz, model.content, of_whole)

    found = []
    for before, time, after in zip(ends_s, ends_s[1:], ends_s[2:], strict=False):
        left = measured(max(before, time - LONGEST_SIDE_S), time - MARGIN_S)
        right = measured(time + MARGIN_S, min(after, time + LONGEST_SIDE_S))
        found.append((left, right))
    return found


def _change(
    time: float, left: Side, right: Side, measures: Array, weights: Weights
) -> Change | None:
    """What changes at a time; None: nothing."""
    shares = weights.log_shares(measures[None])
    ratio = float(log_ratio(shares)[0])
    if ratio > weights.device_threshold:
        kind = DEVICE
    else:
        shares[0, KINDS.index(DEVICE)] = -np.inf
        kind = KINDS[int(np.argmax(shares[0]))]
    if kind == "nothing":
        return None
    weight = weights.log10_lr(ratio)
    interval_s = (max(time - weights.error_s, 0.0), time + weights.error_s)
    what = in_words(kind, left, right)
    return Change(time, interval_s, kind, weight if kind == DEVICE else None, what)


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
