"""One virtual phone: how it is drawn, and what becomes of a sound that reaches it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from micfp.config.population import PopulationConfig, Range, VirtualSessionConfig

Samples = NDArray[np.float32]
Array = NDArray[np.float64]

WORK_HZ = 48_000
GRID_HZ: Array = np.geomspace(20.0, 24_000.0, 246)
"""Curves are drawn here, 24 values per octave."""
LEVEL_BLOCK_S = 0.001
NOISE_FRAME_S, NOISE_QUANTILE = 0.032, 0.15
DIRECT_S = 0.0025
AAC_BITS_A_SAMPLE = 6  # at most, of one channel (ISO/IEC 14496-3)


@dataclass(frozen=True)
class GainControl:
    """Automatic gain: `exponent` dB less per dB more, following the level by two time constants."""

    exponent: float
    attack_s: float
    release_s: float


@dataclass(frozen=True)
class VirtualPhone:
    """A device; levels in dB are against the active level of what it hears.

    Attributes
    ----------
    response_db, noise_db
        On GRID_HZ; of the noise only the shape counts.
    noise_reduction_db
        Most that a band is lowered; None: the device has none.
    clipping_db
        Where tanh bends, below the peak.
    kbit_s
        Of the codec; 0 for PCM.
    """

    response_db: Array
    noise_db: Array
    snr_db: float
    tone: tuple[float, float] | None
    gain_control: GainControl | None
    noise_reduction_db: float | None
    clipping_db: float | None
    level_dbfs: float
    rate_hz: int
    codec: Literal["pcm", "aac", "opus", "amr_nb"]
    kbit_s: float


def draw_phone(config: PopulationConfig, rng: np.random.Generator) -> VirtualPhone:
    """Draw a device; what it does not have is drawn too, so that its other draws stay the same."""
    noise, does = config.noise, config.processing
    response_db = drawn_response_db(config, rng)
    noise_db = _curve(noise.curve_db, 1.0, rng) + rng.uniform(*noise.tilt_db) * _octaves()
    snr_db = rng.uniform(*noise.snr_db)
    tone = (float(np.exp(rng.uniform(np.log(200), np.log(6000)))), rng.uniform(*noise.tone_db))
    has_tone = rng.random() < noise.tone_share
    control = GainControl(
        rng.uniform(*does.agc_exponent),
        _log_uniform(does.agc_attack_s, rng),
        _log_uniform(does.agc_release_s, rng),
    )
    has_control = rng.random() < does.agc_share
    floor_db, reduces = rng.uniform(*does.noise_reduction_floor_db), rng.random()
    bend_db, clips = rng.uniform(*does.clipping_below_peak_db), rng.random()
    rate_hz, codec, kbit_s = _recorder(config, rng)
    return VirtualPhone(
        response_db,
        noise_db,
        snr_db,
        tone if has_tone else None,
        control if has_control else None,
        floor_db if reduces < does.noise_reduction_share else None,
        bend_db if clips < does.clipping_share else None,
        rng.uniform(*does.level_dbfs),
        rate_hz,
        codec,
        kbit_s,
    )


def recorded(
    device: VirtualPhone,
    session: VirtualSessionConfig,
    spoken: Samples,
    room: np.random.Generator,
    rng: np.random.Generator,
) -> Samples:
    """What a device records of speech.

    Parameters
    ----------
    device
        The phone.
    session
        How sessions differ.
    spoken
        float32 (n,) at 48 kHz, RMS 1.
    room
        Draws the session: the same for all its recordings.
    rng
        Draws the noises.

    Returns
    -------
    float32 (m,) at the device's rate, of 16 bits.
    """
    from micfp.audio import resample
    from micfp.degrade.noise import active_power

    heard = _heard(session, spoken, room, rng, device.response_db)
    level = np.sqrt(active_power(heard, WORK_HZ)) or 1.0
    heard /= np.float32(level)
    heard += _noise(device.noise_db, len(heard), rng) * np.float32(10 ** (-device.snr_db / 20))
    if device.tone is not None:
        tone_hz, tone_db = device.tone
        time_s = np.arange(len(heard)) / WORK_HZ
        sine = np.sin(2 * np.pi * tone_hz * time_s + rng.uniform(0, 2 * np.pi))
        heard += (np.sqrt(2) * 10 ** (tone_db / 20) * sine).astype(np.float32)
    if device.gain_control is not None:
        heard = _gained(heard, device.gain_control)
    if device.noise_reduction_db is not None:
        heard = _gated(heard, device.noise_reduction_db)
    if device.clipping_db is not None:
        bend = np.float32(np.abs(heard).max() * 10 ** (-device.clipping_db / 20) or 1)
        heard = bend * np.tanh(heard / bend)
    heard *= np.float32(10 ** (device.level_dbfs / 20))
    samples = resample(np.clip(heard, -1, 1), WORK_HZ, device.rate_hz)
    return _kept(device, np.round(np.clip(samples, -1, 1) * 32767) / np.float32(32768))


def _heard(
    session: VirtualSessionConfig,
    spoken: Samples,
    room: np.random.Generator,
    rng: np.random.Generator,
    response_db: Array,
) -> Samples:
    """Speech by mouth or loudspeaker in a room, with the room's noise, through the microphone."""
    is_live = room.random() < session.live_share
    source_db = _curve(session.live_db if is_live else session.loudspeaker_db, 1.0, room)
    rt60_s = room.uniform(*session.rt60_s)
    ratio_db = room.uniform(*session.direct_to_reverberant_db)
    ambient_db = room.uniform(*session.ambient_snr_db)
    ambient_curve = room.uniform(*session.ambient_tilt_db) * _octaves() + _curve(3.0, 1.0, room)
    response = _room_response(rt60_s, ratio_db, room)
    n_fft = _next_fast(len(spoken) + len(response))
    spectrum = np.fft.rfft(spoken, n_fft) * np.fft.rfft(response, n_fft)
    spectrum *= np.fft.rfft(_taps(source_db), n_fft)
    arrived = np.fft.irfft(spectrum, n_fft)[: len(spoken)]
    loudness = float(np.sqrt(np.mean(arrived**2)))
    ambient = _noise(ambient_curve, len(spoken), rng) * loudness * 10 ** (-ambient_db / 20)
    spectrum = np.fft.rfft(arrived + ambient, n_fft) * np.fft.rfft(_taps(response_db), n_fft)
    return np.fft.irfft(spectrum, n_fft)[: len(spoken)].astype(np.float32)


def _room_response(rt60_s: float, ratio_db: float, rng: np.random.Generator) -> Array:
    """Direct sound and an exponentially decaying tail with so many dB less energy."""
    n = round(rt60_s * WORK_HZ)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
    tail[: round(DIRECT_S * WORK_HZ)] = 0
    tail *= 10 ** (-ratio_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return tail


def drawn_response_db(config: PopulationConfig, rng: np.random.Generator) -> Array:
    """Response of a device on GRID_HZ in dB."""
    shape = config.response
    total = _curve(rng.uniform(*shape.broad_db), 1.0, rng)
    total += _curve(rng.uniform(*shape.fine_db), 0.25, rng)
    total += shape.tilt_db * rng.standard_normal() * _octaves()
    for _ in range(rng.integers(shape.peaks[0], shape.peaks[1] + 1)):
        total += _peak(
            _log_uniform(shape.peak_hz, rng),
            shape.peak_db * rng.standard_normal(),
            rng.uniform(*shape.peak_q),
        )
    low_hz, low_order = _log_uniform(shape.high_pass_hz, rng), _order(shape.orders, rng)
    total -= 10 * np.log10(1 + (low_hz / GRID_HZ) ** (2 * low_order))
    high_hz, high_order = rng.uniform(*shape.low_pass_hz), _order(shape.orders, rng)
    if rng.random() < shape.low_pass_share:
        total -= 10 * np.log10(1 + (GRID_HZ / high_hz) ** (2 * high_order))
    return np.asarray(total)


def _peak(centre_hz: float, height_db: float, q: float) -> Array:
    """Magnitude in dB of a peaking filter (Bristow-Johnson), analogue prototype."""
    gain = 10 ** (height_db / 40)
    ratio = GRID_HZ / centre_hz
    square = (1 - ratio**2) ** 2
    above, below = square + (gain * ratio / q) ** 2, square + (ratio / (gain * q)) ** 2
    return np.asarray(10 * np.log10(above / below))


def _curve(sd_db: float, octaves: float, rng: np.random.Generator) -> Array:
    """Draw from a Gaussian process over log frequency, squared-exponential, on GRID_HZ."""
    white = rng.standard_normal(len(GRID_HZ))
    return np.asarray(sd_db * (_square_root(octaves) @ white))


_ROOTS: dict[float, Array] = {}


def _square_root(octaves: float) -> Array:
    """Square root of the covariance of `_curve` of sd 1."""
    if octaves not in _ROOTS:
        place = np.log2(GRID_HZ)
        covariance = np.exp(-0.5 * ((place[:, None] - place) / octaves) ** 2)
        values, vectors = np.linalg.eigh(covariance)
        _ROOTS[octaves] = vectors * np.sqrt(np.maximum(values, 0))
    return _ROOTS[octaves]


def _octaves() -> Array:
    """Octaves above 1 kHz of GRID_HZ."""
    return np.asarray(np.log2(GRID_HZ / 1000))


def _taps(level_db: Array) -> Array:
    """Minimum-phase filter of a magnitude on GRID_HZ, 43 ms."""
    from micfp.bench.curves import bin_frequencies, minimum_phase

    frequency_hz = np.maximum(bin_frequencies(2048, WORK_HZ), GRID_HZ[0])
    on_bins = np.interp(np.log(frequency_hz), np.log(GRID_HZ), level_db)
    return minimum_phase(np.asarray(10 ** (on_bins / 20)))


def _noise(shape_db: Array, n_samples: int, rng: np.random.Generator) -> Samples:
    """Gaussian noise of RMS 1 with a power spectrum in dB on GRID_HZ."""
    n_fft = _next_fast(n_samples)
    frequency_hz = np.clip(np.fft.rfftfreq(n_fft, 1 / WORK_HZ), GRID_HZ[0], GRID_HZ[-1])
    on_bins = np.interp(np.log(frequency_hz), np.log(GRID_HZ), shape_db)
    spectrum = np.fft.rfft(rng.standard_normal(n_fft)) * 10 ** (on_bins / 20)
    noise = np.fft.irfft(spectrum, n_fft)[:n_samples]
    return np.asarray(noise / np.sqrt(np.mean(noise**2)), np.float32)


def _gained(samples: Samples, control: GainControl) -> Samples:
    """Gain of level ** -exponent, the level following in steps of a millisecond."""
    block = round(LEVEL_BLOCK_S * WORK_HZ)
    n_blocks = -(-len(samples) // block)
    squares = np.zeros(n_blocks * block)
    squares[: len(samples)] = np.square(samples, dtype=np.float64)
    up, down = (
        float(np.exp(-LEVEL_BLOCK_S / one)) for one in (control.attack_s, control.release_s)
    )
    level, levels = 1.0, np.empty(n_blocks)
    for k, power in enumerate(squares.reshape(n_blocks, block).mean(axis=1).tolist()):
        keep = up if power > level else down
        level = keep * level + (1 - keep) * power
        levels[k] = level
    gains_db = -control.exponent * 10 * np.log10(np.maximum(levels, 1e-4))
    middles = (np.arange(n_blocks) + 0.5) * block
    gain = np.interp(np.arange(len(samples)), middles, 10 ** (gains_db / 20))
    return samples * gain.astype(np.float32)


def _gated(samples: Samples, floor_db: float) -> Samples:
    """Wiener gains per band against a floor of noise taken from the quietest frames."""
    from scipy.signal import istft, stft

    n = round(NOISE_FRAME_S * WORK_HZ)
    _, _, spectra = stft(samples, nperseg=n, noverlap=n // 2)
    power = np.abs(spectra) ** 2
    noise = 2.0 * np.quantile(power, NOISE_QUANTILE, axis=1, keepdims=True)
    gains = np.maximum(1 - noise / np.maximum(power, 1e-20), 10 ** (-floor_db / 20))
    _, out = istft(spectra * gains, nperseg=n, noverlap=n // 2)
    return np.asarray(out[: len(samples)], np.float32)


def _recorder(
    config: PopulationConfig, rng: np.random.Generator
) -> tuple[int, Literal["pcm", "aac", "opus", "amr_nb"], float]:
    """Rate, codec and bit rate of a device's recorder."""
    keeps = config.recorder
    rate_hz = int(rng.choice(keeps.rates_hz, p=keeps.rate_shares))
    aac_kbit_s = int(rng.choice(keeps.aac_kbit_s))
    opus_kbit_s = int(rng.choice(keeps.opus_kbit_s))
    share = rng.random()
    if rate_hz == 8000:
        return (rate_hz, "amr_nb", 12.2) if share < keeps.amr_share else (rate_hz, "pcm", 0)
    if share < keeps.aac_share:
        return rate_hz, "aac", min(aac_kbit_s, AAC_BITS_A_SAMPLE * rate_hz // 1000)
    if share < keeps.aac_share + keeps.opus_share:
        return rate_hz, "opus", opus_kbit_s
    return rate_hz, "pcm", 0


def _kept(device: VirtualPhone, samples: Samples) -> Samples:
    """What the recorder's codec leaves, at the rate and length of `samples`."""
    from micfp.audio import resample
    from micfp.degrade.aac import aac
    from micfp.degrade.amr_nb import amr_nb
    from micfp.degrade.opus import opus

    if device.codec == "aac":
        file = aac(samples, device.rate_hz, int(device.kbit_s))
    elif device.codec == "opus":
        file = opus(samples, device.rate_hz, int(device.kbit_s))
    elif device.codec == "amr_nb":
        file = amr_nb(samples, device.rate_hz, device.kbit_s)
    else:
        return samples
    back = resample(file.samples, file.rate_hz, device.rate_hz)[: len(samples)]
    return np.pad(back, (0, len(samples) - len(back)))


def _log_uniform(limits: Range, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(limits[0]), np.log(limits[1]))))


def _order(limits: tuple[int, int], rng: np.random.Generator) -> int:
    return int(rng.integers(limits[0], limits[1] + 1))


def _next_fast(n: int) -> int:
    from scipy.fft import next_fast_len

    return int(next_fast_len(n, real=True))
