"""From the sound at a microphone to the samples of its recording.

Signals between loudspeaker and converter are sound pressures in Pa; noise and hum of the
electronics are expressed as the pressure that would give them.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from micfp.bench.curves import (
    a_weighting_db,
    bin_frequencies,
    curve_db,
    filter_taps,
    log_grid,
    minimum_phase,
)
from micfp.config.bench import AdcConfig, PreamplifierConfig
from micfp.config.bench_microphones import MicrophoneConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Samples = NDArray[np.float32]

REFERENCE_PA = 20e-6
"""0 dB SPL."""
REFERENCE_V = 0.7746
"""0 dBu."""
COUPLING_HZ = 5.0
"""Lowest frequency that an amplifier's coupling capacitor lets through, assumed."""


def pascal(level_db_spl: float) -> float:
    """RMS sound pressure in Pa of a level in dB SPL."""
    return float(REFERENCE_PA * 10 ** (level_db_spl / 20))


def convolve(signals: "NDArray[np.float32]", filters: "NDArray[np.float64]") -> "Samples":
    """Sum over signals of signal * filter, for many outputs that share the signals.

    By overlap-save, with each signal transformed once for all outputs.

    Parameters
    ----------
    signals
        float32 (n_signals, n).
    filters
        (n_outputs, n_signals, n_taps).

    Returns
    -------
    float32 (n_outputs, n)
    """
    import numpy as np
    from scipy import fft

    n_outputs, n_signals, n_taps = filters.shape
    n_samples = signals.shape[1]
    n_fft = int(2 ** np.ceil(np.log2(max(4 * n_taps, 16))))
    hop = n_fft - n_taps + 1
    spectra = fft.rfft(filters.astype(np.float32), n_fft, axis=-1)
    outputs = np.empty((n_outputs, n_samples), dtype=np.float32)
    block = np.zeros((n_signals, n_fft), dtype=np.float32)
    for start in range(0, n_samples, hop):
        begin = start - n_taps + 1
        part = signals[:, max(0, begin) : start + hop]
        before = max(0, -begin)
        block[:, :before] = 0
        block[:, before : before + part.shape[1]] = part
        block[:, before + part.shape[1] :] = 0
        spectrum = fft.rfft(block, axis=-1)
        stop = min(start + hop, n_samples)
        for number in range(n_outputs):
            product = spectrum[0] * spectra[number, 0]
            for signal in range(1, n_signals):
                product += spectrum[signal] * spectra[number, signal]
            out = fft.irfft(product, n_fft, overwrite_x=True)
            outputs[number, start:stop] = out[n_taps - 1 : n_taps - 1 + stop - start]
    return outputs


def microphone_response_db(
    microphone: MicrophoneConfig,
    deviation_db: "Array",
    off_axis_deg: float,
    frequency_hz: "Array",
) -> "Array":
    """Response at an angle, dB: its model's curve, the unit's deviation, the loss of treble.

    The loss beyond the cardioid grows with 1 - cos(angle), from nothing at 1 kHz to all of
    `off_axis_loss_db` at 10 kHz.

    Parameters
    ----------
    microphone
        Its curve and its loss of treble.
    deviation_db
        Of the unit from its model, on `log_grid()`.
    off_axis_deg
        Angle between the microphone's axis and the loudspeaker, 0..180.
    frequency_hz
        (n,) where the response is wanted.

    Returns
    -------
    (n,)
    """
    import numpy as np

    clipped = np.clip(frequency_hz, 1.0, None)
    deviation = np.interp(np.log(clipped), np.log(log_grid()), deviation_db)
    rise = np.clip(np.log10(clipped / 1000), 0, 1)
    loss = microphone.off_axis_loss_db * (1 - np.cos(np.deg2rad(off_axis_deg))) * rise**2
    return np.asarray(curve_db(microphone.response_db, clipped) + deviation - loss)


def noise_filter(
    microphone: MicrophoneConfig, preamplifier: PreamplifierConfig, sample_rate_hz: int
) -> "Array":
    """Filter (n,) that makes white noise of variance 1 the noise of the electronics, in Pa.

    Self-noise with its shape and A-weighted level, plus the preamplifier's white input noise,
    which weighs the more the less sensitive the microphone is.
    """
    import numpy as np

    n_taps = filter_taps(sample_rate_hz) // 2
    frequency_hz = bin_frequencies(n_taps, sample_rate_hz)
    shape = 10 ** (curve_db(microphone.self_noise_shape_db, np.maximum(frequency_hz, 1)) / 10)
    weighted = shape * 10 ** (a_weighting_db(frequency_hz) / 10)
    self_noise = shape * pascal(microphone.self_noise_dba) ** 2 / (weighted.sum() * frequency_hz[1])
    input_v = REFERENCE_V * 10 ** (preamplifier.noise_dbu / 20)
    density = input_v**2 / (20_000 - 20) / (microphone.sensitivity_mv_per_pa / 1000) ** 2
    # One-sided density of white noise of variance 1 is 2 / rate.
    return minimum_phase(np.sqrt((self_noise + density) * sample_rate_hz / 2))


def hum(
    level_db_spl: float,
    preamplifier: PreamplifierConfig,
    n_samples: int,
    sample_rate_hz: int,
    rng: "np.random.Generator",
) -> "Samples":
    """Mains frequency and harmonics with drawn phases.

    Parameters
    ----------
    level_db_spl
        Of the strongest harmonic.
    preamplifier
        Mains frequency and relative levels of its multiples.
    n_samples
        Length.
    sample_rate_hz
        > 0.
    rng
        Draws the phases.

    Returns
    -------
    float32 (n_samples,), in Pa.
    """
    import numpy as np

    # In so many seconds there is a whole number of periods, so they can be repeated.
    mains = Fraction(round(10 * preamplifier.mains_hz), 10)
    mains_hz = float(mains)
    time_s = np.arange(mains.denominator * sample_rate_hz) / sample_rate_hz
    period = np.zeros(len(time_s))
    strongest_db = max(preamplifier.hum_harmonics_db)
    for harmonic, relative_db in enumerate(preamplifier.hum_harmonics_db, start=1):
        phase = rng.uniform(0, 2 * np.pi)
        amplitude = np.sqrt(2) * pascal(level_db_spl + relative_db - strongest_db)
        if harmonic * mains_hz < sample_rate_hz / 2:
            period += amplitude * np.sin(2 * np.pi * harmonic * mains_hz * time_s + phase)
    return np.resize(period.astype(np.float32), n_samples)


def distort(pressure_pa: "Samples", microphone: MicrophoneConfig, sample_rate_hz: int) -> "Samples":
    """Mild non-linearity: one harmonic, of thd_percent for a sine of max_spl_db.

    x + a x^2: harmonic a A / 2 of an amplitude A; x - b x^3: b A^2 / 4. What the square adds at
    0 Hz is taken away as by a coupling capacitor, from 5 Hz down.
    """
    import numpy as np
    from scipy.signal import lfilter

    amplitude = np.sqrt(2) * pascal(microphone.max_spl_db)
    thd = microphone.thd_percent / 100
    added = pressure_pa * pressure_pa
    if microphone.distortion == "second":
        pole = np.float32(1 - 2 * np.pi * COUPLING_HZ / sample_rate_hz)
        numerator = np.array([1, -1], np.float32) * np.float32(2 * thd / amplitude)
        added = lfilter(numerator, np.array([1, -pole], np.float32), added)
        added += pressure_pa
    else:
        added *= np.float32(-4 * thd / amplitude**2)
        added += np.float32(1)
        added *= pressure_pa
    return added


def pink_level(taps: "Array", sample_rate_hz: int) -> float:
    """RMS of pink noise of RMS 1 (100 Hz to 10 kHz) after a filter: how loud it makes a sound."""
    import numpy as np

    frequency_hz = np.fft.rfftfreq(len(taps), 1 / sample_rate_hz)
    band = (frequency_hz >= 100) & (frequency_hz <= 10_000)
    weight = 1 / frequency_hz[band]
    power = np.abs(np.fft.rfft(taps)[band]) ** 2
    return float(np.sqrt(np.sum(weight * power) / np.sum(weight)))


def digitise(signal: "Samples", adc: AdcConfig, rng: "np.random.Generator") -> "Samples":
    """Add triangular dither, round to the bit depth, clip; float32 in -1..1, exact in PCM.

    Triangular dither of +-1 LSB makes the error's mean and variance independent of the signal.

    References
    ----------
    Lipshitz, Wannamaker and Vanderkooy (1992), Quantization and dither: a theoretical survey.
    """
    import numpy as np

    full_scale = np.float32(2 ** (adc.bit_depth - 1))
    dither = rng.random(len(signal), dtype=np.float32)
    dither -= rng.random(len(signal), dtype=np.float32)
    dither *= np.float32(adc.dither_lsb)
    dither += signal * full_scale
    np.rint(dither, out=dither)
    np.clip(dither, -full_scale, full_scale - 1, out=dither)
    dither /= full_scale
    return dither


def stacked(filters: "Sequence[Sequence[Array]]") -> "Array":
    """Filters of unequal lengths as one array, padded with zeros: (outputs, signals, taps)."""
    import numpy as np

    n_taps = max(len(taps) for of_output in filters for taps in of_output)
    stack = np.zeros((len(filters), len(filters[0]), n_taps))
    for number, of_output in enumerate(filters):
        for signal, taps in enumerate(of_output):
            stack[number, signal, : len(taps)] = taps
    return stack
