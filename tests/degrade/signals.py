"""What the tests of degradations listen to, and how they compare."""

import numpy as np
from scipy.signal import correlate

from micfp.audio import resample
from micfp.degrade import Sound


def voice(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    """Noise that falls by 6 dB per octave and comes and goes four times per second."""
    rng = np.random.default_rng(rate_hz)
    n = round(rate_hz * seconds)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    frequency_hz = np.fft.rfftfreq(n, 1 / rate_hz)
    spectrum /= np.maximum(frequency_hz, 200) / 200
    spectrum[frequency_hz < 100] = 0
    shaped = np.fft.irfft(spectrum, n) * (1 + np.sin(2 * np.pi * 4 * np.arange(n) / rate_hz))
    return (0.2 * shaped / np.abs(shaped).max()).astype(np.float32)


def beside(sound: Sound, original: np.ndarray, rate_hz: int) -> np.ndarray:
    """A copy at the rate of its original, cut or filled up to its length."""
    samples = resample(sound.samples, sound.rate_hz, rate_hz)[: len(original)]
    return np.pad(samples, (0, len(original) - len(samples)))


def lag(samples: np.ndarray, original: np.ndarray) -> int:
    """By how many samples one is late."""
    assert samples.shape == original.shape
    return int(np.argmax(correlate(samples, original, method="fft"))) - (len(original) - 1)


def error_db(samples: np.ndarray, original: np.ndarray) -> float:
    """What remains of the original in the difference, at the best common gain."""
    gain = np.dot(samples, original) / np.dot(original, original)
    return float(10 * np.log10(np.mean((samples / gain - original) ** 2) / np.mean(original**2)))


def db(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-30)))


def band_db(samples: np.ndarray, rate_hz: int, low_hz: float, high_hz: float) -> float:
    """Mean power a bin between two frequencies, in dB."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    return db(float(power[(frequency_hz >= low_hz) & (frequency_hz < high_hz)].mean()))
