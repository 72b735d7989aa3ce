"""A recording of a recording: loudspeaker, room, second microphone."""

import numpy as np

from micfp.audio import Float32, read, resample
from micfp.config.degrade import ReplayConfig
from micfp.degrade.bands import equalise
from micfp.degrade.files import audio_files
from micfp.degrade.noise import white_noise
from micfp.degrade.rooms import as_loud_as, direct_first, played, shoebox_response

MICROPHONE_S = 0.05  # length of a microphone's response that is used
MICROPHONE_DEVIATION_DB = 3.0  # of a drawn one


def replay(
    samples: Float32, sample_rate_hz: int, config: ReplayConfig, rng: np.random.Generator
) -> Float32:
    """Loudspeaker, room, second microphone and its noise.

    The loudspeaker is a closed box: a high-pass of second order (12 dB an octave, Butterworth), and
    a cubic distortion whose third harmonic is `distortion` of the fundamental for a sine at the
    recording's peak. The room is `rooms.shoebox_response`. The microphone is a measured response
    from its strongest sample on, or a drawn curve.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        config: see `ReplayConfig`.
        rng: draws room, microphone and noise.

    Returns:
        float32 (n,), as loud as before where it is active; the direct sound is lined up with
        `samples` but for the phase of the filters.

    Raises:
        MicfpError: a folder of microphones without responses.
    """
    from scipy.signal import butter, sosfilt

    edge_hz = min(config.loudspeaker_low_hz, 0.45 * sample_rate_hz)
    box = butter(2, edge_hz, "highpass", fs=sample_rate_hz, output="sos")
    moved = distorted(samples, config.distortion)
    sounded = sosfilt(box, moved).astype(np.float32)
    response = shoebox_response(sample_rate_hz, config.rt60_s, rng)
    heard = played(sounded, sample_rate_hz, response)
    if config.microphones_from is None:
        taken = equalise(heard, sample_rate_hz, MICROPHONE_DEVIATION_DB, rng)
    else:
        files = audio_files(config.microphones_from)
        measured, rate_hz = read(files[rng.integers(len(files))], channel=0)
        own = direct_first(
            resample(measured, rate_hz, sample_rate_hz), round(MICROPHONE_S * sample_rate_hz)
        )
        taken = played(heard, sample_rate_hz, own)
    level = as_loud_as(samples, taken, sample_rate_hz)
    return white_noise(level, sample_rate_hz, config.microphone_snr_db, rng)


def distorted(samples: Float32, share: float) -> Float32:
    """x - 4 d x^3 for samples (n,) brought to a peak of 1, and back.

    Of a sine of amplitude 1, x^3 is (3 sin x - sin 3x) / 4: the third harmonic becomes d.
    """
    peak = np.abs(samples).max()
    if peak == 0 or share == 0:
        return samples
    x = samples / peak
    bent: Float32 = peak * (x - np.float32(4 * share) * x**3)
    return bent
