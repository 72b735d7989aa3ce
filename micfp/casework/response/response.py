"""The response of a device, by a recording of a stimulus with sweeps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Channel, Float32, isolated
from micfp.casework.response.deconvolving import Measured, deconvolved
from micfp.casework.response.finding import Arrival, arrivals, clock_ppm
from micfp.casework.response.sweeps import Sweep, sweeps
from micfp.errors import MicfpError, printable
from micfp.recordings.opening import opened

Array = NDArray[np.float64]
LONGEST_S = 900.0
"""Of a longer recording or stimulus the beginning serves."""
BANDS_PER_OCTAVE = 12
LEAST_SNR_DB = 10.0
"""Of a band with less, noise would change the level by more than 0.4 dB."""
REFERENCE_HZ = (500.0, 2000.0)
CONFIDENCE = 0.95
WHAT_IT_IS = (
    "this is loudspeaker, room and microphone together: only the difference of two microphones in "
    "one place is theirs alone"
)


class NoSweepError(MicfpError):
    """A recording in which no sweep is found."""


@dataclass(frozen=True)
class Response:
    """What was measured.

    Attributes
    ----------
    path, stimulus
        As they were given.
    rate_hz
        Of the recording.
    n_sweeps
        Of the stimulus.
    arrivals
        Sweeps that were found in the recording.
    clock_ppm
        How much longer a second lasts in the recording; None: not known, taken for 0.
    hz
        (n_bands,), twelfths of octaves.
    level_db
        (n_bands,), mean over sweeps, 0 dB from 500 to 2000 Hz; NaN where noise is too strong.
    low_db, high_db
        (n_bands,), 95 % interval of that mean over sweeps; NaN of one sweep.
    snr_db
        (n_bands,), of the response over what noise alone would give; NaN where not known.
    impulse
        float32 (n,), impulse response of the sweep with least noise, peak 0.5.
    warnings
        Sentences that a reader needs to know.
    """

    path: str
    stimulus: str
    rate_hz: int
    n_sweeps: int
    arrivals: tuple[Arrival, ...]
    clock_ppm: float | None
    hz: Array
    level_db: Array
    low_db: Array
    high_db: Array
    snr_db: Array
    impulse: Float32
    warnings: tuple[str, ...]

    def rows(self) -> Iterator[dict[str, float | None]]:
        """A row for each band: frequency_hz, level_db, low_db, high_db, snr_db; None for NaN."""
        columns = (self.hz, self.level_db, self.low_db, self.high_db, self.snr_db)
        names = ("frequency_hz", "level_db", "low_db", "high_db", "snr_db")
        for row in np.stack(columns, axis=1).tolist():
            yield {
                name: value if np.isfinite(value) else None
                for name, value in zip(names, row, strict=True)
            }

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "path": self.path,
            "stimulus": self.stimulus,
            "sweeps": [
                {"time_s": one.start / self.rate_hz, "sweep": one.sweep, "likeness": one.likeness}
                for one in self.arrivals
            ],
            "clock_ppm": self.clock_ppm,
            "bands": list(self.rows()),
            "refused": None,
            "warnings": list(self.warnings),
        }

    def as_text(self) -> str:
        """What a person reads."""
        there = self.hz[np.isfinite(self.level_db)]
        clock = "not known" if self.clock_ppm is None else f"{self.clock_ppm:+.0f} ppm"
        lines = [
            f"{self.path}: {len(self.arrivals)} sweeps found ({self.n_sweeps} in the stimulus), "
            f"clock {clock}"
        ]
        if len(there):
            lines.append(
                f"    response from {there[0]:.0f} to {there[-1]:.0f} Hz, in {len(there)} of "
                f"{len(self.hz)} twelfths of octaves with noise {LEAST_SNR_DB:g} dB or more below"
            )
        for octave_hz in 62.5 * 2.0 ** np.arange(9):
            band = int(np.argmin(np.abs(np.log(self.hz / octave_hz))))
            if np.isfinite(self.level_db[band]) and abs(np.log2(self.hz[band] / octave_hz)) < 0.1:
                lines.append(f"    {self.hz[band]:8.0f} Hz: {self.level_db[band]:+6.1f} dB")
        lines += [f"    careful: {warning}" for warning in self.warnings]
        return "\n".join(map(printable, lines))


def measure(
    recording: Path, stimulus: Path, channel: Channel = "mean", track: int | None = None
) -> Response:
    """Find the sweeps of a stimulus in a recording, and divide by them.

    Parameters
    ----------
    recording
        Audio file of any rate.
    stimulus
        What was played, as of `micfp stimulus`; its channels are averaged.
    channel
        Of the recording: index from 0, or "mean".
    track
        Of the recording, as in `micfp.audio.probe`.

    Raises
    ------
    NoSweepError
        None is found in the recording.
    MicfpError
        A file that cannot be read; a stimulus without a sweep.
    """
    places = [(recording, channel, track), (stimulus, "mean", None)]
    heard, played = isolated(
        lambda one: opened(one[0], LONGEST_S, *one[1:]), places, lambda one: one[0]
    )
    for one in (heard, played):
        if isinstance(one, MicfpError):
            raise one
    assert not isinstance(heard, MicfpError)
    assert not isinstance(played, MicfpError)
    return response(
        np.nan_to_num(heard.samples),
        heard.rate_hz,
        np.nan_to_num(played.samples),
        played.rate_hz,
        str(recording),
        str(stimulus),
        (*heard.warnings, *(f"{stimulus}: {one}" for one in played.warnings)),
    )


def response(
    recording: Float32,
    rate_hz: int,
    stimulus: Float32,
    stimulus_rate_hz: int,
    path: str = "recording",
    stimulus_path: str = "stimulus",
    warnings: Sequence[str] = (),
) -> Response:
    """`measure` of samples (n,) of one channel that are at hand."""
    known = sweeps(stimulus, stimulus_rate_hz)
    if not known:
        raise MicfpError(
            f"{stimulus_path}: holds no exponential sweep between pauses; give the file that was "
            "played, as `micfp stimulus` wrote it"
        )
    played = _by_clock(known, stimulus_rate_hz, rate_hz, 0)
    found = arrivals(recording, rate_hz, played)
    if not found:
        raise NoSweepError(
            f"{path}: none of the {len(known)} sweeps of {stimulus_path} is found in it; was it "
            "recorded while this stimulus was played, loud enough?"
        )
    ppm = clock_ppm(found, known, rate_hz)
    said = [*warnings]
    if ppm is None:
        said.append("one sweep of a playing was found: clocks are taken to be equal")
    elif abs(ppm) >= 1:
        # Found again by the recording's clock: another one shifts each sweep by its length.
        played = _by_clock(known, stimulus_rate_hz, rate_hz, ppm)
        again = arrivals(recording, rate_hz, played)
        closer = clock_ppm(again, known, rate_hz)
        if closer is not None:
            found, ppm = again, closer
        played = _by_clock(known, stimulus_rate_hz, rate_hz, ppm)
    if len(found) == 1:
        said.append("of one sweep no interval can be given")
    edges = _edges_hz(known, rate_hz)
    measured = [
        deconvolved(recording, one.start, played[one.sweep], rate_hz, edges) for one in found
    ]
    return _averaged(
        measured, edges, path, stimulus_path, rate_hz, known, found, ppm, (*said, WHAT_IT_IS)
    )


def _by_clock(
    known: Sequence[Sweep], stimulus_rate_hz: int, rate_hz: int, ppm: float
) -> list[Float32]:
    return [_at_rate(one.samples, stimulus_rate_hz, rate_hz * (1 + ppm / 1e6)) for one in known]


def _at_rate(samples: Float32, from_hz: float, to_hz: float) -> Float32:
    import soxr

    if from_hz == to_hz:
        return samples
    found: Float32 = soxr.resample(samples, from_hz, to_hz, quality="VHQ").astype(np.float32)
    return found


def _edges_hz(known: Sequence[Sweep], rate_hz: int) -> Array:
    """Edges of twelfths of octaves within all sweeps and the recording's rate."""
    low_hz = max(one.low_hz for one in known) * 1.1
    high_hz = min(min(one.high_hz for one in known) / 1.1, 0.45 * rate_hz)
    first, last = (BANDS_PER_OCTAVE * np.log2(one / 1000) for one in (low_hz, high_hz))
    steps = np.arange(np.ceil(first), np.floor(last) + 1)
    return np.asarray(1000 * 2 ** (steps / BANDS_PER_OCTAVE))


def _averaged(
    measured: Sequence[Measured],
    edges_hz: Array,
    path: str,
    stimulus: str,
    rate_hz: int,
    known: Sequence[Sweep],
    found: Sequence[Arrival],
    ppm: float | None,
    warnings: tuple[str, ...],
) -> Response:
    from scipy.stats import t

    hz = np.sqrt(edges_hz[:-1] * edges_hz[1:])
    power, noise = (
        np.maximum([getattr(one, name) for one in measured], 1e-30) for name in ("power", "noise")
    )
    level_db, snr_db = 10 * np.log10(power), 10 * np.log10(power / noise)
    middle = (hz >= REFERENCE_HZ[0]) & (hz <= REFERENCE_HZ[1])
    level_db -= level_db[:, middle].mean(axis=1, keepdims=True)
    n = len(measured)
    mean, snr = level_db.mean(axis=0), np.median(snr_db, axis=0)
    width = np.full(len(hz), np.nan)
    if n > 1:
        width = t.ppf((1 + CONFIDENCE) / 2, n - 1) * level_db.std(axis=0, ddof=1) / np.sqrt(n)
    mean = np.where(snr < LEAST_SNR_DB, np.nan, mean)
    best = int(np.argmax(np.nan_to_num(snr_db[:, middle]).mean(axis=1)))
    impulse = measured[best].impulse
    return Response(
        path,
        stimulus,
        rate_hz,
        len(known),
        tuple(found),
        ppm,
        hz,
        mean,
        mean - width,
        mean + width,
        snr,
        (0.5 * impulse / np.abs(impulse).max()).astype(np.float32),
        warnings,
    )
