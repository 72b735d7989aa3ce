"""The sanity check: what is wrong with a recording, before anything is learnt from it.

`measure` takes the numbers of one recording in one pass, `synchrony` compares recordings of one
content, `flags` holds the numbers against the thresholds, `apply_policy` keeps, drops or stops;
`read_spectrogram` shows the passage that `measure` found loudest.

Levels are in dBFS: 0 dBFS is the power of a full-scale square wave, so that a full-scale sine has
-3.01 dBFS and a constant of 0.01 has -40 dBFS. Nothing is below LOWEST_DBFS.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from micfp import audio
from micfp.config.audio import CheckConfig, CheckPolicy
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float32]

LOWEST_DBFS = -200.0
FRAME_S = 0.02
FRAMES_PER_BLOCK = 500  # ten seconds
NEAR_FULL_SCALE = 0.99  # the largest 8-bit sample is 127/128 = 0.992
SHORTEST_CLIPPED_RUN = 3
ACTIVE_MARGIN = 10**1.59  # 15.9 dB
STANDS_OUT = 0.3  # of the noise: 10 log10(1 + 0.3) = 1.1 dB
LOWEST_SNR_DB = -30.0
SPECTROGRAM_S = 3.0
ENVELOPE_BAND_HZ = (300, 3400)
PIECE_S, MARGIN_S = 4, 0.5  # of the envelope's transform; of each piece the middle 3 s count
PIECES_AT_A_TIME = 4
SMOOTHING_STEPS = 3  # of SYNCHRONY_STEP_MS
SYNCHRONY_STEP_MS = 10


@dataclass(frozen=True)
class Spectrogram:
    """Three seconds of a recording as power in time and frequency.

    db: float32 (n_times, n_bands), power of a band in dBFS; the powers of a frame's bands add up
        to its mean square (Hann window)
    times_s: float64 (n_times,), middle of each frame, from the start of the recording
    freqs_hz: float64 (n_bands,), centre of each band
    """

    db: FloatArray
    times_s: npt.NDArray[np.float64]
    freqs_hz: npt.NDArray[np.float64]


def _no_samples() -> FloatArray:
    return np.zeros(0, np.float32)


@dataclass(frozen=True)
class Quality:
    """The numbers of one recording; NaN (zero for counts) where `error` says it is unreadable.

    level_dbfs: RMS of the samples about their mean
    peak_dbfs: largest magnitude
    dc_dbfs: level of the offset: the Hann-weighted mean of the means of 20 ms frames, which a
        tone that begins or ends in mid-period moves less than the plain mean
    clipped_share: share of samples in flat tops (see `_ClippedRuns`)
    zero_share: share of samples that are exactly zero
    not_finite: number of samples that are NaN or infinite; the other numbers take them as zero
    noise_floor_dbfs, snr_db: see `noise_and_snr`
    truncated: the header promises more than is there
    loudest_s: where the loudest three seconds begin (see `_loudest_stretch`)
    envelope: float32 (n_ms,), see `band_envelope`; of the first `synchrony_minutes`
    """

    duration_s: float = np.nan
    sample_rate_hz: int = 0
    n_samples: int = 0
    n_channels: int = 0
    codec: str = ""
    level_dbfs: float = np.nan
    peak_dbfs: float = np.nan
    dc_dbfs: float = np.nan
    clipped_share: float = np.nan
    zero_share: float = np.nan
    not_finite: int = 0
    noise_floor_dbfs: float = np.nan
    snr_db: float = np.nan
    truncated: bool = False
    loudest_s: float = np.nan
    error: str = ""
    envelope: FloatArray = field(default_factory=_no_samples, repr=False, compare=False)


NUMBERS = tuple(f.name for f in fields(Quality) if f.name != "envelope")
LABELS = ("recording", "path", "device", "session", "content")
COLUMNS = (*LABELS, *NUMBERS, "synchrony", "flags")


def measure(
    path: str | Path, config: CheckConfig, channel: int | Literal["mean"] = "mean"
) -> Quality:
    """Measure one recording in one pass; memory does not grow with its length.

    Raises MicfpError for what cannot be read as audio (see `measure_or_error`).
    """
    info = audio.probe(path)
    rate = info.sample_rate_hz
    frame = max(1, round(rate * FRAME_S))
    envelope_samples = round(config.synchrony_minutes * 60 * rate)
    decimator = _Decimator(rate)
    clipped = _ClippedRuns()
    n = zeros = not_finite = 0
    offset = total = total_squares = peak = 0.0
    means: list[FloatArray] = []
    powers: list[FloatArray] = []
    speech_band: list[FloatArray] = []
    loudest_level, loudest_start = -np.inf, 0

    for block in audio.blocks(path, frame * FRAMES_PER_BLOCK, channel=channel):
        block_peak = max(float(block.max()), -float(block.min()))
        if not np.isfinite(block_peak):
            finite = np.isfinite(block)
            not_finite += len(block) - int(np.count_nonzero(finite))
            block = np.where(finite, block, np.float32(0))
            block_peak = float(np.abs(block).max())
        if n == 0:
            # Frame powers are differences of sums: without the offset they keep their precision.
            offset = float(block.mean())
        centred = block - np.float32(offset)
        block_means, block_powers = _frame_statistics(centred, frame)
        means.append(block_means)
        powers.append(block_powers)
        level, start = _loudest_stretch(block_powers, frame)
        if level > loudest_level:
            loudest_level, loudest_start = level, n + start
        if n < envelope_samples:
            speech_band.append(decimator.push(block[: envelope_samples - n]))
        clipped.push(block, block_peak)
        peak = max(peak, block_peak)
        zeros += int(np.count_nonzero(block == 0))
        whole = len(block_means) * frame
        total += frame * float(block_means.sum(dtype=np.float64)) + float(centred[whole:].sum())
        total_squares += float(np.dot(centred, centred))
        n += len(block)

    if n == 0:
        raise MicfpError(f"{path}: holds no samples; record or copy it again")
    speech_band.append(decimator.finish())
    mean = total / n
    frame_means = np.concatenate(means)
    dc = offset + (
        float(np.average(frame_means, weights=np.hanning(len(frame_means) + 2)[1:-1]))
        if len(frame_means)
        else mean
    )
    noise_floor, snr = noise_and_snr(np.concatenate(powers))
    return Quality(
        duration_s=n / rate,
        sample_rate_hz=rate,
        n_samples=n,
        n_channels=info.n_channels,
        codec=info.codec,
        level_dbfs=_dbfs(total_squares / n - mean**2),
        peak_dbfs=_dbfs(peak**2),
        dc_dbfs=_dbfs(dc**2),
        clipped_share=clipped.count() / n,
        # Samples that were not finite are zeros of ours, not of the recording.
        zero_share=(zeros - not_finite) / n,
        not_finite=not_finite,
        noise_floor_dbfs=noise_floor,
        snr_db=snr,
        truncated=info.truncated,
        loudest_s=loudest_start / rate,
        envelope=band_envelope(np.concatenate(speech_band), decimator.rate_hz),
    )


def measure_or_error(
    path: str | Path, config: CheckConfig, channel: int | Literal["mean"] = "mean"
) -> Quality:
    """`measure`, but an unreadable recording gives a Quality with its sentence in `error`."""
    try:
        return measure(path, config, channel)
    except MicfpError as error:
        return Quality(error=str(error))


def read_spectrogram(
    path: str | Path, start_s: float, channel: int | Literal["mean"] = "mean"
) -> Spectrogram:
    """Three seconds of a recording from `start_s` on, with at most 200 times and 200 bands.

    Samples that are NaN or infinite count as zero. Raises MicfpError for what cannot be read as
    audio, and for less than one frame (20 ms).
    """
    import scipy.fft

    info = audio.probe(path)
    rate = info.sample_rate_hz
    start = round(start_s * rate)
    stop = min(start + round(SPECTROGRAM_S * rate), info.n_samples)
    samples = np.nan_to_num(audio.read(path, start, stop, channel)[0], posinf=0, neginf=0)
    frame = max(2, round(rate * FRAME_S))
    hop = max(1, round(rate * SPECTROGRAM_S / 200))
    if len(samples) < frame:
        raise MicfpError(f"{path}: {len(samples)} samples are too few for a spectrogram")
    window = np.hanning(frame + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, frame)[::hop]
    power = np.abs(scipy.fft.rfft(frames * window, axis=1)) ** 2 * (2 / frame / np.sum(window**2))
    bins_a_band = -(-power.shape[1] // 200)
    n_bands = power.shape[1] // bins_a_band
    power = power[:, : n_bands * bins_a_band].reshape(len(power), n_bands, bins_a_band).sum(axis=2)
    centres = (np.arange(n_bands) * bins_a_band + (bins_a_band - 1) / 2) * rate / frame
    times = (start + np.arange(len(power)) * hop + frame / 2) / rate
    return Spectrogram((10 * np.log10(np.maximum(power, 1e-20))).astype(np.float32), times, centres)


def noise_and_snr(frame_powers: npt.NDArray[Any]) -> tuple[float, float]:
    """Noise floor in dBFS and signal-to-noise ratio in dB, from powers of 20 ms frames (k,).

    The noise floor is the 10th percentile of the frames' powers: a pause is quieter than nine
    tenths of the recording. The signal is the mean power, less the noise, of the active frames:
    those that stand at least 1 dB out of the noise and, as in ITU-T P.56 (method B, with frames
    for its envelope), at most 15.9 dB below that mean. Frames of digital silence, as a noise gate
    leaves them, tell nothing of the noise and are left out.

    Measured on speech in white noise: median error within 1 dB from 5 to 20 dB, 1.7 dB too high
    at 0 dB; above, the noise of the speech recording itself counts. It takes pauses in a tenth of
    the time: a steady tone or dense music reads as noise, and its ratio is too low. NaN without
    any frame, LOWEST_SNR_DB where nothing stands out.
    """
    powers = np.asarray(frame_powers, np.float64)
    powers = powers[powers > 0]
    if len(powers) == 0:
        return np.nan, np.nan
    noise = float(np.percentile(powers, 10))
    above = powers - noise
    signal, last = float(above.max()), np.inf
    while 0 < signal < last:  # each round takes in quieter frames, so the mean falls
        active = above[above >= max(signal / ACTIVE_MARGIN, noise * STANDS_OUT)]
        signal, last = float(active.mean()) if len(active) else 0.0, signal
    snr_db = 10 * float(np.log10(max(signal / noise, 1e-9)))
    return _dbfs(noise), max(snr_db, LOWEST_SNR_DB)


def band_envelope(samples: FloatArray, sample_rate_hz: int) -> FloatArray:
    """Magnitude of the speech band, 300-3400 Hz, as float32 (n_ms,), the mean of each 1 ms.

    The band of samples (n,) is cut out of their spectrum, moved to 0 Hz and transformed back at
    4000 complex values a second, whose magnitude is the Hilbert envelope. Done in pieces of 4 s,
    of which the middle 3 s count.
    """
    import scipy.fft

    rate = sample_rate_hz
    n_ms = len(samples) * 1000 // rate
    used_s = round(PIECE_S - 2 * MARGIN_S)
    # Four at a time and always four, a last one of silence too: the transform of four takes half
    # as long as that of three.
    n_pieces = -(-n_ms // (1000 * used_s * PIECES_AT_A_TIME)) * PIECES_AT_A_TIME
    margin = round(MARGIN_S * rate)
    padded = np.zeros(n_pieces * used_s * rate + PIECE_S * rate, np.float32)
    padded[margin : margin + len(samples)] = samples
    pieces = np.lib.stride_tricks.sliding_window_view(padded, PIECE_S * rate)[:: used_s * rate]
    envelope = np.empty((n_pieces, used_s * 1000), np.float32)
    first, last = (PIECE_S * hz for hz in ENVELOPE_BAND_HZ)
    kept = slice(round(MARGIN_S * 4000), round((PIECE_S - MARGIN_S) * 4000))
    # Of four values; a real signal's spectrum has the other half at negative frequencies: twice.
    mean = np.full(4, 2 * 4000 / rate / 4, np.float32)
    for i in range(0, n_pieces, PIECES_AT_A_TIME):
        four = slice(i, i + PIECES_AT_A_TIME)
        spectra = scipy.fft.rfft(pieces[four], axis=1)[:, first : last + 1]
        band = np.zeros((PIECES_AT_A_TIME, PIECE_S * 4000), np.complex64)
        band[:, : spectra.shape[1]] = spectra
        magnitude = np.abs(scipy.fft.ifft(band, axis=1, overwrite_x=True))[:, kept]
        envelope[four] = magnitude.reshape(PIECES_AT_A_TIME, -1, 4) @ mean
    return envelope.reshape(-1)[:n_ms]


def synchrony(envelopes: Sequence[FloatArray], max_lag_s: float) -> npt.NDArray[np.float64]:
    """How well each recording of one content lines up with the others, (k,), -1..1.

    envelopes: of `measure`, float32 (n_ms,), any lengths; max_lag_s: the largest difference of
    starting times that still counts as lined up.

    Two recordings are compared by the highest Pearson correlation of their envelopes over the
    lags up to max_lag_s at which at least half of the shorter one overlaps. Before, envelopes
    are smoothed over 30 ms (what a room and a microphone change within a syllable) and their
    square root is taken (so that not only the loudest peaks count). A recording gets the
    correlation that it reaches with at least half of the others (their upper median): as long as
    most recordings are right, the wrong ones neither pass nor spoil the right ones.

    All NaN (not judged) with fewer than three recordings. An envelope without any movement, or
    shorter than 1 s, correlates at 0.
    """
    import scipy.fft

    k = len(envelopes)
    if k < 3:
        return np.full(k, np.nan)
    curves = [_curve(envelope) for envelope in envelopes]
    lengths = np.array([len(curve) for curve in curves])
    max_lag = round(max_lag_s * 1000 / SYNCHRONY_STEP_MS)
    n_fft = scipy.fft.next_fast_len(int(lengths.max()) + max_lag + 1, real=True)
    # Those of one length overlap alike at each lag, so that one is compared with all at once.
    places = [np.flatnonzero(lengths == n) for n in np.unique(lengths[lengths > 0])]
    groups = [_Curves.of(np.array([curves[i] for i in where]), n_fft) for where in places]
    best = np.zeros((k, k))
    for g, (where, group) in enumerate(zip(places, groups, strict=True)):
        for i, place in enumerate(where):
            for h in range(g):
                values = group.row(i).best_correlations(groups[h], max_lag)
                best[place, places[h]] = best[places[h], place] = values
            values = group.row(i).best_correlations(group.before(i), max_lag)
            best[place, where[:i]] = best[where[:i], place] = values
    np.fill_diagonal(best, -np.inf)
    half_of_others = k // 2  # = ceil((k - 1) / 2)
    return np.sort(best, axis=1)[:, -half_of_others]


def quality_row(quality: Quality) -> dict[str, Any]:
    """The numbers of a recording without its arrays: what a table holds."""
    return {name: getattr(quality, name) for name in NUMBERS}


def quality_table(
    recordings: "pd.DataFrame",
    rows: Sequence[Mapping[str, Any]],
    envelope_of: Callable[[int], FloatArray],
    config: CheckConfig,
) -> "pd.DataFrame":
    """The quality table: COLUMNS, one row a recording, in the order of the recordings.

    recordings: the recordings table (n rows), with the columns LABELS
    rows: `quality_row` of each recording (n)
    envelope_of: gives the envelope of a recording by its position 0..n-1; called content by
        content, so that never all envelopes are in memory

    `synchrony` is NaN for unreadable recordings and where a content is unknown ("") or has fewer
    than three readable recordings. `flags` holds the names of the flags, with ", " between them.
    """
    import pandas as pd

    table = pd.concat(
        [
            recordings.loc[:, list(LABELS)].reset_index(drop=True),
            pd.DataFrame(list(rows), columns=list(NUMBERS)),
        ],
        axis=1,
    )
    table["synchrony"] = np.nan
    readable = table[(table["error"] == "") & (table["content"] != "")]
    for _, group in readable.groupby("content", sort=True):
        # A copy of a recording is no second witness.
        first = group.drop_duplicates("recording")
        values = synchrony([envelope_of(int(i)) for i in first.index], config.max_lag_s)
        of_recording = dict(zip(first["recording"], values, strict=True))
        table.loc[group.index, "synchrony"] = group["recording"].map(of_recording)
    usual_rate = usual_sample_rate(table.loc[table["error"] == "", "sample_rate_hz"])
    duplicated = table["recording"].duplicated(keep=False) & (table["recording"] != "")
    table["flags"] = [
        ", ".join(flags(dict(zip(table.columns, row, strict=True)), config, usual_rate, twice))
        for row, twice in zip(table.itertuples(index=False), duplicated.tolist(), strict=True)
    ]
    return table[list(COLUMNS)]


def usual_sample_rate(rates_hz: "pd.Series[int]") -> int | None:
    """The rate of more than half of the recordings, or None."""
    counts = rates_hz.value_counts()
    if len(counts) and counts.iloc[0] * 2 > len(rates_hz):
        return int(counts.index[0])
    return None


def flags(
    row: Mapping[str, Any],
    config: CheckConfig,
    usual_rate_hz: int | None = None,
    duplicate: bool = False,
) -> tuple[str, ...]:
    """Names of what is wrong with a recording, in the order of CheckPolicy's fields.

    row: the numbers of a recording (`quality_row`, or a row of the quality table with `synchrony`)
    usual_rate_hz: the rate that most recordings of the corpus have
    duplicate: another recording has the same content digest

    A number that is NaN (not judged) raises no flag; an unreadable recording has that flag, and
    `duplicate`, alone.
    """
    if row["error"]:
        return ("unreadable", "duplicate") if duplicate else ("unreadable",)
    rate = row["sample_rate_hz"]
    found = {
        "truncated": row["truncated"],
        "not_finite": row["not_finite"] > 0,
        "silent": row["level_dbfs"] < config.silent_dbfs,
        "clipped": row["clipped_share"] > config.max_clipped_share,
        "dc_offset": row["dc_dbfs"] > config.max_dc_dbfs,
        "quiet": row["level_dbfs"] < config.min_level_dbfs,
        "low_snr": row["snr_db"] < config.min_snr_db,
        "zeros": row["zero_share"] > config.max_zero_share,
        "short": row["duration_s"] < config.min_duration_s,
        "sample_rate": rate < config.min_sample_rate_hz or rate != (usual_rate_hz or rate),
        "out_of_sync": row.get("synchrony", np.nan) < config.min_synchrony,
        "duplicate": duplicate,
    }
    return tuple(name for name in CheckPolicy.model_fields if found.get(name, False))


def apply_policy(quality: "pd.DataFrame", policy: CheckPolicy) -> "pd.DataFrame":
    """Rows of the quality table that go on.

    A duplicate to be dropped leaves its first copy, unless the copies name different devices:
    then nobody knows which name is right, and none goes on.

    Raises MicfpError that names recordings and flags, where the policy of a flag is stop or
    nothing is left.
    """
    action = policy.model_dump()
    flagged = [[name for name in text.split(", ") if name] for text in quality["flags"]]
    stopping = [
        f"{path} ({', '.join(name for name in names if action[name] == 'stop')})"
        for path, names in zip(quality["path"], flagged, strict=True)
        if any(action[name] == "stop" for name in names)
    ]
    if stopping:
        raise MicfpError(
            f"the check stops at {len(stopping)} of {len(quality)} recordings: "
            f"{_some(stopping)}; mend or remove them, or set check.policy of the flag to keep"
        )
    one_device = quality.groupby("recording")["device"].transform("nunique") <= 1
    first = ~quality["recording"].duplicated()
    keeps_copy = (one_device & first).tolist()
    kept = [
        not any(action[name] == "drop" and not (name == "duplicate" and keeps) for name in names)
        for names, keeps in zip(flagged, keeps_copy, strict=True)
    ]
    if len(quality) and not any(kept):
        dropped = [
            f"{p} ({text})" for p, text in zip(quality["path"], quality["flags"], strict=True)
        ]
        raise MicfpError(
            f"the check drops all {len(quality)} recordings: {_some(dropped)}; "
            "mend them, or set the flag's check.policy to keep"
        )
    return quality[np.array(kept, bool)]


def _some(items: Sequence[str], most: int = 5) -> str:
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest} more" if rest > 0 else "")


def _dbfs(power: float) -> float:
    return max(10 * float(np.log10(max(power, 1e-30))), LOWEST_DBFS)


def _frame_statistics(centred: FloatArray, frame: int) -> tuple[FloatArray, FloatArray]:
    """Mean of each whole frame, and power about it (0 where the samples do not move), (k,)."""
    frames = centred[: len(centred) // frame * frame].reshape(-1, frame)
    mean_squares = np.vecdot(frames, frames) / np.float32(frame)
    means = frames @ np.full(frame, 1 / frame, np.float32)
    powers = mean_squares - means**2
    # A constant frame leaves rounding errors of its square, not a level.
    return means, np.where(powers > 1e-6 * mean_squares, powers, np.float32(0))


def _loudest_stretch(powers: FloatArray, frame: int) -> tuple[float, int]:
    """Mean level in dB and first sample of the loudest three seconds of a block.

    The mean of levels, not of powers: a stretch full of sound goes before one with a click in it.
    A block shorter than that counts as quieter than any other.
    """
    length = round(SPECTROGRAM_S / FRAME_S)
    if len(powers) < length:
        return LOWEST_DBFS - 1, 0
    sums = np.cumsum(np.r_[0.0, 10 * np.log10(np.maximum(powers, 1e-20))])
    means = (sums[length:] - sums[:-length]) / length
    best = int(means.argmax())
    return float(means[best]), best * frame


class _ClippedRuns:
    """Counts samples in flat tops over the blocks of a recording.

    A flat top is a run of three or more samples with one value of magnitude 0.99 or more; values
    beyond full scale count as full scale. A loud sine or a normalised recording has no such runs.
    """

    def __init__(self) -> None:
        self._counted = 0
        self._value = 0.0
        self._length = 0  # of the run that the last block ended with

    def push(self, block: FloatArray, peak: float) -> None:
        if peak < NEAR_FULL_SCALE:
            self._close()
            return
        where = np.flatnonzero(np.abs(block) >= NEAR_FULL_SCALE)
        values = np.clip(block[where], -1, 1)
        new_run = np.r_[True, (np.diff(where) > 1) | (np.diff(values) != 0)]
        starts = np.flatnonzero(new_run)
        lengths = np.diff(np.r_[starts, len(where)])
        if where[0] == 0 and values[0] == self._value:
            lengths[0] += self._length
        else:
            self._close()
        self._value, self._length = 0.0, 0
        if where[-1] == len(block) - 1:
            self._value, self._length = float(values[-1]), int(lengths[-1])
            lengths = lengths[:-1]
        self._counted += int(lengths[lengths >= SHORTEST_CLIPPED_RUN].sum())

    def count(self) -> int:
        self._close()
        return self._counted

    def _close(self) -> None:
        if self._length >= SHORTEST_CLIPPED_RUN:
            self._counted += self._length
        self._value, self._length = 0.0, 0


class _Decimator:
    """Takes blocks to the lowest rate that still holds the speech band: only to save time.

    Every `factor`-th value of a Kaiser-windowed low-pass (about 40 dB) over 6 x factor samples,
    as a sum of 6 columns of one matrix product.
    """

    COLUMNS = 6
    LOWEST_RATE_HZ = 10_000

    def __init__(self, rate_hz: int) -> None:
        highest = max(1, rate_hz // self.LOWEST_RATE_HZ)
        self._factor = next(f for f in range(highest, 0, -1) if rate_hz % f == 0)
        self.rate_hz = rate_hz // self._factor
        self._kernel = self._low_pass(self._factor)
        # Half the kernel: values stand at the times that they come from.
        self._rest = np.zeros(self.COLUMNS // 2 * self._factor, np.float32)

    @staticmethod
    @functools.cache
    def _low_pass(factor: int) -> FloatArray:
        # The pass band ends at 3400 Hz; what would fold onto it starts at the new rate less 3400.
        taps = _Decimator.COLUMNS * factor
        times = np.arange(taps) - (taps - 1) / 2
        kernel = np.sinc(times / factor) * np.kaiser(taps, 3.4)
        columns: FloatArray = (kernel / kernel.sum()).astype(np.float32)
        return columns.reshape(_Decimator.COLUMNS, -1)

    def finish(self) -> FloatArray:
        if self._factor == 1:
            return _no_samples()
        return self.push(np.zeros((self.COLUMNS // 2 - 1) * self._factor, np.float32))

    def push(self, block: FloatArray) -> FloatArray:
        if self._factor == 1:
            return block
        samples = np.concatenate([self._rest, block])
        n_rows = len(samples) // self._factor
        n_out = n_rows - self.COLUMNS + 1
        self._rest = samples[max(n_out, 0) * self._factor :]
        if n_out < 1:
            return _no_samples()
        products = self._kernel @ samples[: n_rows * self._factor].reshape(n_rows, -1).T
        out: FloatArray = products[0, :n_out].copy()
        for i in range(1, self.COLUMNS):
            out += products[i, i : i + n_out]
        return out


def _curve(envelope: FloatArray) -> npt.NDArray[np.float64]:
    """An envelope as `synchrony` compares it, of mean 0 and standard deviation 1."""
    n = len(envelope) // SYNCHRONY_STEP_MS
    if n * SYNCHRONY_STEP_MS < 1000:
        return np.zeros(0)
    steps = envelope[: n * SYNCHRONY_STEP_MS].reshape(n, -1).mean(axis=1, dtype=np.float64)
    smoothing = np.full(SMOOTHING_STEPS, 1 / SMOOTHING_STEPS)
    values: npt.NDArray[np.float64] = np.sqrt(np.convolve(steps, smoothing, "valid"))
    values -= values.mean()
    values /= values.std() or 1.0
    return values


@dataclass(frozen=True)
class _Curves:
    """m curves of one length n, with what correlations at many lags take from them.

    spectra: (m, n_fft / 2 + 1); sums, squares: running sums of values and of squares, (m, n + 1)
    """

    n: int
    n_fft: int
    spectra: npt.NDArray[np.complex128]
    sums: npt.NDArray[np.float64]
    squares: npt.NDArray[np.float64]

    @staticmethod
    def of(curves: npt.NDArray[np.float64], n_fft: int) -> "_Curves":
        import scipy.fft

        def running(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))

        spectra = scipy.fft.rfft(curves, n_fft, axis=1)
        return _Curves(curves.shape[1], n_fft, spectra, running(curves), running(curves**2))

    def row(self, i: int) -> "_Curves":
        return self._some(slice(i, i + 1))

    def before(self, i: int) -> "_Curves":
        return self._some(slice(0, i))

    def _some(self, which: slice) -> "_Curves":
        return _Curves(
            self.n, self.n_fft, self.spectra[which], self.sums[which], self.squares[which]
        )

    def best_correlations(self, others: "_Curves", max_lag: int) -> npt.NDArray[np.float64]:
        """Highest Pearson correlation of this one curve a with each other b, (m,).

        Of a[i] with b[i + lag] over their overlap, where that is half of the shorter or more.
        """
        import scipy.fft

        products = scipy.fft.irfft(self.spectra.conj() * others.spectra, self.n_fft, axis=1)
        lags = np.arange(-max_lag, max_lag + 1)
        first = np.maximum(0, -lags)
        last = np.minimum(self.n, others.n - lags)
        overlaps = 2 * (last - first) >= min(self.n, others.n)
        lags, first, last = lags[overlaps], first[overlaps], last[overlaps]
        n = last - first
        sum_a = self.sums[:, last] - self.sums[:, first]
        sum_b = others.sums[:, last + lags] - others.sums[:, first + lags]
        power_a = self.squares[:, last] - self.squares[:, first] - sum_a**2 / n
        power_b = others.squares[:, last + lags] - others.squares[:, first + lags] - sum_b**2 / n
        covariance = products[:, lags] - sum_a * sum_b / n
        scale = np.sqrt(np.maximum(power_a, 0) * np.maximum(power_b, 0))
        correlations = np.zeros_like(covariance)
        np.divide(covariance, scale, out=correlations, where=scale > 1e-6)
        best: npt.NDArray[np.float64] = correlations.max(axis=1)
        return best
