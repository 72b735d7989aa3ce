"""Rooms that a recording was played in: measured, or simulated by image sources.

The direct sound stays where it was, to the sample. The level is kept where the samples are active
(`noise.active_power`), whatever the response amplifies: a room is no volume slider.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from micfp.degrade.kind import Float32
from micfp.degrade.noise import active_power
from micfp.errors import MicfpError

LEAST_ROOM_M, MOST_ROOM_M = np.array([3.0, 3.0, 2.4]), np.array([10.0, 8.0, 4.0])
LEAST_RT60_S = 0.1  # of the least room, with three quarters of the sound lost at each wall
WALL_M = 0.5  # from source and microphone to any wall
DISTANCE_M = (0.5, 3.0)
MOST_REFLECTIONS = 40  # some 90,000 images
ONSET = 0.1  # of the strongest sample, -20 dB (ISO 3382-1)
DIRECT_S = 0.001  # from the onset to the direct sound's strongest sample, at most
BEFORE_S = 0.0025  # kept before the direct sound's strongest sample


def shoebox_response(sample_rate_hz: int, rt60_s: float, rng: np.random.Generator) -> Float32:
    """Impulse response of a drawn room (image sources, by pyroomacoustics).

    Rooms of 3 x 3 x 2.4 m to 10 x 8 x 4 m, source and microphone half a metre from all walls and
    0.5 to 3 m apart, to a whole sample of the sound's way: so the direct sound is one sample.

    Args:
        sample_rate_hz: > 0.
        rt60_s: by Sabine's formula. Below 0.2 s only the smaller rooms can have it, and above 1 s
            images up to the fortieth order reach far enough only in the larger ones: these are
            drawn. Less than 0.1 s counts as 0.1 s. Sabine's formula is of diffuse sound: of 0.2 to
            2 s, the median of rooms has 0.8 to 1.2 of it, most have 0.7 to 1.3, single ones 0.6 to
            1.5; of 0.1 s, two thirds.
        rng: draws room and places.

    Returns
    -------
        float32 (n,), the direct sound first.
    """
    import pyroomacoustics as pra

    # With one thread the sum over images has one order, and so the same bytes everywhere.
    pra.constants.set("num_threads", 1)
    rt60_s = max(rt60_s, LEAST_RT60_S)
    span_m = MOST_ROOM_M - LEAST_ROOM_M
    smallest = LEAST_ROOM_M + span_m * np.clip(rt60_s - 1, 0, 0.8)
    largest = LEAST_ROOM_M + span_m * np.clip((rt60_s - LEAST_RT60_S) / 0.1, 0, 1)
    size = rng.uniform(smallest, largest)
    sample_m = pra.constants.get("c") / sample_rate_hz
    while True:  # until no wall is too near
        source = rng.uniform(WALL_M, size - WALL_M)
        direction = rng.standard_normal(3)
        n_samples = round(rng.uniform(*DISTANCE_M) / sample_m)
        microphone = source + direction / np.linalg.norm(direction) * n_samples * sample_m
        if (microphone > WALL_M).all() and (microphone < size - WALL_M).all():
            break
    absorption, order = pra.inverse_sabine(rt60_s, size)
    room = pra.ShoeBox(
        size,
        fs=sample_rate_hz,
        materials=pra.Material(absorption),
        max_order=min(order, MOST_REFLECTIONS),
    )
    room.add_source(source)
    room.add_microphone(microphone)
    room.compute_rir()
    direct = n_samples + pra.constants.get("frac_delay_length") // 2  # of its filter's delay
    return np.asarray(room.rir[0][0][direct:], np.float32)


def measured_response(
    file: Path, channel: int, sample_rate_hz: int, max_s: float
) -> tuple[Float32, int]:
    """Measured response of a room or a microphone, at another rate.

    Of what comes before the direct sound's strongest sample, 2.5 ms are kept: its rise has up to
    half of the energy, and without it a microphone's curve is another by some 10 dB (44.1 kHz).

    Args:
        file: of an impulse response.
        channel: from 0.
        sample_rate_hz: of the samples that it is for.
        max_s: what is kept from the direct sound on, in seconds; at least a sample.

    Returns
    -------
        float32 (n,), and which of them is the strongest of the direct sound.

    Raises
    ------
        MicfpError: silence, or what is not finite.
    """
    from micfp.audio import read, resample

    recorded, rate_hz = read(file, channel=channel)
    # A filter rings before a response that starts at once, too.
    started = np.pad(recorded, (round(BEFORE_S * rate_hz), 0))
    response = resample(started, rate_hz, sample_rate_hz)
    if not (np.isfinite(response).all() and response.any()):
        raise MicfpError(
            f"{file}: channel {channel} is silent or not finite, so it is no impulse response; "
            "remove the file"
        )
    direct = direct_sound(response, sample_rate_hz)
    start = max(0, direct - round(BEFORE_S * sample_rate_hz))
    stop = direct + max(1, round(max_s * sample_rate_hz))
    return response[start:stop], direct - start


def direct_sound(response: NDArray[np.floating], sample_rate_hz: int) -> int:
    """Index of the direct sound's strongest sample in a response (n,) that is not silent.

    It is within a millisecond of the first sample that is at most 20 dB below the strongest: what
    is strongest of all may be a reflection.
    """
    amplitude = np.abs(response)
    onset = int(np.argmax(amplitude >= ONSET * amplitude.max()))
    n_direct = max(1, round(DIRECT_S * sample_rate_hz))
    return onset + int(np.argmax(amplitude[onset : onset + n_direct + 1]))


def through(samples: Float32, response: Float32, direct: int = 0) -> Float32:
    """Samples (n,) through a response whose sample `direct` adds no delay."""
    from scipy.signal import oaconvolve

    heard = oaconvolve(samples, response)[direct : direct + len(samples)]
    return np.asarray(heard, np.float32)


def as_loud_as(samples: Float32, heard: Float32, sample_rate_hz: int) -> Float32:
    """What is heard, at the active level of `samples`; as it is where one of them has none."""
    before, after = (active_power(one, sample_rate_hz) for one in (samples, heard))
    if before == 0 or after == 0:
        return heard
    return heard * np.float32(np.sqrt(before / after))
