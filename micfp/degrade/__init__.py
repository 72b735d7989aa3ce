"""What happens to a recording on its way: one kind a function, applied in the order of a chain.

Every kind takes one channel, float32 (n,) of finite samples, and gives as many back, lined up with
them to the sample; time_stretch alone gives another number. What goes beyond full scale stays
beyond it, but for clipping, bit_depth and the codecs that have 16 bits inside.
"""

from collections.abc import Sequence

import numpy as np

from micfp.audio import Float32
from micfp.config import degrade as kinds
from micfp.config.degrade import Degradation
from micfp.degrade.amplitude import automatic_gain, clip, gain, quantise
from micfp.degrade.bands import band, equalise, resampled
from micfp.degrade.codec import aac, amr_nb, g711, gsm, mp3, opus, vorbis
from micfp.degrade.hum import hum
from micfp.degrade.noise import babble, pink_noise, recorded_noise, white_noise
from micfp.degrade.noise_reduction import reduce_noise
from micfp.degrade.packets import lose_packets
from micfp.degrade.replay import replay
from micfp.degrade.rooms import measured_room, simulated_room
from micfp.degrade.telephone import telephone
from micfp.degrade.timing import shift_pitch, stretch_time
from micfp.errors import MicfpError

__all__ = ["degrade"]


def degrade(
    samples: Float32, sample_rate_hz: int, chain: Sequence[Degradation], rng: np.random.Generator
) -> Float32:
    """Apply a chain of degradations, each to what the one before it gave.

    Args:
        samples: float32 (n,), n > 0. What is NaN or infinite counts as zero on the way, and is put
            back in its place at the end, for the check to find; not where the length changed.
        sample_rate_hz: > 0.
        chain: sections of `params.yaml`, in their order; of none `samples` come back.
        rng: what is random draws from it, in the order of the chain.

    Returns:
        float32 (n,); of another length after time_stretch.

    Raises:
        MicfpError: samples of another form; a degradation that this sample rate cannot have, or
            whose recordings are not there.
    """
    if samples.ndim != 1 or samples.dtype != np.float32 or len(samples) == 0:
        raise MicfpError(
            f"{samples.dtype} samples of shape {samples.shape} cannot be degraded; "
            "give float32 of one channel, shape (n,)"
        )
    lost = np.flatnonzero(~np.isfinite(samples))
    degraded = np.nan_to_num(samples, nan=0, posinf=0, neginf=0) if len(lost) else samples
    for one in chain:
        degraded = _degraded(degraded, sample_rate_hz, one, rng)
    if len(lost) and len(degraded) == len(samples):
        degraded[lost] = samples[lost]
    return degraded


def _degraded(x: Float32, rate_hz: int, one: Degradation, rng: np.random.Generator) -> Float32:
    match one:
        case kinds.NoiseConfig():
            return _noisy(x, rate_hz, one, rng)
        case kinds.HumConfig():
            return hum(x, rate_hz, one.snr_db, one.frequency_hz, one.n_harmonics, rng)
        case kinds.Mp3Config():
            return mp3(x, rate_hz, one.kbit_s)
        case kinds.AacConfig():
            return aac(x, rate_hz, one.kbit_s)
        case kinds.VorbisConfig():
            return vorbis(x, rate_hz, one.kbit_s)
        case kinds.OpusConfig():
            return opus(x, rate_hz, one.kbit_s)
        case kinds.AmrNbConfig():
            return amr_nb(x, rate_hz, one.kbit_s)
        case kinds.G711Config():
            return g711(x, rate_hz, one.law)
        case kinds.GsmConfig():
            return gsm(x, rate_hz)
        case kinds.TelephoneConfig():
            return telephone(x, rate_hz)
        case kinds.ResampleConfig():
            return resampled(x, rate_hz, one.rate_hz)
        case kinds.BandConfig():
            return band(x, rate_hz, one.low_hz, one.high_hz)
        case kinds.EqualiserConfig():
            return equalise(x, rate_hz, one.deviation_db, rng)
        case kinds.GainConfig():
            return gain(x, one.gain_db)
        case kinds.AgcConfig():
            return automatic_gain(
                x, rate_hz, one.target_dbfs, one.most_gain_db, one.attack_s, one.release_s
            )
        case kinds.ClippingConfig():
            return clip(x, one.below_peak_db)
        case kinds.BitDepthConfig():
            return quantise(x, one.bits, rng if one.dither else None)
        case kinds.PacketLossConfig():
            return lose_packets(
                x, rate_hz, one.share, one.packet_ms, one.mean_burst, one.concealment, rng
            )
        case kinds.TimeStretchConfig():
            return stretch_time(x, one.percent)
        case kinds.PitchShiftConfig():
            return shift_pitch(x, rate_hz, one.percent)
        case kinds.NoiseReductionConfig():
            return reduce_noise(x, rate_hz, one.share)
        case kinds.MeasuredRoomConfig():
            return measured_room(x, rate_hz, one.rooms_from, one.max_s, rng)
        case kinds.SimulatedRoomConfig():
            return simulated_room(x, rate_hz, one.rt60_s, rng)
        case kinds.ReplayConfig():
            return replay(x, rate_hz, one, rng)


def _noisy(
    x: Float32, rate_hz: int, config: kinds.NoiseConfig, rng: np.random.Generator
) -> Float32:
    if config.recordings_from is not None and config.colour == "recorded":
        return recorded_noise(x, rate_hz, config.snr_db, config.recordings_from, rng)
    if config.recordings_from is not None and config.colour == "babble":
        return babble(x, rate_hz, config.snr_db, config.recordings_from, config.n_voices, rng)
    noise = pink_noise if config.colour == "pink" else white_noise
    return noise(x, rate_hz, config.snr_db, rng)
