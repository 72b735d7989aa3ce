"""What a recording is like, measured, and whether the fingerprint was validated for the like.

Of the samples alone: a header may say anything. docs/design/evidence.md lists what is inside and
outside the validation, and says how the thresholds below were chosen.
"""

from dataclasses import dataclass

import numpy as np

from micfp.fingerprint.closed_set.noise_reduction import noise_reduction
from micfp.fingerprint.embedding.fingerprint import range_of
from micfp.fingerprint.embedding.spectra import (
    HOP_S,
    WINDOW_S,
    Bools,
    Float32,
    Spectra,
    band_spectra,
    band_widths_hz,
    upper_edge_hz,
)
from micfp.fingerprint.harmonicity import harmonicity
from micfp.fingerprint.persistence import persistence
from micfp.fingerprint.voice import synthetic_log_odds, voice_refusal
from micfp.recordings.quality.levels import ClippedRuns

LEAST_ACTIVE_S = 0.4
"""Frames of 64 ms make what is heard longer: 0.2 s of speech measure up to 0.32 s."""
LEAST_SNR_DB = 5.5
LEAST_HARMONICITY = 0.49
MOST_PERSISTENCE = 0.47
MOST_NOISE_REDUCTION = 0.08
MOST_TONALITY_DB = 20.5
STRONGEST_BANDS = 8
"""As many as two tones take of the 128: a tone's main lobe reaches over three or four."""
MOST_TONES_DB = 100.0


@dataclass(frozen=True)
class Quality:
    """What was measured of a recording.

    Attributes
    ----------
    duration_s
        Length.
    active_s
        Seconds in which something is heard: it stands out of the quietest tenth by 3 dB. Of a
        steady sound, be it a tone or noise, 0.
    bandwidth_hz
        Upper edge of the highest band that holds anything, at most 16 kHz; 0 of digital silence,
        and of a tone alone.
    snr_db
        Active level over the level of the quietest tenth. It follows noise that is steady; see
        `harmonicity` for noise that is not.
    harmonicity
        Share of the power below 3400 Hz that repeats at the pitch of a voice, -1..1.
    persistence
        How alike the fine spectrum is 0.19 s later, -1..1: near 0.1 of voices, 0.3 in rooms that
        sound, 0.6 of music.
    noise_reduction
        Share of holes in what is heard, 0..1.
    tonality_db
        The whole over all but the strongest 8 of 128 bands, median over active frames, 0..100.
    clipped
        Share of samples in flat tops, 0..1.
    synthetic
        Natural log odds that a program made the voice (`voice`); 0 where too little is heard.
    """

    duration_s: float
    active_s: float
    bandwidth_hz: float
    snr_db: float
    harmonicity: float
    persistence: float
    noise_reduction: float
    tonality_db: float
    clipped: float
    synthetic: float = 0.0


def quality(samples: Float32, rate_hz: int, spectra: Spectra | None = None) -> Quality:
    """Measure a recording.

    Parameters
    ----------
    samples
        float32 (n,), finite, full scale 1; n > 0.
    rate_hz
        8000 to 192 000.
    spectra
        Its spectra where they are at hand; None: they are made.
    """
    if spectra is None:
        spectra = band_spectra(samples, rate_hz)
    bandwidth_hz = upper_edge_hz(spectra.present)
    if bandwidth_hz == 0:  # silence, or a tone that is too pure for a stretch of bands
        spectra = Spectra(spectra.level_db, np.ones_like(spectra.present))
    sounding, levels_db = spectra.sounding()
    active = range_of(spectra).active(levels_db)
    return Quality(
        duration_s=len(samples) / rate_hz,
        active_s=float(np.count_nonzero(active) * _seconds_a_frame(spectra)),
        bandwidth_hz=bandwidth_hz,
        snr_db=_snr_db(levels_db, active),
        harmonicity=harmonicity(samples, rate_hz),
        persistence=persistence(samples, rate_hz),
        noise_reduction=noise_reduction(spectra),
        tonality_db=_tonality_db(sounding, active),
        clipped=_clipped(samples),
        synthetic=synthetic_log_odds(spectra),
    )


def refusal(measured: Quality) -> str | None:
    """Say in a sentence why no answer is given; None where the like was validated."""
    return unlike_what_was_validated(measured) or voice_refusal(
        measured.synthetic, measured.active_s
    )


def unlike_what_was_validated(found: Quality) -> str | None:
    """Say why no answer is given, whoever speaks; None where the like was validated."""
    if found.tonality_db > MOST_TONALITY_DB:
        return (
            f"tones, not speech: all but the strongest {STRONGEST_BANDS} of 128 bands lie "
            f"{found.tonality_db:.0f} dB below the whole; {MOST_TONALITY_DB:g} dB at most were "
            "validated"
        )
    if found.bandwidth_hz == 0:
        return "nothing but digital silence"
    if found.active_s < LEAST_ACTIVE_S:
        return (
            f"something stands out for {found.active_s:.2f} s: silence, steady sound, or too "
            f"little speech; {LEAST_ACTIVE_S:g} s or more were validated"
        )
    if found.persistence > MOST_PERSISTENCE:
        return (
            f"music, or tones that are held: the spectrum is {found.persistence:.2f} alike 0.19 s "
            f"later; {MOST_PERSISTENCE:g} at most were validated"
        )
    if found.snr_db < LEAST_SNR_DB:
        return (
            f"active level only {found.snr_db:.1f} dB above the quietest tenth: too much noise; "
            f"{LEAST_SNR_DB:g} dB or more were validated"
        )
    if found.harmonicity < LEAST_HARMONICITY:
        return (
            f"{found.harmonicity:.2f} of its power has the pitch of a voice: too much noise, or no "
            f"voice; {LEAST_HARMONICITY:g} or more were validated"
        )
    if found.noise_reduction > MOST_NOISE_REDUCTION:
        return (
            f"noise reduction: {100 * found.noise_reduction:.0f} % of its speech are holes, and "
            f"{100 * MOST_NOISE_REDUCTION:g} % at most were validated"
        )
    return None


def _seconds_a_frame(spectra: Spectra) -> float:
    n_frames = len(spectra.level_db)
    return ((n_frames - 1) * HOP_S + WINDOW_S) / n_frames


def _snr_db(levels_db: Float32, active: Bools) -> float:
    if not active.any():
        return 0.0
    return float(levels_db[active].mean() - np.quantile(levels_db, 0.1))


def _tonality_db(sounding: Spectra, active: Bools) -> float:
    level_db = sounding.level_db[active] if active.any() else sounding.level_db
    if len(level_db) == 0:
        return 0.0
    power = 10 ** (level_db.astype(np.float64) / 10) * (band_widths_hz() * sounding.present)
    weaker = np.partition(power, power.shape[1] - STRONGEST_BANDS, axis=1)[:, :-STRONGEST_BANDS]
    least = power.sum(axis=1) * 10 ** (-MOST_TONES_DB / 10)
    rest = np.maximum(weaker.sum(axis=1), np.maximum(least, 1e-30))
    return float(np.median(10 * np.log10(np.maximum(power.sum(axis=1), 1e-30) / rest)))


def _clipped(samples: Float32) -> float:
    runs = ClippedRuns()
    runs.push(samples, float(np.abs(samples).max(initial=0)))
    return runs.count() / max(len(samples), 1)
