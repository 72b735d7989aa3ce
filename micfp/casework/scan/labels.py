"""Which device made each segment: one of the enrolled, or one of those that are not known."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from micfp.casework.cluster.linkage import groups
from micfp.casework.scan.found import Segment
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import Float32
from micfp.fingerprint.pairs import comparable, pair_quality
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.every_pair import PairBlock
from micfp.fingerprint.weighed.identify import answered
from micfp.fingerprint.weighed.listening import Heard, listen_to_samples
from micfp.fingerprint.weighed.weighing import Weighing

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
PRIOR_LOG10 = 1.0
"""Log10 LR from which segments are put together: the prior odds of two of them being of one
device."""
APART_LOG10 = -100.0
"""Of neighbours: a change of device lies between them."""


def labelled(
    samples: Float32,
    rate_hz: int,
    times_s: Sequence[float],
    references: Mapping[str, Sequence[Fingerprint]],
    weighing: Weighing,
) -> list[Segment]:
    """Name the device of every segment between changes of device.

    Parameters
    ----------
    samples, rate_hz
        float32 (n,), one channel.
    times_s
        Of the changes, in order.
    references
        Of each enrolled device; none: all are unknown.
    weighing
        Model and calibration.
    """
    ends_s = [0.0, *times_s, len(samples) / rate_hz]
    stretches = list(pairwise(ends_s))
    heard = [
        _heard(samples[round(start * rate_hz) : round(stop * rate_hz)], rate_hz, weighing)
        for start, stop in stretches
    ]
    names: list[str | None] = [None] * len(heard)
    if references:
        enrolled = Devices(weighing.loaded.model, list(references.values()), weighing.sitting)
        for k, one in enumerate(heard):
            if isinstance(one, Heard):
                names[k] = answered(list(references), enrolled, one, weighing).answer
    unknown = {
        k: one.recording.fingerprint
        for k, one in enumerate(heard)
        if isinstance(one, Heard) and names[k] is None
    }
    lrs = _log10_lrs(list(unknown.values()), list(unknown), weighing)
    for k, cluster in zip(unknown, clusters(lrs), strict=True):
        names[k] = f"unknown {cluster + 1}"
    return [
        Segment(start, stop, name, one if isinstance(one, str) else None)
        for (start, stop), name, one in zip(stretches, names, heard, strict=True)
    ]


def _heard(samples: Float32, rate_hz: int, weighing: Weighing) -> Heard | str:
    """A segment that was listened to, or why nothing is concluded from it."""
    try:
        heard = listen_to_samples(samples, rate_hz, weighing.loaded.model, "this segment")
    except MicfpError as error:
        return str(error)
    return heard if heard.refused is None else heard.refused


def _log10_lrs(
    fingerprints: Sequence[Fingerprint], places: Sequence[int], weighing: Weighing
) -> Array:
    """Log10 LRs (n, n) of one device; of neighbours, and of what does not compare, none."""
    n = len(fingerprints)
    if n == 0:
        return np.zeros((0, 0))
    scores = weighing.loaded.model.scores(fingerprints, fingerprints, weighing.sitting)
    quality = pair_quality(fingerprints, fingerprints)
    logistic = weighing.calibrated.logistic
    found = logistic.log10_lr(scores.ravel(), quality.reshape(n * n, -1)[:, : logistic.n_measures])
    lrs = np.where(comparable(fingerprints, fingerprints), found.reshape(n, n), APART_LOG10)
    lrs = np.minimum(lrs, lrs.T)
    place = np.array(places)
    lrs[np.abs(place[:, None] - place) == 1] = APART_LOG10
    return np.asarray(lrs)


def clusters(log10_lrs: Array) -> list[int]:
    """Numbers from 0 of the clusters, in order of first occurrence: average linkage."""

    def block(rows: Ints) -> Iterator[PairBlock]:
        yield PairBlock(rows, rows, log10_lrs)

    group, _ = groups(len(log10_lrs), block, PRIOR_LOG10)
    order = list(dict.fromkeys(group.tolist()))
    return [order.index(one) for one in group.tolist()]
