"""Where and by how much two devices differ, by recordings of either."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Channel
from micfp.casework.compare.difference import Curve, Known, curve, difference
from micfp.casework.compare.side import Side, listen_to_sides
from micfp.errors import printable
from micfp.fingerprint.embedding.model import FingerprintModel, Sitting
from micfp.fingerprint.embedding.spectra import Bools, band_centres_hz, band_edges_hz
from micfp.fingerprint.pairs import LEAST_BANDS

Array = NDArray[np.float64]
LEAST_PIECES = 5
"""Of 1 s with speech, of either side."""
OTHER_WORDS = 0.25
"""Share of the model's variance of pieces of 1 s that recordings of one sitting differ by, however
long they are: other words, another speaker. Chosen on the 15 phones that choose, so that two
recordings of one phone are called different in one band or more in about 5 of 100 cases
(docs/compare-devices.md)."""
SITTINGS_IN_WORDS: dict[Sitting, str] = {
    "same": "one room, one place and one hour are taken for granted: what differs is the device, "
    "or the words",
    "other": "recordings of two sittings: a difference counts where it is beyond what rooms, "
    "places and speakers make",
    "any": "it was not said whether the recordings are of one sitting: a difference counts where "
    "it is beyond what rooms, places and speakers make",
}


@dataclass(frozen=True)
class Range:
    """Neighbouring bands in which A is significantly above, or below, B.

    Attributes
    ----------
    low_hz, high_hz
        Where it begins and ends.
    difference_db
        A less B, where it is greatest.
    interval_db
        There, 95 %, all bands counted together.
    """

    low_hz: float
    high_hz: float
    difference_db: float
    interval_db: tuple[float, float]


@dataclass(frozen=True)
class Compared:
    """How two devices differ.

    Attributes
    ----------
    hz
        (n_bands,), centres of the bands that all recordings have.
    a, b
        Responses, 0 dB in the mean over these bands: gain says nothing.
    difference
        A less B.
    ranges
        Where that is significant.
    """

    hz: Array
    a: Curve
    b: Curve
    difference: Curve
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Comparison:
    """What is said of two devices.

    Attributes
    ----------
    a, b
        Their recordings.
    sitting
        What was known.
    found
        None: refused.
    refused
        Why nothing is said; None where something is.
    """

    a: Side
    b: Side
    sitting: Sitting
    found: Compared | None
    refused: str | None

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "a": _side_record(self.a),
            "b": _side_record(self.b),
            "sitting": self.sitting,
            "bands": [] if self.found is None else list(band_records(self.found)),
            "significant": [
                {
                    "low_hz": one.low_hz,
                    "high_hz": one.high_hz,
                    "difference_db": one.difference_db,
                    "interval_db": list(one.interval_db),
                }
                for one in (() if self.found is None else self.found.ranges)
            ],
            "refused": self.refused,
            "warnings": [
                w for side in (self.a, self.b) for one in side.recordings for w in one.warnings
            ],
        }

    def as_text(self) -> str:
        """What a person reads."""
        lines = []
        for name, side in (("A", self.a), ("B", self.b)):
            lines.append(_side_text(name, side))
            lines += [f"    careful: {w}" for one in side.recordings for w in one.warnings]
            lines += [f"    has no part: {sentence}" for sentence in side.refused]
        if self.found is None:
            return "\n".join(map(printable, [*lines, f"no answer: {self.refused}"]))
        found = self.found
        n_apart = int(found.difference.apart.sum())
        lines.append(
            f"responses differ significantly in {n_apart} of {len(found.hz)} bands, all counted "
            "together (95 %)"
        )
        for one in found.ranges:
            low, high = one.interval_db
            place = "above" if one.difference_db > 0 else "below"
            lines.append(
                f"    {one.low_hz:.0f} to {one.high_hz:.0f} Hz: A is {place} B, by "
                f"{one.difference_db:+.1f} dB at most ({low:+.1f} to {high:+.1f})"
            )
        lines.append(SITTINGS_IN_WORDS[self.sitting])
        return "\n".join(map(printable, lines))


def compare(
    a: Sequence[Path],
    b: Sequence[Path],
    model: FingerprintModel,
    sitting: Sitting,
    rng: np.random.Generator,
    channel: Channel = "mean",
    track: int | None = None,
) -> Comparison:
    """Compare two devices by recordings of speech.

    Parameters
    ----------
    a, b
        Recordings of either.
    model
        Says what speech looks like, and what pieces and sittings differ by.
    sitting
        What is known of the recordings: "same", "other" or "any".
    rng
        Draws pieces.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.
    """
    first, second = listen_to_sides((a, b), model, channel, track)
    for name, side in (("A", first), ("B", second)):
        n = sum(len(one.curves_db) for one in side.recordings)
        if n < LEAST_PIECES:
            reason = (
                f"{n} pieces of 1 s with speech are in the recordings of {name}, and "
                f"{LEAST_PIECES} are needed"
            )
            return Comparison(first, second, sitting, None, reason)
    curves = first.curves_db, second.curves_db
    if np.count_nonzero(_common(curves)) < LEAST_BANDS:
        reason = "the bands of A and of B have too little in common"
        return Comparison(first, second, sitting, None, reason)
    n_recordings = len(first.recordings), len(second.recordings)
    found = compared(curves, n_recordings, model, sitting, rng)
    return Comparison(first, second, sitting, found, None)


def compared(
    curves_db: tuple[Array, Array],
    n_recordings: tuple[int, int],
    model: FingerprintModel,
    sitting: Sitting,
    rng: np.random.Generator,
) -> Compared:
    """Compare curves of pieces, (n_pieces, N_BANDS) of either side, of so many recordings."""
    bands = _common(curves_db)
    a, b = (_levelled(one[:, bands]) for one in curves_db)
    of_a, of_b = (_known(n, bands, model, sitting) for n in n_recordings)
    found = difference(a, b, of_a, of_b, rng)
    edges_hz = band_edges_hz()
    edges = np.stack([edges_hz[:-2], edges_hz[2:]])[:, bands]
    return Compared(
        band_centres_hz()[bands],
        curve(a, of_a, rng),
        curve(b, of_b, rng),
        found,
        tuple(_ranges(found, edges)),
    )


def _common(curves_db: tuple[Array, Array]) -> Bools:
    """Bands (N_BANDS,) that every piece of either side has."""
    return np.asarray(np.isfinite(np.concatenate(curves_db)).all(axis=0))


def _known(n_recordings: int, bands: Bools, model: FingerprintModel, sitting: Sitting) -> Known:
    covariance = model.covariances["content"]
    piece_db2 = np.diag(covariance.content)[bands]
    extra_db2 = OTHER_WORDS * piece_db2 / n_recordings
    if sitting != "same":  # of one other sitting, however many recordings there are
        extra_db2 = extra_db2 + np.diag(covariance.sessions)[bands]
    return Known(piece_db2, extra_db2)


def _levelled(curves: Array) -> Array:
    """Rows less their means: gain says nothing."""
    return np.asarray(curves - curves.mean(axis=1, keepdims=True))


def _ranges(found: Curve, edges_hz: Array) -> Iterator[Range]:
    """Runs of bands in which the difference is significant and of one sign."""
    sign = np.where(found.apart, np.sign(found.mean), 0)
    start = 0
    for stop in range(1, len(sign) + 1):
        if stop < len(sign) and sign[stop] == sign[start]:
            continue
        if sign[start]:
            at = start + int(np.argmax(np.abs(found.mean[start:stop])))
            yield Range(
                float(edges_hz[0, start]),
                float(edges_hz[1, stop - 1]),
                float(found.mean[at]),
                (float(found.low[at]), float(found.high[at])),
            )
        start = stop


BAND_KEYS = (
    *("frequency_hz", "a_db", "a_low_db", "a_high_db", "b_db", "b_low_db", "b_high_db"),
    *("difference_db", "low_db", "high_db", "significant"),
)


def band_records(found: Compared) -> Iterator[dict[str, Any]]:
    """A row for each band: BAND_KEYS."""
    columns = [found.hz]
    for one in (found.a, found.b, found.difference):
        columns += [one.mean, one.low, one.high]
    for row, apart in zip(np.stack(columns, axis=1).tolist(), found.difference.apart, strict=True):
        yield dict(zip(BAND_KEYS, (*row, bool(apart)), strict=True))


def _side_record(side: Side) -> dict[str, Any]:
    return {
        "recordings": [
            {
                "path": one.path,
                "duration_s": one.duration_s,
                "pieces": len(one.curves_db),
                "noise_dbfs": one.noise_dbfs,
                "speech_dbfs": one.speech_dbfs,
                "hum": None if one.hum is None else vars(one.hum),
            }
            for one in side.recordings
        ],
        "refused": list(side.refused),
    }


def _side_text(name: str, side: Side) -> str:
    n = len(side.recordings)
    said = f"{name}: {n} recording{'' if n == 1 else 's'}"
    if n == 0:
        return said
    duration_s = sum(one.duration_s for one in side.recordings)
    noise = np.mean([one.noise_dbfs for one in side.recordings])
    below = np.mean([one.speech_dbfs - one.noise_dbfs for one in side.recordings])
    hums = [one.hum for one in side.recordings if one.hum is not None]
    hum = (
        "no hum found"
        if not hums
        else (
            f"hum of {hums[0].mains_hz:.0f} Hz in {len(hums)}, "
            f"{max(one.level_dbfs for one in hums):.0f} dBFS at most"
        )
    )
    return (
        f"{said}, {duration_s:.0f} s; noise floor {noise:.0f} dBFS, {below:.0f} dB below loud "
        f"speech; {hum}"
    )
