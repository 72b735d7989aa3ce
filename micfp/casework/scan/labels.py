"""Which device made each segment: one of the enrolled, or one of those that are not known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from micfp.casework.cluster.linkage import groups
from micfp.casework.scan.changes import DEVICE
from micfp.casework.scan.found import NOBODY, Segment
from micfp.casework.scan.track import Change
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
    changes: Sequence[Change],
    references: Mapping[str, Sequence[Fingerprint]],
    weighing: Weighing,
) -> list[Segment]:
    """Name the device of every segment.

    Between changes of device there is one segment. But where a part of it between other changes is
    by an enrolled device, each part has the name that it has by itself: a change that passes for
    one of the room may be one of the device, and the name of one part is not that of the others.

    Parameters
    ----------
    samples, rate_hz
        float32 (n,), one channel.
    changes
        Of the track `device`, in order.
    references
        Of each enrolled device; none: all are unknown.
    weighing
        Model and calibration.
    """
    namer = _Namer(samples, rate_hz, references, weighing)
    of_device = [one.time_s for one in changes if one.track == DEVICE]
    found: list[list[Segment]] = []
    unknown: dict[int, Fingerprint] = {}
    for number, (start, stop) in enumerate(pairwise([0.0, *of_device, len(samples) / rate_hz])):
        inside = [one.time_s for one in changes if start < one.time_s < stop]
        if inside and references:
            parts = [namer.segment(*ends)[0] for ends in pairwise([start, *inside, stop])]
            if any(one.device is not None for one in parts):
                found.append(_joined(parts))
                continue
        whole, fingerprint = namer.segment(start, stop)
        found.append([whole])
        if whole.device is None and fingerprint is not None:
            unknown[number] = fingerprint
    lrs = _log10_lrs(list(unknown.values()), list(unknown), weighing)
    for number, cluster in zip(unknown, clusters(lrs), strict=True):
        (whole,) = found[number]
        found[number] = [replace(whole, device=f"unknown {cluster + 1}")]
    return [one for some in found for one in some]


class _Namer:
    """Names stretches of a recording after the enrolled devices."""

    def __init__(
        self,
        samples: Float32,
        rate_hz: int,
        references: Mapping[str, Sequence[Fingerprint]],
        weighing: Weighing,
    ) -> None:
        self._samples, self._rate_hz, self._weighing = samples, rate_hz, weighing
        self._names = list(references)
        model = weighing.loaded.model
        self._enrolled = Devices(model, list(references.values()), weighing.sitting)

    def segment(self, start_s: float, stop_s: float) -> tuple[Segment, Fingerprint | None]:
        """A stretch with its name, and its fingerprint; None where nothing is concluded from it."""
        some = self._samples[round(start_s * self._rate_hz) : round(stop_s * self._rate_hz)]
        model = self._weighing.loaded.model
        try:
            heard = listen_to_samples(some, self._rate_hz, model, "this segment")
        except MicfpError as error:
            return Segment(start_s, stop_s, None, str(error)), None
        if heard.refused is not None:
            return Segment(start_s, stop_s, None, heard.refused), None
        name, why = self._answer(heard) if self._names else (None, NOBODY)
        return Segment(start_s, stop_s, name, why), heard.recording.fingerprint

    def _answer(self, heard: Heard) -> tuple[str | None, str | None]:
        """The enrolled device that is named, or why none is: in the words of `micfp identify`."""
        found = answered(self._names, self._enrolled, heard, self._weighing)
        if found.answer is not None:
            return found.answer, None
        return None, found.refused or found.answer_in_words()


def _joined(parts: Sequence[Segment]) -> list[Segment]:
    """Parts; neighbours with one name are one."""
    found = [parts[0]]
    for one in parts[1:]:
        if one.device is not None and one.device == found[-1].device:
            found[-1] = replace(found[-1], stop_s=one.stop_s)
        else:
            found.append(one)
    return found


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

    # Above the prior odds, not at them: then two and one device are as likely.
    group, _ = groups(len(log10_lrs), block, float(np.nextafter(PRIOR_LOG10, np.inf)))
    order = list(dict.fromkeys(group.tolist()))
    return [order.index(one) for one in group.tolist()]
